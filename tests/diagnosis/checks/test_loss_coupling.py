"""Where the gradient enters and where it is cut: exactly on the thresholds, in both directions."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import DECAY, dataset, of_last, tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.loss_coupling import cut, no_gradient, wrong_batch_first
from gradviz.diagnosis.context import DiagnosisContext

INF, NAN = np.inf, np.nan
NOTHING = np.full(11, -INF)


def found(check, ds, lag=None):
    return list(check(DiagnosisContext(tree(ds), "layer", lag)))


def told(check, ds, lag=None):
    return [(f.kind, f.severity) for f in found(check, ds, lag)]


def two_ways(forward, reverse):
    """``forward``, ``reverse``: (total, direct), each (time,) in real time."""
    ways = [
        dataset(total=total, direct=direct).assign_coords(direction=[name])
        for (total, direct), name in ((forward, "forward"), (reverse, "reverse"))
    ]
    return xr.concat(ways, "direction", data_vars="minimal").assign_attrs(ways[0].attrs)


WHOLE = (DECAY, of_last(DECAY))
WHOLE_REVERSE = (DECAY[::-1], of_last(DECAY)[::-1])
NONE = (NOTHING, NOTHING)
AT_START = (of_last(DECAY), of_last(DECAY))  # of a reverse direction


def test_no_gradient():
    assert told(no_gradient, dataset(total=NOTHING, direct=NOTHING)) == [(k.NO_GRADIENT, "trouble")]
    assert told(no_gradient, dataset()) == []
    assert told(no_gradient, dataset(total=NOTHING).drop_vars("log10_grad_h_direct")) == []


@pytest.mark.parametrize(("ways", "kinds"), [((NONE, NONE), 1), ((NONE, WHOLE), 0), ((WHOLE, NONE), 0)])
def test_no_gradient_in_either_direction(ways, kinds):
    assert len(found(no_gradient, two_ways(*ways))) == kinds


def one_sequence(steps_seen, sequences=4, reached=1, length=6):
    """The last so many sequences are seen, at the last so many steps."""
    direct = np.full((length, sequences), -INF)
    direct[length - steps_seen :, sequences - reached :] = 0
    ds = dataset(total=np.zeros(length))
    template = ds.isel(sample=[0] * sequences).assign_coords(sample=np.arange(sequences))
    return template.assign(
        log10_grad_h=(template["log10_grad_h"].dims, direct[None, None, None]),
        log10_grad_h_direct=(template["log10_grad_h"].dims, direct[None, None, None]),
    )


@pytest.mark.parametrize(
    ("recorded", "is_swapped"),
    [
        (one_sequence(6), True),
        (one_sequence(5), False),
        (one_sequence(6, reached=2), False),
        (one_sequence(6, sequences=2), True),
        (one_sequence(6, sequences=1), False),
        (one_sequence(1, length=1), False),
        (one_sequence(2, length=2), True),
    ],
)
def test_wrong_batch_first(recorded, is_swapped):
    assert told(wrong_batch_first, recorded) == [(k.WRONG_BATCH_FIRST, "trouble")] * is_swapped


@pytest.mark.parametrize(
    ("attributes", "code", "layout"),
    [
        (
            {"batch_first": 0},
            "model.layer.batch_first = True",
            "(time, batch, features), here 64 sequences of 6",
        ),
        (
            {"batch_first": 1},
            "model.layer.batch_first = False",
            "(batch, time, features), here 64 sequences of 6",
        ),
        ({"in_a_loop": 1}, "for x_t in x.unbind(dim=1): ...  # (batch, time, features)", "64 sequences of 6"),
    ],
)
def test_swapped_axes_are_said_as_the_layer_takes_them(attributes, code, layout):
    (finding,) = found(wrong_batch_first, one_sequence(6).assign_attrs(batch_size=64, **attributes))
    assert finding.remedy.code == code
    assert layout in finding.what
    assert [amount.value for amount in finding.amounts] == [0.25, 1]


def passing(steps, total=11):
    """A gradient of the last step that goes back so many."""
    norms = np.where(np.arange(total) >= total - 1 - steps, 0.0, -INF)
    return dataset(total=norms, direct=of_last(norms))


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
    assert told(cut, passing(steps), lag) == kinds


def test_a_cut_and_a_short_sequence_are_told_apart():
    (a_cut,), (short,) = found(cut, passing(4), 5), found(cut, passing(10), 11)
    assert "goes back 4 time steps and then is exactly zero" in a_cut.what
    assert "goes back 10 time steps, since the sequences have no more than 11 steps" in short.what
    assert [amount.value for amount in short.amounts] == [10, 11]
    assert "x.split(6, dim=1)" in a_cut.remedy.code


@pytest.mark.parametrize(("lag", "kinds"), [(None, []), (1, [(k.DETACHED, "trouble")])])
def test_a_single_step(lag, kinds):
    assert told(cut, dataset(total=[0.0]), lag) == kinds


def test_dead_units_and_saturated_gates_have_their_own_findings():
    relu = passing(4).assign_attrs(cell="rnn_relu")
    units = ("step", "layer", "direction", "gate", "unit")
    assert told(cut, relu.assign(unit_left=(units, [[[[[1.0, 0]]]]])), 10) == []
    assert told(cut, relu.assign(unit_left=(units, [[[[[0.99, 0]]]]])), 10) == [(k.DETACHED, "trouble")]
    fractions = {"gate_left": 0.5, "gate_right": 0.45}
    saturated = passing(4).assign(
        {name: passing(4)[name] * 0 + fraction for name, fraction in fractions.items()}
    )
    assert told(cut, saturated, 10) == []
    one_sided = saturated.assign(gate_left=saturated["gate_left"] * 0)
    assert told(cut, one_sided, 10) == [(k.DETACHED, "trouble")]


@pytest.mark.parametrize(
    ("ways", "kinds"),
    [
        ((WHOLE, WHOLE_REVERSE), []),
        ((WHOLE, AT_START), [k.REVERSE_UNUSED]),
        ((WHOLE, NONE), []),
        ((NONE, WHOLE_REVERSE), []),
        ((AT_START, NONE), [k.DIRECT_ONLY]),
        ((NONE, NONE), []),
    ],
)
def test_two_directions(ways, kinds):
    assert [f.kind for f in found(cut, two_ways(*ways), 10)] == kinds


def test_a_cut_in_the_only_direction_that_is_read():
    """Of one direction nothing is known; that does not hide the other's."""
    cut_off = np.where(np.arange(11) <= 4, 0.0, -INF)
    reverse = (cut_off, np.where(np.arange(11) == 0, 0.0, -INF))
    assert told(cut, two_ways(NONE, reverse), 10) == [(k.DETACHED, "trouble")]
