"""The values of a gradient heatmap, its marks and its errors."""

import numpy as np
import pytest

from gradviz.errors import BadRecording
from gradviz.plots.drawing.gradient_grid import gradient_grid
from gradviz.plots.drawing.recorded_step import one_step
from gradviz.recording.tree import select_series


def series_of(recording):
    return select_series(recording()["recurrent"].to_dataset())


def test_marked_cells_are_not_on_the_scale(recording):
    series = series_of(recording)
    series["log10_grad_h"][{"step": 1, "time": 0}] = -np.inf
    grid = gradient_grid(series)
    assert grid.log10.shape == (12, 4)
    assert grid.log10[0, 1] == -np.inf
    assert np.isnan(grid.on_scale[0, 1])
    assert np.isnan(grid.on_scale).sum() == grid.marks["zero"].sum() == 1
    assert (grid.steps.tolist(), grid.steps_label, grid.times_label) == (
        [0, 10, 20, 30],
        "training step",
        "time step",
    )


def test_other_dims(recording):
    with pytest.raises(BadRecording, match=r"over step, time, sample; this recording has only \('time',"):
        gradient_grid(one_step(recording(), 0))
    series = series_of(recording)
    more = series.assign(log10_grad_h=series["log10_grad_h"].expand_dims(gate=series["gate"]))
    with pytest.raises(BadRecording, match=r"also has gate: choose one with data\.sel\(gate='\w+'\)"):
        gradient_grid(more)
