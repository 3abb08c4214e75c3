"""Losses on two tasks with a long lag, against the best loss that needs no memory."""

from __future__ import annotations

import functools

import matplotlib.pyplot as plt
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery import adding_runs
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.final_loss import LAST, final_loss
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.loss_curves import draw_losses
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.line_labels import label_line_ends
from gradviz.vocabulary import BASELINE, ITERATION

CLAIM = "A network whose loss stops falling may have learned nothing"
SYMBOLS, ALPHABET, DELAY, HIDDEN, STEPS, LEARNING_RATE = 3, 4, 20, 64, 900, 1e-2
TASKS = {
    "adding": f"adding two of {adding_runs.LENGTH} numbers",
    "copy": f"copying {SYMBOLS} symbols after {DELAY} steps",
}


def _copy(cell: str) -> Experiment:
    return resolve(
        {
            "name": f"copy-{cell}",
            "task": {"name": "copy_memory", "symbols": SYMBOLS, "alphabet": ALPHABET, "delay": DELAY},
            "model": {"cell": cell, "hidden_size": HIDDEN},
            "training": {"steps": STEPS, "learning_rate": LEARNING_RATE, "clip_norm": 1.0},
            "recording": {"every": 20},
        }
    )


@functools.cache
def copy_experiments() -> dict[str, Experiment]:
    """The three experiments on copy memory, by the label of their cell; resolved at the first call."""
    return {"RNN (tanh)": _copy("rnn"), "LSTM": _copy("lstm"), "GRU": _copy("gru")}


def experiment(cache: Cache) -> Data:
    """RNN, LSTM and GRU on both tasks, by ``task/label``."""
    adding = adding_runs.adding_runs(cache)
    copy = {label: cache.recording(run) for label, run in copy_experiments().items()}
    return {
        f"{task}/{label}": tree
        for task, runs in zip(TASKS, (adding, copy), strict=True)
        for label, tree in runs.items()
    }


def of_task(data: Data, task: str) -> dict[str, xr.DataTree]:
    """The runs of one task, by the label of their cell."""
    return {key.partition("/")[2]: tree for key, tree in data.items() if key.startswith(f"{task}/")}


def compose(data: Data) -> Figure:
    """One panel per task, with the trivial predictor dashed."""
    figure, axes = plt.subplots(1, 2, layout="constrained")
    ends = [draw_losses(ax, of_task(data, task), ticks=2) for ax, task in zip(axes, TASKS, strict=True)]
    for ax, title in zip(axes, TASKS.values(), strict=True):
        ax.set_title(title)
        ax.set_xlabel("training step")
    axes[0].set_ylabel("loss")
    write_headline(figure, CLAIM)
    for ax, names in zip(axes, ends, strict=True):
        label_line_ends(ax, names)
    return figure


def caption(data: Data) -> Caption:
    """The caption, with each run's loss at the end and the trivial predictor's."""
    listed = []
    for task, what in TASKS.items():
        runs = of_task(data, task)
        baseline = float(next(iter(runs.values())).attrs[BASELINE])
        losses = ", ".join(f"{label} {final_loss(tree):.4f}" for label, tree in runs.items())
        listed.append(f"{what}: {losses}, trivial predictor {baseline:.4f}")
    copy = of_task(data, "copy")
    return Caption(
        claim=CLAIM,
        reading="Faint: the loss of every training step; strong: its running median, both on a log scale. "
        "The dashed grey line is the best loss that is possible without remembering anything: a network "
        "whose curve stays flat on it has learned only that.",
        setting=f"{adding_runs.SETTING} Copy memory with {SYMBOLS} symbols of {ALPHABET} and a delay of "
        f"{DELAY}: {HIDDEN} units, Adam with learning rate {LEARNING_RATE:g}, gradient norm clipped at 1, "
        f"{STEPS} steps of 50 sequences, seed 0.",
        measured=f"Median loss of the last {LAST} steps: {'; '.join(listed)}. One seed.",
        source="Hochreiter and Schmidhuber (1997), 'Long short-term memory'; Arjovsky, Shah and Bengio "
        "(2016), 'Unitary evolution recurrent neural networks', for both trivial predictors.",
        alt="Two panels of loss against training step. In both, the RNN stays on the dashed line of the "
        "trivial predictor. The GRU falls far below it in both, the LSTM in the adding task; in the copy "
        f"task the LSTM ends at {final_loss(copy['LSTM']) / float(copy['LSTM'].attrs[BASELINE]):.0%} of "
        "it.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per task, cell and training step."""
    tables = []
    for key, tree in data.items():
        task, _, label = key.partition("/")
        curve = complete_curve(tree)
        tables.append(
            pd.DataFrame(
                {"task": task, "network": label, "step": curve[ITERATION].values, "loss": curve.values}
            )
        )
    return pd.concat(tables)
