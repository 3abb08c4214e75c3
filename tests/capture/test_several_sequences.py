"""Sequences that do not continue each other are calls; a decoder may continue its encoder."""

import numpy as np
import pytest
import torch
from capture.agreement import CONTINUES, TIME_OFFSET, assert_agrees
from capture.sequence_twin import SequenceTwin
from capture.touched import CELLS, INPUTS, LAYERS, UNITS
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.sequence_call import SequenceCall


def inputs(steps, batch=3):
    return torch.randn(steps, batch, INPUTS).double()


def h_of(state):
    return state[0] if isinstance(state, tuple) else state


def recorded(module, run):
    with gv.record(module, samples=None, detail="full") as tape:
        run(module).backward()
    return tape.dataset, SequenceTwin(module, "", run)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("begins", ["nothing", "zeros", "learned"])
def test_a_siamese_pair(kind, begins):
    """A state that is given to both does not make them one sequence."""
    layer, a, b = LAYERS[kind](INPUTS, UNITS).double(), inputs(6), inputs(6)
    first = torch.full((1, 3, UNITS), 0.2 * (begins == "learned"), dtype=torch.float64)
    first.requires_grad_(begins == "learned")
    first = None if begins == "nothing" else (first, first) if kind == "lstm" else first

    def run(layer):
        return (h_of(layer(a, first)[1]) - h_of(layer(b, first)[1])).pow(2).sum()

    dataset, twin = recorded(layer, run)
    assert dataset.sizes["call"] == 2
    for call in range(2):
        assert_agrees(dataset, twin, call=call, calls=[call], cell_state=kind == "lstm")


@pytest.mark.parametrize("kind", CELLS)
def test_two_loops_side_by_side(kind):
    cell, a, b = CELLS[kind](INPUTS, UNITS).double(), inputs(5), inputs(5)

    def run(cell):
        one = two = None
        for t in range(5):
            one, two = cell(a[t], one), cell(b[t], two)
        return (h_of(one) * h_of(two)).sum()

    dataset, twin = recorded(cell, run)
    assert dict(dataset[v.LOG10_GRAD_H].sizes) | {"call": 2, "time": 5} == dict(dataset[v.LOG10_GRAD_H].sizes)
    for call in range(2):
        assert_agrees(dataset, twin, call=call, calls=range(call, 10, 2), cell_state=kind == "lstm")


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_that_reads_its_own_output_makes_two_sequences(kind):
    layer, x = LAYERS[kind](UNITS, UNITS).double(), torch.randn(5, 3, UNITS).double()

    def run(layer):
        out, _ = layer(x)
        return layer(out)[0][-1].pow(2).sum() + out[1].sum()

    dataset, twin = recorded(layer, run)
    for call in range(2):
        assert_agrees(dataset, twin, call=call, calls=[call], cell_state=kind == "lstm")
    assert np.isfinite(dataset[v.LOG10_GRAD_H_DIRECT].isel(call=0)).all()


@pytest.mark.parametrize("kind", LAYERS)
def test_two_sequences_in_pieces(kind):
    layer, x = LAYERS[kind](INPUTS, UNITS).double(), inputs(12)

    def run(layer):
        loss = 0.0
        for sequence in x.split(6):
            state = None
            for piece in sequence.split(2):
                out, state = layer(piece, state)
            loss = loss + out[-1].cos().sum()
        return loss

    dataset, twin = recorded(layer, run)
    for call in range(2):
        calls = range(3 * call, 3 * call + 3)
        assert_agrees(dataset, twin, call=call, calls=calls, cell_state=kind == "lstm")


def test_two_micro_batches_each_with_its_backward_pass():
    layer, a, b = nn.GRU(INPUTS, UNITS).double(), inputs(4), inputs(6)

    def loss_of(layer, x):
        _, state = layer(x[:2])
        return layer(x[2:], state)[0].pow(2).sum()

    with gv.record(layer, samples=None, detail="full") as tape:
        for x in (a, b):
            loss_of(layer, x).backward()
    twin = SequenceTwin(layer, "", lambda layer: loss_of(layer, a) + loss_of(layer, b))
    assert tape.dataset.sizes["call"] == 2
    assert_agrees(tape.dataset.isel(time=slice(4)), twin, call=0, calls=[0, 1])
    assert tape.dataset.isel(call=0, time=slice(4, 6))[v.LOG10_GRAD_H].isnull().all()
    assert_agrees(tape.dataset, twin, call=1, calls=[2, 3])


def test_a_sequence_without_gradient_beside_one_with_it_is_left_out():
    layer, x = nn.GRU(INPUTS, UNITS).double(), inputs(6)

    def run(layer):
        layer(inputs(9))
        _, state = layer(x[:3])
        return layer(x[3:], state)[0].sum()

    with gv.record(layer, samples=None, detail="full") as tape:
        run(layer).backward()
    assert "call" not in tape.dataset.dims
    assert_agrees(tape.dataset, SequenceTwin(layer, "", run), calls=[1, 2])


