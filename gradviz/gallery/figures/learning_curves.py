"""What is learned of two tasks with a long lag, against what can be had without remembering."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery import adding_runs
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends
from gradviz.plots.drawing.palette import lines_of
from gradviz.plots.drawing.running_median import running_median
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, CELL, ITERATION

CLAIM = "A loss that has stopped falling may have learned nothing"
SYMBOLS, ALPHABET, DELAY, HIDDEN, STEPS, LEARNING_RATE = 3, 4, 20, 64, 900, 1e-2
TASKS = {
    "adding": f"adding two of {adding_runs.LENGTH} numbers",
    "copy": f"copying {SYMBOLS} symbols after {DELAY} steps",
}
LAST = 50  # training steps over which the end is taken


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


COPY = {"RNN (tanh)": _copy("rnn"), "LSTM": _copy("lstm"), "GRU": _copy("gru")}


def experiment(cache: Cache) -> Data:
    """RNN, LSTM and GRU on both tasks; keys are the task and the cell's label."""
    adding = adding_runs.adding_runs(cache)
    copy = {label: cache.recording(run) for label, run in COPY.items()}
    return {
        f"{task}/{label}": tree
        for task, runs in zip(TASKS, (adding, copy), strict=True)
        for label, tree in runs.items()
    }


def of_task(data: Data, task: str) -> dict[str, xr.DataTree]:
    """The runs of one task, by the label of their cell."""
    return {key.partition("/")[2]: tree for key, tree in data.items() if key.startswith(f"{task}/")}


def compose(data: Data) -> Figure:
    """A panel a task, the trivial predictor dashed."""
    figure, axes = plt.subplots(1, 2, layout="constrained")
    ends = [_draw(ax, of_task(data, task)) for ax, task in zip(axes, TASKS, strict=True)]
    for ax, title in zip(axes, TASKS.values(), strict=True):
        ax.set_title(title)
        ax.set_xlabel("training step")
    axes[0].set_ylabel("loss")
    write_headline(figure, CLAIM)
    for ax, names in zip(axes, ends, strict=True):
        label_line_ends(ax, names)
    return figure


def _draw(ax: Axes, runs: dict[str, xr.DataTree]) -> list[LineEnd]:
    looks = lines_of([str(select_module(tree).attrs[CELL]) for tree in runs.values()])
    ends = []
    for (label, tree), look in zip(runs.items(), looks, strict=True):
        curve = complete_curve(tree)
        draw_curve(ax, curve, look)
        last = float(running_median(curve.values)[-1])
        ends.append(
            LineEnd(float(curve[ITERATION].values[-1]), last, label.removesuffix(" (tanh)"), look.colour)
        )
    first = next(iter(runs.values()))
    baseline = float(first.attrs[BASELINE])
    draw_baseline(ax, baseline)
    name_baseline(ax, baseline, str(first.attrs[BASELINE_MEANING]), outside=False)
    steps = complete_curve(first)[ITERATION].values
    set_end_ticks(ax.xaxis, steps[0], steps[-1], count=2)
    return ends


def final_loss(tree: xr.DataTree) -> float:
    """Median of the last 50 training steps."""
    return float(np.median(complete_curve(tree).values[-LAST:]))


def caption(data: Data) -> Caption:
    """With every run's loss at the end, and the trivial predictor's."""
    told = []
    for task, what in TASKS.items():
        runs = of_task(data, task)
        baseline = float(next(iter(runs.values())).attrs[BASELINE])
        losses = ", ".join(f"{label} {final_loss(tree):.4f}" for label, tree in runs.items())
        told.append(f"{what}: {losses}, trivial predictor {baseline:.4f}")
    copy = of_task(data, "copy")
    return Caption(
        claim=CLAIM,
        reading="The loss of every training step faint, its running median strong, on a log scale. Dashed "
        "grey is the best that can be done without remembering anything: a curve that lies flat on it has "
        "learned only that.",
        setting=f"{adding_runs.SETTING} Copy memory with {SYMBOLS} symbols of {ALPHABET} and a delay of "
        f"{DELAY}: {HIDDEN} units, Adam with learning rate {LEARNING_RATE:g}, gradient norm clipped at 1, "
        f"{STEPS} steps of 50 sequences, seed 0.",
        measured=f"Loss at the end, median of {LAST} steps: {'; '.join(told)}. One seed.",
        source="Hochreiter and Schmidhuber (1997), 'Long short-term memory'; Arjovsky, Shah and Bengio "
        "(2016), 'Unitary evolution recurrent neural networks', for both trivial predictors.",
        alt="Two panels of loss against training step. In both the RNN stays on the dashed line of the "
        "trivial predictor. The GRU falls far below it in both, the LSTM in the adding task; in the copy "
        f"task the LSTM ends at {final_loss(copy['LSTM']) / float(copy['LSTM'].attrs[BASELINE]):.0%} of "
        "it.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """A row for every task, cell and training step."""
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
