"""The character model, its trainings and its readings."""

import numpy as np
import pytest

from gradviz.experiment import demo_runs
from gradviz.gallery.cache import Cache
from gradviz.gallery.character_run import (
    READING,
    TRAINING,
    UNTRAINED,
    WINDOWS,
    CharacterRuns,
    by_seed,
    character_experiment,
    character_runs,
    of_seed,
    text_of,
)

MOMENTS = (TRAINING, READING, UNTRAINED, WINDOWS)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    settings = CharacterRuns(hidden_size=6, steps=2, seeds=2)
    return character_runs(Cache(tmp_path_factory.mktemp("cache")), settings, MOMENTS)


def test_four_recordings_of_each_seed(data):
    runs = by_seed(data)
    assert len(runs) == 2
    for run in runs:
        assert tuple(run) == MOMENTS
        assert len(text_of(run)) == run[READING]["recurrent"].sizes["time"] == 62
        assert run[WINDOWS]["recurrent"].sizes["sample"] == 53
        before, after = (run[moment]["recurrent"]["gates"].values for moment in (UNTRAINED, READING))
        assert not np.array_equal(before, after)


def test_seeds_differ(data):
    one, other = (of_seed(data, seed)[UNTRAINED]["recurrent"]["gates"].values for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_the_first_run_is_that_of_the_demo():
    assert character_experiment(CharacterRuns(), 0) == demo_runs.character_experiment()
