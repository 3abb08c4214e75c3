"""Whether a training has learned, by its loss."""

import numpy as np
import pytest
import xarray as xr

from gradviz.diagnosis.learning import has_learned, has_solved, knows_its_task


@pytest.mark.parametrize(
    ("losses", "learned"),
    [
        ([1.0] * 15 + [0.5] * 15, True),
        ([1.0] * 30, False),
        ([1.0] * 15 + [0.95] * 15, False),
        ([1.0] + [0.1] * 10, None),
        ([-1.0] * 30, None),
        ([1.0] * 20 + [np.inf] * 10, False),
    ],
)
def test_by_hand(losses, learned):
    data = xr.Dataset({"loss": ("iteration", losses)}, {"iteration": np.arange(len(losses))})
    assert has_learned(xr.DataTree(data)) is learned


def test_without_a_loss():
    assert has_learned(xr.DataTree()) is None
    assert not knows_its_task(xr.DataTree())


@pytest.mark.parametrize(
    ("end", "output", "target", "knows", "solved"),
    [
        (0.9, 2.0, 2.0, True, True),  # of a variance of 4
        (1.1, 2.0, 2.0, False, False),
        (0.9, 0.9, 2.0, False, False),  # the outputs do not vary so much: the loss is in other units
        (0.9, 2.0, None, False, False),
        (0.2, 2.0, 1.0, True, True),
        (0.2, 2.0, 0.7, False, False),
        (0.05, 2.0, 0.1, False, True),  # it has fallen to a twentieth
    ],
)
def test_a_loss_below_that_of_a_constant_answer(end, output, target, knows, solved):
    curves = {"loss": [1.0] * 15 + [end] * 15, "output_spread": [output] * 30}
    curves |= {} if target is None else {"target_spread": [target] * 30}
    data = {name: ("iteration", values) for name, values in curves.items()}
    recorded = xr.DataTree(xr.Dataset(data, {"iteration": np.arange(30)}))
    assert (knows_its_task(recorded), has_solved(recorded)) == (knows, solved)


@pytest.mark.parametrize(
    ("end", "target", "learned"),
    [
        (6500.0, 80.0, False),  # a constant answer has a squared error of 80²
        (6300.0, 80.0, True),
        (50.0, 5.0, True),  # targets near 1: the loss may be of another kind
        (6500.0, None, True),
    ],
)
def test_a_squared_error_above_the_variance_of_large_targets_is_no_success(end, target, learned):
    curves = {"loss": [90_000.0] * 15 + [end] * 15, "output_spread": [1.0] * 30}
    curves |= {} if target is None else {"target_spread": [target] * 30}
    data = {name: ("iteration", values) for name, values in curves.items()}
    assert has_learned(xr.DataTree(xr.Dataset(data, {"iteration": np.arange(30)}))) is learned
