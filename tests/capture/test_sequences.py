"""Calls that continue each other are one sequence, whatever is done to the state between them.

Each is compared with the slow twin in float64: totals, direct gradients, exact zeros.
"""

import numpy as np
import pytest
import torch
from capture.agreement import assert_agrees, cuts_of
from capture.touched import (
    CELLS,
    INPUTS,
    LOSSES,
    SAMPLES,
    UNITS,
    Touched,
    faint,
    last,
    recorded_and_twin,
    slow,
)
from capture.ways import DISGUISES, WAYS
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v

TOUCHED = {"rnn": "h", "lstm": "hc", "gru": "h"}


def check(kind, way, loss="faint", *, dtype=torch.float64, steps=14, samples=SAMPLES, **options):
    model = Touched(kind, way, **{"touched": TOUCHED[kind]} | options)
    dataset, twin = recorded_and_twin(model, LOSSES[loss], dtype=dtype, steps=steps, samples=samples)
    assert "call" not in dataset.dims
    assert dataset.sizes["time"] == steps
    rtol = 1e-10 if dtype == torch.float64 else 1e-5
    assert_agrees(dataset, twin, cell_state=kind == "lstm", rtol=rtol)
    return dataset, twin


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        pytest.param(kind, way, marks=pytest.mark.slow if (number + place) % 3 else [])
        for number, kind in enumerate(CELLS)
        for place, way in enumerate(WAYS)
    ],
)
def test_a_cell_in_a_loop(kind, way):
    check(kind, way, reads="both")


