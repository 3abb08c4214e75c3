"""The trainings that an early step is to tell the end of."""

import numpy as np
import pytest
import xarray as xr

from gradviz.experiment.alert import decades_lost
from gradviz.gallery import warning_runs as runs
from gradviz.gallery.cache import Cache


def test_every_run_has_a_name_and_a_seed_of_its_own():
    every = [
        runs.warning_run(task, cell, start, seed=seed, steps=10, at=5)
        for task in runs.TASKS
        for cell, starts in runs.STARTS.items()
        for start in starts
        for seed in range(2)
    ]
    assert len({run.name for run in every}) == len(every) == 2 * 3 * 4 * 2
    assert {run.seed for run in every} == {0, 1}
    assert {run.training.steps for run in every} == {10}


def test_one_task_has_a_fixed_lag_and_the_other_many():
    tasks = {name: runs.warning_run(name, "lstm", "default", seed=0, steps=2, at=1) for name in runs.TASKS}
    assert tasks[runs.FIXED].built_task.lag == 44
    spread = tasks[runs.SPREAD].built_task
    assert spread.lag == 39


def test_what_is_told_by_hand(tmp_path):
    run = runs.warning_run("order", "rnn", "forgets", seed=0, steps=14, at=12)
    tree = Cache(tmp_path).recording(run)
    told = runs.what_is_told(tree, run, 12)
    losses = tree["loss"].values if "loss" in tree else tree["curves"]["loss"].values
    trivial = np.log(4)
    assert told["early_loss"] == pytest.approx(losses[3:13].mean() / trivial)
    assert told["final_loss"] == pytest.approx(np.median(losses) / trivial)
    assert told["lost"] == decades_lost(tree.sel(step=[12]), 44) > 10


def test_what_cannot_be_told_is_no_number(monkeypatch):
    monkeypatch.setattr(runs, "decades_lost", lambda tree, lag: None)
    monkeypatch.setattr(runs, "final_part", lambda tree: 0.4)
    monkeypatch.setattr(runs, "complete_curve", lambda tree: xr.DataArray(np.ones(5), dims="iteration"))
    tree = xr.DataTree(xr.Dataset({"x": ("step", [0, 1])}, {"step": [0, 3]}, {"baseline": 0.5}))
    run = runs.warning_run("adding", "gru", "keeps", seed=0, steps=5, at=3)
    told = runs.what_is_told(tree, run, 3)
    assert np.isnan(told["lost"])
    assert told["early_loss"] == 2
    assert told["final_loss"] == pytest.approx(0.4)
