"""The adding task in JavaScript: its twin, and what gradviz's own task says of a batch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.core.generator import Generator, adding_batch

import gradviz as gv


@given(seed=st.integers(0, 2**32 - 1), time=st.integers(2, 9), batch=st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_batches_are_the_twins(core, seed, time, batch):
    """Also the second one, in memory that the first one has filled."""
    twin = Generator(seed)
    for found in core.call("addingBatches", seed=seed, time=time, batch=batch, count=2):
        x, targets, first, second = adding_batch(twin, time, batch)
        np.testing.assert_array_equal(found["x"], x.ravel())
        np.testing.assert_array_equal(found["targets"], targets)
        np.testing.assert_array_equal(found["first"], first)
        np.testing.assert_array_equal(found["second"], second)


@pytest.mark.parametrize("time", [2, 7, 30])
def test_a_batch_is_distributed_as_that_of_the_task(core, time):
    size = 4000
    (found,) = core.call("addingBatches", seed=3, time=time, batch=size, count=1)
    values, marks = found["x"].reshape(time, size, 2).transpose(2, 1, 0)
    task = gv.tasks.adding(length=time)
    half = time // 2
    assert set(np.unique(marks)) <= {0, 1}
    assert (marks[:, :half].sum(1) == 1).all()
    assert (marks[:, half:].sum(1) == 1).all()
    np.testing.assert_allclose(found["targets"], (values * marks).sum(1))
    for share, steps in ((marks[:, :half].mean(0), half), (marks[:, half:].mean(0), time - half)):
        assert np.abs(share - 1 / steps).max() < 4.5 * np.sqrt(1 / steps / size)
    assert core.call("baseline") == pytest.approx(task.baseline)
    assert np.mean((found["targets"] - 1) ** 2) == pytest.approx(task.baseline, abs=0.015)


def test_one_step_has_no_halves(core):
    with pytest.raises(Exception, match="time = 1: the adding task needs at least 2 time steps"):
        core.call("addingBatches", seed=0, time=1, batch=1, count=1)