@pytest.mark.parametrize("reads", ["output", "state", "both"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("way", ["layer norm", "padding", *slow("untouched", "dropout")])
def test_what_the_head_reads(way, loss, reads):
    check("gru", way, loss, reads=reads)


@pytest.mark.parametrize("way", ["linear", "zoneout", *slow("untouched", "mask")])
@pytest.mark.parametrize("piece", [1, 2, 7])
@pytest.mark.parametrize("kind", CELLS)
def test_a_layer_on_pieces(kind, piece, way):
    check(kind, way, piece=piece, layers=2 if piece == 2 else 1, reads="both")


@pytest.mark.parametrize("touched", ["h", "c"])
@pytest.mark.parametrize("way", ["mask", "dropout", "layer norm", *slow("half", "zoneout")])
@pytest.mark.parametrize("piece", [0, 2])
def test_one_of_an_lstms_states_is_touched(way, touched, piece):
    check("lstm", way, piece=piece, touched=touched)


@pytest.mark.parametrize("way", ["untouched", "cast", "mask", "layer norm", "residual", "padding", "clamp"])
@pytest.mark.parametrize("kind", ["lstm", *slow("rnn", "gru")])
def test_in_float32(kind, way):
    check(kind, way, dtype=torch.float32, steps=7, reads="both")


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("piece", [0, 1, 2, 7])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", CELLS)
def test_every_combination(kind, layers, piece, way):
    layers = layers if piece else 1
    for loss in LOSSES:
        for reads in ("output", "state", "both"):
            for touched in ("h", "c", "hc") if kind == "lstm" else ("h",):
                check(kind, way, loss, piece=piece, layers=layers, reads=reads, touched=touched)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(list(CELLS)),
    ways=st.lists(st.sampled_from(list(WAYS)), min_size=2, max_size=6),
    call=st.sampled_from([(0, 1), (1, 1), (1, 2), (2, 1), (2, 2)]),
    sizes=st.tuples(st.integers(1, 4), st.integers(3, 6)),
    reads=st.sampled_from(["output", "state", "both"]),
    loss=st.sampled_from(list(LOSSES)),
)
def test_any_way_at_any_step(*, kind, ways, call, sizes, reads, loss):
    torch.manual_seed(0)
    (piece, layers), (samples, units) = call, sizes
    options = {"piece": piece, "layers": layers, "units": units, "reads": reads}
    check(kind, ways, loss, steps=len(ways) * max(piece, 1), samples=samples, **options)


@pytest.mark.parametrize("way", DISGUISES)
@pytest.mark.parametrize("piece", [0, 1, 7])
def test_a_state_in_disguise_gives_the_recording_of_the_fused_layer(way, piece):
    model = Touched("gru", way, piece=piece).double()
    fused = nn.GRU(INPUTS, UNITS).double()
    weights = model.rnn.state_dict()
    fused.load_state_dict({f"{name.removesuffix('_l0')}_l0": value for name, value in weights.items()})
    x = torch.randn(14, 3, 3).double()
    with gv.record(model, detail="full") as tape:
        last(model(x)).backward()
    with gv.record(fused, detail="full") as other:
        last([fused(x, torch.full((1, 3, UNITS), 0.1).double())[0]]).backward()
    found, expected = tape["rnn"], other.dataset
    assert set(expected.data_vars) <= set(found.data_vars)
    for name in expected.data_vars:
        assert found[name].dims == expected[name].dims
        np.testing.assert_allclose(found[name], expected[name], rtol=2e-6, atol=1e-9, err_msg=str(name))


@pytest.mark.parametrize("way", ["mask", "dropout", "residual", "padding", *slow("half", "linear")])
@pytest.mark.parametrize(("kind", "piece", "reads"), [("gru", 0, "output"), ("lstm", 2, "both")])
def test_the_total_at_the_state_that_is_handed_on(way, kind, piece, reads):
    model = Touched(kind, way, piece=piece, reads=reads)
    dataset, twin = recorded_and_twin(model, faint)
    assert dataset["log10_grad_state"].dims == dataset[v.LOG10_GRAD_H].dims
    assert_agrees(dataset, twin, state=True)


class Mixed(nn.Module):
    """The state that a cell is given is the mean of all its outputs so far, as an attention may make it."""

    def __init__(self, kind):
        super().__init__()
        self.rnn, self.has_cell_state = CELLS[kind](INPUTS, UNITS), kind == "lstm"

    def forward(self, x):
        state, outs = None, []
        for x_t in x:
            after = self.rnn(x_t, state)
            outs.append((after[0] if self.has_cell_state else after)[None])
            mean = torch.cat(outs).mean(0)
            state = (mean, after[1]) if self.has_cell_state else mean
        return outs


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", CELLS)
def test_a_state_made_of_all_outputs_so_far(kind, loss):
    dataset, twin = recorded_and_twin(Mixed(kind), LOSSES[loss], steps=7)
    assert "call" not in dataset.dims
    assert_agrees(dataset, twin, cell_state=kind == "lstm")
    if loss == "last":
        assert np.isneginf(dataset[v.LOG10_GRAD_H_DIRECT][0, 0, 0, :-1]).all()


def test_a_step_whose_output_is_discarded_passes_gradient_on_by_the_state():
    """Sequence 1 keeps its state from call 2 on, sequence 2 from call 4 on; only the end is read."""
    dataset, _ = recorded_and_twin(Touched("gru", "padding", reads="state"), last)
    here = {name: dataset[name].values[0, 0, 0].T for name in dataset if dataset[name].dims[-1] == "sample"}
    for sample, length in ((1, 2), (2, 4)):
        total, direct = here[v.LOG10_GRAD_H][sample], here[v.LOG10_GRAD_H_DIRECT][sample]
        assert np.isneginf(total[length:]).all()
        assert np.isfinite(total[:length]).all()
        assert np.isfinite(direct).tolist() == [t == length - 1 for t in range(14)]
        assert np.isfinite(here["log10_grad_state"][sample][:-1]).all()
        assert not cuts_of(dataset)[0, 0, :, sample].any()


@pytest.mark.parametrize("piece", [0, 2])
def test_an_output_changed_in_place_after_the_call_is_replayed_as_it_was(piece):
    """The next call goes on from the changed state."""
    rnn = (nn.GRU if piece else nn.GRUCell)(3, 4).double()
    x = torch.randn(6, 3, 3).double()

    def loss(in_place):
        state = torch.zeros(1, 3, 4) if piece else torch.zeros(3, 4)
        state = state.double()
        for part in x.split(2) if piece else x:
            new = rnn(part, state)[1] if piece else rnn(part, state)
            state = new.mul_(0.5) if in_place else new * 0.5
        return state.pow(2).sum()

    found = []
    for in_place in (False, True):
        with gv.record(rnn, samples=None, detail="full") as tape:
            loss(in_place).backward()
        found.append(tape.dataset)
    assert found[1].attrs["replay_error"] < 1e-12
    for name in found[0].data_vars:
        np.testing.assert_allclose(found[1][name], found[0][name], rtol=1e-6, err_msg=str(name))
