"""Packed sequences: each sequence is recorded as if it were alone in the batch."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from twin import Unrolled, log10_norm

import gradviz as gv
from gradviz import vocabulary as v

LENGTHS = [4, 9, 1, 7, 9]
KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def pack(x, *, presorted):
    lengths = torch.tensor(LENGTHS)
    if presorted:
        lengths, index = lengths.sort(descending=True)
        x = x[:, index]
    return pack_padded_sequence(x, lengths, enforce_sorted=presorted), x, lengths.tolist()


def weighted(out, h_n, c_n, w):
    """A loss through outputs, final states and final cells; sums over whatever batch there is."""
    loss = (out * w["out"][: len(out)]).sum() + (h_n * w["h_n"]).sum()
    return loss if c_n is None else loss + (c_n * w["c_n"]).sum()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("presorted", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_every_sequence_is_what_it_is_alone(kind, presorted, bidirectional):
    directions = 2 if bidirectional else 1
    module = KINDS[kind](3, 5, 2, bidirectional=bidirectional).double()
    packed, x, lengths = pack(torch.randn(9, 5, 3, dtype=torch.float64), presorted=presorted)
    w = {
        "out": torch.randn(9, 1, 5 * directions, dtype=torch.float64),
        "h_n": torch.randn(2 * directions, 1, 5, dtype=torch.float64),
        "c_n": torch.randn(2 * directions, 1, 5, dtype=torch.float64),
    }
    with gv.record(module, samples=None, detail="full") as tape:
        out, last = module(packed)
        h_n, c_n = last if kind == "lstm" else (last, None)
        weighted(pad_packed_sequence(out)[0], h_n, c_n, w).backward()
        (record,) = tape._recorder.records(0)
    assert record.variables[v.LOG10_GRAD_H].shape == (2, directions, 9, 5)
    for sample, length in enumerate(lengths):
        twin = Unrolled(module, x[:length, sample : sample + 1])
        weighted(twin.out, twin.h_n, twin.c_n, w).backward()
        for layer in range(2):
            for d in range(directions):
                of_layers = {n: a for n, a in record.variables.items() if v.LAYER in v.VARIABLES[n].dims}
                found = {name: values[layer, d] for name, values in of_layers.items()}
                for name, key in ((v.LOG10_GRAD_H, "h"), (v.LOG10_GRAD_H_DIRECT, "up")):
                    np.testing.assert_allclose(
                        found[name][:length, sample],
                        log10_norm(twin.gradient(key, layer, d))[:, 0],
                        atol=1e-10,
                    )
                    assert np.isnan(found[name][length:, sample]).all()
                np.testing.assert_allclose(found[v.H][:length, sample], twin.value("h", layer, d)[:, 0])
                if kind == "lstm":
                    expected = twin.gradient("c", layer, d)[:, 0]
                    np.testing.assert_allclose(found[v.GRAD_C][:length, sample], expected, atol=1e-12)
                    assert np.isnan(found[v.C][length:, sample]).all()


def test_gate_means_leave_padding_out():
    module = nn.GRU(3, 4)
    packed, _, lengths = pack(torch.randn(9, 5, 3), presorted=False)
    with gv.record(module, samples=None, detail="full") as tape:
        module(packed)[0].data.sum().backward()
    ds = tape.dataset.isel(step=0, layer=0, direction=0)
    np.testing.assert_allclose(ds[v.GATE_MEAN], ds[v.GATES].mean(["sample", "unit"]), rtol=1e-5)
    np.testing.assert_allclose(ds[v.UNIT_MEAN], ds[v.GATES].mean(["sample", "time"]), rtol=1e-5)
    assert ds[v.GATES].notnull().any(["gate", "unit"]).sum("time").values.tolist() == lengths
    assert tape.dataset.attrs["replay_error"] < 1e-6


def test_chosen_samples_are_the_users():
    module = nn.LSTM(3, 4)
    packed, _, _ = pack(torch.randn(9, 5, 3), presorted=False)
    found = {}
    for samples in (2, None):
        with gv.record(module, samples=samples) as tape:
            module(packed)[1][0].sum().backward()
        found[samples] = tape.dataset[v.LOG10_GRAD_H]
    assert found[2]["sample"].values.tolist() == [0, 4]
    np.testing.assert_allclose(found[2], found[None].sel(sample=[0, 4]), rtol=1e-5)
    lasting = found[None].isel(step=0, layer=0, direction=0).notnull().sum("time")
    assert lasting.values.tolist() == LENGTHS


class Packing(nn.LSTM):
    """Packs by itself and calls what it inherits, not itself."""

    def forward(self, x, lengths):
        return super().forward(pack_padded_sequence(x, lengths, enforce_sorted=False))


def test_a_subclass_that_packs_by_itself():
    module = Packing(3, 4)
    with gv.record(module, samples=None) as tape:
        module(torch.randn(9, 5, 3), torch.tensor(LENGTHS))[0].data.sum().backward()
    lasting = tape.dataset[v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0).notnull().sum("time")
    assert lasting.values.tolist() == LENGTHS


@pytest.mark.parametrize("kind", KINDS)
def test_recording_packed_sequences_changes_no_bit(kind):
    torch.manual_seed(1)
    module = KINDS[kind](3, 8, 3, dropout=0.5, bidirectional=True)
    packed, _, _ = pack(torch.randn(9, 5, 3), presorted=False)
    grads = []
    for record in (False, True):
        torch.manual_seed(2)
        module.zero_grad()
        if record:
            with gv.record(module):
                module(packed)[0].data.pow(2).sum().backward()
        else:
            module(packed)[0].data.pow(2).sum().backward()
        grads.append([p.grad.clone() for p in module.parameters()] + [torch.get_rng_state()])
    assert all(torch.equal(a, b) for a, b in zip(*grads, strict=True))