def test_where_no_call_of_a_module_has_a_gradient_that_is_its_recording():
    """Another module reads what this one made, but detached."""
    model = nn.ModuleDict({"rnn": nn.GRU(INPUTS, UNITS), "other": nn.GRU(UNITS, UNITS)}).double()
    with gv.record(model, samples=None) as tape:
        state = model["rnn"](inputs(3))[1]
        out, _ = model["rnn"](inputs(3), state)
        model["other"](out.detach())[0].sum().backward()
    assert "call" not in tape["rnn"].dims
    assert tape["rnn"][v.LOG10_GRAD_H].shape == (1, 1, 1, 6, 3)
    assert np.isneginf(tape["rnn"][v.LOG10_GRAD_H]).all()
    assert np.isfinite(tape["other"][v.LOG10_GRAD_H]).all()


class EncoderDecoder(nn.Module):
    """The decoder's first state is what ``bridge`` makes of the encoder's last one."""

    def __init__(self, kind, *, piece=5, cell=False, bridge=nn.Identity, attention=False):
        super().__init__()
        self.encoder = LAYERS[kind](INPUTS, UNITS)
        self.decoder = (CELLS if cell else LAYERS)[kind](INPUTS, UNITS)
        self.piece, self.cell, self.attention, self.bridge = piece, cell, attention, bridge()
        self.read = nn.Linear(UNITS, INPUTS)
        self.double()

    def forward(self, source, target):
        state, memory = None, []
        for part in [source] if self.piece is None else source.split(self.piece):
            out, state = self.encoder(part, state)
            memory.append(out)
        state = tuple(self.bridge(s) for s in state) if isinstance(state, tuple) else self.bridge(state)
        if self.cell:
            state = tuple(s[0] for s in state) if isinstance(state, tuple) else state[0]
        loss = 0.0
        for x in target:
            seen = x + self.read(torch.cat(memory).mean(0)) if self.attention else x
            state = self.decoder(seen, state) if self.cell else self.decoder(seen[None], state)[1]
            loss = loss + h_of(state).pow(2).sum()
        return loss


def bridge():
    return nn.Sequential(nn.Linear(UNITS, UNITS), nn.Tanh())


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize(
    "options", [{}, {"cell": True}, {"piece": 2}, {"bridge": bridge}, {"bridge": bridge, "cell": True}]
)
def test_a_decoder_continues_its_encoder(kind, options):
    model, source, target = EncoderDecoder(kind, **options), inputs(5), inputs(4)
    with gv.record(model, samples=None, detail="full") as tape:
        model(source, target).backward()
    for name in ("encoder", "decoder"):
        twin = SequenceTwin(model, name, lambda model: model(source, target))
        assert_agrees(tape[name], twin, cell_state=kind == "lstm")
    assert tape["decoder"].attrs[CONTINUES] == "encoder"
    assert CONTINUES not in tape["encoder"].attrs
    assert tape["decoder"][TIME_OFFSET].dims == ("step", "sample")
    assert tape["decoder"][TIME_OFFSET].values.tolist() == [[5, 5, 5]]


def test_the_offset_is_each_sequences_own_length():
    model, target = EncoderDecoder("lstm", piece=None), inputs(4)
    with gv.record(model, samples=None) as tape:
        for lengths in ([2, 6, 3], [4, 4, 1]):
            source = pack_padded_sequence(inputs(max(lengths)), lengths, enforce_sorted=False)
            model(source, target).backward()
            tape.step()
    assert tape["decoder"][TIME_OFFSET].values.tolist() == [[2, 6, 3], [4, 4, 1]]


def test_with_attention_there_is_no_one_offset():
    model = EncoderDecoder("gru", attention=True)
    with gv.record(model, samples=None) as tape:
        model(inputs(5), inputs(4)).backward()
    assert tape["decoder"][TIME_OFFSET].shape == (1, 3)
    assert np.isnan(tape["decoder"][TIME_OFFSET]).all()


def test_a_decoder_that_begins_anew_continues_nothing():
    class Anew(nn.Module):
        def forward(self, state):
            return torch.zeros_like(state)

    model = EncoderDecoder("gru", bridge=Anew)
    with gv.record(model, samples=None) as tape:
        model(inputs(5), inputs(4)).backward()
    assert CONTINUES not in tape["decoder"].attrs
    assert TIME_OFFSET not in tape["decoder"]


def test_a_sequence_is_measured_again_only_if_something_has_arrived(monkeypatch):
    """Otherwise many micro-batches would be measured after each other's backward passes."""
    measured = []
    measure = SequenceCall._measure
    monkeypatch.setattr(SequenceCall, "_measure", lambda call: (measured.append(call), measure(call)))
    cell, batches = nn.GRUCell(3, 4), 6
    with gv.record(cell) as tape:
        for _ in range(batches):
            h = torch.zeros(2, 4)
            for x in torch.randn(5, 2, 3):
                h = cell(x, h)
            h.sum().backward(retain_graph=True)
        assert len(measured) == batches
        (2 * h.sum()).backward()  # only the last one gets more
    assert len(measured) == batches + 1
    norms = tape.dataset["log10_grad_h"].isel(step=0, layer=0, direction=0, time=-1, sample=0)
    np.testing.assert_allclose(10.0**norms.values, [2.0] * (batches - 1) + [6.0], rtol=1e-5)
