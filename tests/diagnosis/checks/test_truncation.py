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
        (10, 11, [(k.DETACHED, "trouble")]),
    ],
)
def test_how_far_it_passes(steps, lag, kinds):
    assert kinds_of(passing(steps), lag) == kinds


def test_a_cut_and_a_short_sequence_differ():
    (a_cut,), (short,) = found(passing(4), 5), found(passing(10), 11)
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
    assert kinds_of(relu.assign(unit_left=(units, [[[[[1.0, 0]]]]])), 10) == []
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
