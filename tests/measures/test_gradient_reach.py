"""What the loss reads and how far its gradient reaches: by hand, across a detach, with truncation."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.gradient_reach import gradient_reach

INF, NAN = np.inf, np.nan


def of(total, direct, **variables):
    """Measured for one step, layer and direction; sequences run from their first time step to their last."""
    given = {name: one(np.array(values, dtype=float).T) for name, values in variables.items()}
    ds = recording(
        log10_grad_h=one(np.array(total, dtype=float).T),
        log10_grad_h_direct=one(np.array(direct, dtype=float).T),
        **given,
    )
    found = gradient_reach(ds).squeeze()
    return {name: found[name].item() for name in found.data_vars if not found[name].dims}


def test_hand_computed():
    found = of(
        [[-INF, -2, -1, 0], [-INF, -INF, -5, NAN], [-INF] * 4, [NAN] * 4],
        [[-INF, -INF, -INF, 0], [-INF, -INF, -5, NAN], [-INF] * 4, [NAN] * 4],
    )
    assert found == {
        "sequences_reached": pytest.approx(2 / 3),  # the fourth does not exist
        "sequences_seen_by_loss": pytest.approx(2 / 3),
        "steps_seen_by_loss": pytest.approx(1 / 3),
        "longest_unbroken_run": 2,
        "steps": 4,
    }


@pytest.mark.parametrize(
    ("total", "direct", "unbroken_run"),
    [
        ([-3, -2, -1, 0], [-INF, -INF, -INF, 0], 3),
        ([-1, -1, 0, 0], [-INF, -INF, 0, 0], 2),  # the third step gets the direct gradient only: a cut
        ([0, 1, 0, 0], [0, 0, 0, 0], 1),
        ([0, 0, 0, 0], [0, 0, 0, 0], 0),
        ([-1, 0, -INF, -INF], [-INF, 0, -INF, -INF], 1),
        ([INF, INF, 0, 0], [0, 0, 0, 0], 2),
        ([-INF] * 4, [-INF] * 4, NAN),
        ([0], [0], 0),
    ],
)
def test_unbroken_runs(total, direct, unbroken_run):
    np.testing.assert_equal(of([total], [direct])["longest_unbroken_run"], unbroken_run)


def test_a_step_counts_if_any_sequence_passes_gradient_on():
    total, direct = [[-2, -1, -INF, 0], [-INF, -1, -1, 0]], [[-INF, -INF, -INF, 0], [-INF, -INF, -INF, 0]]
    assert of(total, direct)["longest_unbroken_run"] == 3
    assert of(total[:1], direct[:1])["longest_unbroken_run"] == 2


def test_zeros_by_underflow_are_not_a_cut():
    total, direct = [[-INF, -INF, -44, 0]], [[-INF, -INF, -INF, 0]]
    assert of(total, direct)["longest_unbroken_run"] == 1
    assert of(total, direct, underflow=[[1, 1, 1, 0]])["longest_unbroken_run"] == 3
    assert of(total, direct, underflow=[[0, 1, 1, 0]])["longest_unbroken_run"] == 2


def test_cuts_by_hand():
    total, direct = [[-3, -2, -1, 0]] * 3, [[-INF, -INF, -INF, 0]] * 3
    found = of(total, direct, cut=[[1, 1, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]])  # none at the first step
    assert found["steps_cut"] == 2
    assert found["sequences_cut"] == pytest.approx(2 / 3)


def test_both_directions_and_several_layers():
    layer, x = nn.LSTM(2, 3, num_layers=2, bidirectional=True), torch.randn(6, 4, 2)
    with gv.record(layer) as tape:
        layer(x)[0][-1].sum().backward()
    found = gradient_reach(tape.dataset).isel(step=0)
    np.testing.assert_array_equal(found["longest_unbroken_run"], [[5, 5], [5, 0]])  # (layer, direction)
    np.testing.assert_allclose(found["steps_seen_by_loss"], [[1, 1], [1 / 6, 1 / 6]], rtol=1e-6)
    np.testing.assert_array_equal(found["sequences_seen_by_loss"], 1)


@pytest.mark.parametrize("every", [1, 3, 4, 20])
def test_across_a_detach(every):
    cell, head = nn.GRUCell(2, 3), nn.Linear(3, 1)
    with gv.record(nn.ModuleList([cell, head])) as tape:
        h = torch.zeros(2, 3)
        for t in range(12):
            h = cell(torch.randn(2, 2), h.detach() if t % every == 0 else h)
        head(h).sum().backward()
    assert gradient_reach(tape["0"])["longest_unbroken_run"].item() == min(every, 12) - 1


def test_swapped_axes():
    with gv.record(layer := nn.LSTM(3, 4)) as tape:
        layer(torch.randn(5, 7, 3))[0][:, -1].sum().backward()  # time is first
    found = gradient_reach(tape.dataset)
    assert found["sequences_seen_by_loss"].item() == pytest.approx(1 / 7)
    assert found["steps_seen_by_loss"].item() == 1


@settings(max_examples=30, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 8), st.integers(1, 3)),
        elements=st.sampled_from([-INF, -1, 0, NAN]),
    ),
    st.data(),
)
def test_agrees_with_a_plain_search(total, data):
    seen = data.draw(arrays(bool, total.shape))
    direct = np.where(np.isnan(total), NAN, np.where(seen, total, -INF))
    found = of(total.T, direct.T)
    run = best = 0
    for t in range(len(total)):
        handed_on = any(total[t, b] > -INF and not seen[t, b] for b in range(total.shape[1]))
        run = run + 1 if handed_on else 0
        best = max(best, run)
    np.testing.assert_equal(found["longest_unbroken_run"], float(best) if (total > -INF).any() else NAN)
    fractions = [
        np.mean([direct[t, b] > -INF for t in range(len(total)) if not np.isnan(total[t, b])])
        for b in range(total.shape[1])
        if not np.isnan(total[:, b]).all()
    ]
    assert found["steps_seen_by_loss"] == pytest.approx(max(fractions, default=0))


def test_errors():
    norms = one([[0.0], [1]])
    with pytest.raises(BadRecording, match="no variable 'log10_grad_h_direct'"):
        gradient_reach(recording(log10_grad_h=norms))
    layer = nn.RNN(2, 3)
    with gv.record(layer) as tape:
        (layer(torch.randn(4, 2, 2))[0] + layer(torch.randn(4, 2, 2))[0]).sum().backward()
    assert gradient_reach(tape.dataset, call=1)["longest_unbroken_run"].item() == 3
    with pytest.raises(BadRecording, match="no call 2; it has 0, 1"):
        gradient_reach(tape.dataset, call=2)


def test_units():
    found = gradient_reach(recording(log10_grad_h=one([[0.0]]), log10_grad_h_direct=one([[0.0]])))
    assert found["longest_unbroken_run"].attrs["units"] == "time steps"
    assert all(values.attrs["long_name"] for values in found.data_vars.values())
