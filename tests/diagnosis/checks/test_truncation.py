"""How far the gradient is passed back, exactly on the limits, in both directions."""

import numpy as np
import pytest
from diagnosis.recorded import (
    AT_START,
    NONE,
    WHOLE,
    WHOLE_REVERSE,
    dataset,
    passing,
    tree,
    two_directions,
)
from invented import one

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.truncation import truncation
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def found(ds, lag=None):
    return list(truncation(DiagnosisContext(tree(ds), "layer", lag)))


def kinds_of(ds, lag=None):
    return [(f.kind, f.severity) for f in found(ds, lag)]


@pytest.mark.parametrize(
    ("steps", "lag", "kinds"),
    [
        (10, 10, []),
        (10, None, []),
        (9, 10, [(k.DETACHED, "trouble")]),
        (9, None, [(k.DETACHED, "warning")]),
        (4, 4, []),
        (4, 5, [(k.DETACHED, "trouble")]),
        (0, 3, [(k.DIRECT_ONLY, "trouble")]),
        (0, None, [(k.DIRECT_ONLY, "trouble")]),
        (10, 11, []),  # the length of the sequence for its lag
        (10, 12, []),  # and one more
        (10, 13, [(k.DETACHED, "trouble")]),
    ],
)
def test_how_far_it_passes(steps, lag, kinds):
    assert kinds_of(passing(steps), lag) == kinds


def test_a_cut_and_a_short_sequence_differ():
    (a_cut,), (short,) = found(passing(4), 5), found(passing(10), 13)
    assert "goes back 4 time steps and is then exactly zero" in a_cut.what
    assert "goes back 10 time steps, because the sequences have no more than 11 time steps" in short.what
    assert [amount.value for amount in short.amounts] == [10, 11]
    assert "x.split(6, dim=1)" in a_cut.remedy.code


@pytest.mark.parametrize(("lag", "kinds"), [(None, []), (1, [(k.DETACHED, "trouble")])])
def test_a_single_step(lag, kinds):
    assert kinds_of(dataset(total=[0.0]), lag) == kinds


def test_dead_units_and_saturated_gates_have_their_own_findings():
    relu = passing(4).assign_attrs(cell="rnn_relu")
    units = ("step", "layer", "direction", "gate", "unit")
    assert kinds_of(relu.assign(unit_left=(units, [[[[[1.0, 1.0]]]]])), 10) == []
    assert kinds_of(relu.assign(unit_left=(units, [[[[[0.99, 0]]]]])), 10) == [(k.DETACHED, "trouble")]
    fractions = {"gate_left": 0.5, "gate_right": 0.45}
    saturated = passing(4).assign(
        {name: passing(4)[name] * 0 + fraction for name, fraction in fractions.items()}
    )
    assert kinds_of(saturated, 10) == []
    one_sided = saturated.assign(gate_left=saturated["gate_left"] * 0)
    assert kinds_of(one_sided, 10) == [(k.DETACHED, "trouble")]


@pytest.mark.parametrize(
    ("forward", "reverse", "kinds"),
    [
        (WHOLE, WHOLE_REVERSE, []),
        (WHOLE, AT_START, []),
        (WHOLE, NONE, []),
        (NONE, WHOLE_REVERSE, []),
        (AT_START, NONE, [(k.DIRECT_ONLY, "trouble")]),
        (NONE, NONE, []),
    ],
)
def test_two_directions(forward, reverse, kinds):
    assert kinds_of(two_directions(forward, reverse), 10) == kinds


def test_a_cut_in_the_only_direction_that_is_read():
    """The other direction has no gradient; that does not hide this one."""
    cut_off = np.where(np.arange(11) <= 4, 0.0, -INF)
    reverse = (cut_off, np.where(np.arange(11) == 0, 0.0, -INF))
    assert kinds_of(two_directions(NONE, reverse), 10) == [(k.DETACHED, "trouble")]


def cut_before(*steps, sequences=2):
    """``cut`` of 11 time steps and two sequences."""
    cut = np.zeros((11, 2))
    cut[list(steps), :sequences] = 1
    return one(cut)


def test_cuts_are_read_where_they_were_recorded():
    norms = np.zeros(11)  # the loss reads every step, and rounding hides that nothing is carried
    near = norms + 1e-3
    (a_cut,) = found(dataset(total=near, direct=norms, cut=cut_before(4, 8)), 10)
    assert a_cut.amounts[0].value == 3
    assert [amount.value for amount in a_cut.amounts[1:]] == [2, 1]
    assert "the state handed on to time steps 4 and 8 is detached in every sequence" in a_cut.what
    assert not found(dataset(total=near, direct=norms, cut=cut_before(4, sequences=1)), 10)


def test_without_a_cut_a_zero_is_not_called_detached():
    ds = passing(4).assign(cut=(("step", "layer", "direction", "time", "sample"), cut_before()))
    (zero,) = found(ds, 5)
    assert "the state is handed on there, but the recurrence passes on exactly nothing" in zero.what
    (not_known,) = found(passing(4), 5)
    assert "the state is detached there" in not_known.what


def test_sequences_that_two_modules_share_are_long_enough_together():
    encoder, decoder = passing(10), passing(10)
    decoder = decoder.assign_attrs(module="decoder", continues="layer")
    decoder = decoder.assign(time_offset=(("step", "sample"), np.full((1, 2), 11.0)))
    pair = tree(encoder, decoder)
    for name in ("layer", "decoder"):
        assert not list(truncation(DiagnosisContext(pair, name, 15)))
        (too_short,) = truncation(DiagnosisContext(pair, name, 24))
        assert too_short.kind == k.DETACHED
    assert found(encoder, 15)


@pytest.mark.parametrize(("end", "expected"), [(1.0, [(k.DETACHED, "warning")]), (0.5, []), (None, [])])
def test_a_lag_just_beyond_the_sequences_is_a_warning_where_nothing_is_learned(end, expected):
    metrics = {} if end is None else {"loss": [1.0] * 20 + [end] * 20}
    recorded = tree(dataset(), metrics=metrics)
    longest = DiagnosisContext(recorded, "layer", None).longest_lag
    for more in (1, 2):
        found = list(truncation(DiagnosisContext(recorded, "layer", longest + more)))
        assert [(f.kind, f.severity) for f in found] == expected
    assert not list(truncation(DiagnosisContext(recorded, "layer", longest)))
