"""Small trainings of two tasks, with one fixed lag and with many, and what an early step tells of each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr

from gradviz.experiment.alert import decades_lost
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery.cache import Cache
from gradviz.gallery.final_loss import final_part
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.vocabulary import BASELINE, CELL, STEP

FIXED, SPREAD = "order", "adding"
LOST, EARLY_LOSS, FINAL_LOSS, RUN, START = "lost", "early_loss", "final_loss", "run", "start"
TASKS: dict[str, dict[str, Any]] = {
    FIXED: {"name": "temporal_order", "length": 50},
    SPREAD: {"name": "adding", "length": 40},
}
LEARNING_RATES = {FIXED: 3e-3, SPREAD: 1e-2}
UNITS, BATCH = 24, 32
LOSS_OVER = 10  # training steps over which the early loss is averaged

_GATED: dict[str, dict[str, Any]] = {
    "default": {},
    "orthogonal": {"init": "orthogonal"},
    "keeps": {"init": "forget_bias", "init_options": {"value": 3.0}},
    "forgets": {"init": "forget_bias", "init_options": {"value": -3.0}},
}
STARTS: dict[str, dict[str, dict[str, Any]]] = {
    "rnn": {
        "default": {},
        "orthogonal": {"init": "orthogonal"},
        "keeps": {"init": "orthogonal", "init_options": {"gain": 1.3}},
        "forgets": {"init": "orthogonal", "init_options": {"gain": 0.3}},
    },
    "lstm": _GATED,
    "gru": _GATED,
}


def warning_runs(cache: Cache, *, seeds: int, steps: int, at: int) -> Data:
    """What is needed of every run, by task.

    Parameters
    ----------
    cache : Cache
    seeds : int
        How many, of each cell and start.
    steps : int
        Training steps.
    at : int
        The early training step.

    Returns
    -------
    dict of str to DataTree
        Dim ``run``: decades lost over the lag at the early step, loss up to it and at the end, both divided
        by that of the trivial predictor, cell and start.
    """
    cache.complete(
        warning_run(task, cell, start, seed=seed, steps=steps, at=at)
        for task in TASKS
        for cell, starts in STARTS.items()
        for start in starts
        for seed in range(seeds)
    )
    return {task: _table(cache, task, seeds=seeds, steps=steps, at=at) for task in TASKS}


def _table(cache: Cache, task: str, *, seeds: int, steps: int, at: int) -> xr.DataTree:
    rows = []
    for cell, starts in STARTS.items():
        for start in starts:
            for seed in range(seeds):
                run = warning_run(task, cell, start, seed=seed, steps=steps, at=at)
                rows.append({CELL: cell, START: start, **what_is_told(cache.recording(run), run, at)})
    columns = {name: (RUN, [row[name] for row in rows]) for name in rows[0]}
    return xr.DataTree(xr.Dataset(columns))


def warning_run(task: str, cell: str, start: str, *, seed: int, steps: int, at: int) -> Experiment:
    """One training, recorded at the early step."""
    return resolve(
        {
            "name": f"warning-{task}-{cell}-{start}-{seed}",
            "seed": seed,
            "task": TASKS[task],
            "model": {"cell": cell, "hidden_size": UNITS, **STARTS[cell][start]},
            "training": {
                "steps": steps,
                "batch_size": BATCH,
                "learning_rate": LEARNING_RATES[task],
                "clip_norm": 1.0,
            },
            "recording": {"every": at},
        }
    )


def what_is_told(tree: xr.DataTree, run: Experiment, at: int) -> dict[str, float]:
    """The early signs of one run, and how it ended."""
    lost = decades_lost(tree.sel({STEP: [at]}), run.built_task.lag)
    losses, trivial = complete_curve(tree).values, float(tree.attrs[BASELINE])
    return {
        LOST: math.nan if lost is None else lost,
        EARLY_LOSS: float(np.mean(losses[max(at + 1 - LOSS_OVER, 0) : at + 1])) / trivial,
        FINAL_LOSS: final_part(tree),
    }
