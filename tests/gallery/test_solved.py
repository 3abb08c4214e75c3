"""Which runs solved their task."""

import numpy as np
from gallery.planted_accuracy import planted

from gradviz.gallery.solved import count_solved, solved_at


def test_solved_is_the_last_batch():
    assert solved_at(planted([0.2, 0.5, 0.98])) == 3
    assert solved_at(planted([0.2, 0.99, 0.9])) is None


def test_runs_are_counted_unless_one_is_not_known():
    assert count_solved([planted([1.0]), planted([0.5]), planted([0.98])]) == 2
    assert count_solved([]) == 0
    assert np.isnan(count_solved([planted([1.0]), planted([np.nan])]))
