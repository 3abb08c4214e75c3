"""Losses on two tasks with a long lag, against the best loss that needs no memory."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from pydantic import Field

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery.adding_runs import BATCH, CELLS, LEARNING_RATE, AddingSettings, seeded_experiments
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.final_loss import LAST, final_loss
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import LEFT, ends_left
from gradviz.gallery.loss_curves import draw_losses
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.baseline import TRIVIAL
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.line_labels import label_line_ends
from gradviz.plots.drawing.palette import cell_colour, ink, text_colour
from gradviz.vocabulary import BASELINE, ITERATION

SYMBOLS, ALPHABET, COPY_RATE = 3, 4, 1e-2
ADDING, COPY = "adding", "copy"
_NAMED_AT = 0.86  # right end of the trivial predictor's name, as a part of the width
_words = figure_words("learning_curves")


@dataclass(frozen=True)
class Settings:
    """Sizes of both tasks, of the networks and of their trainings."""

    length: Annotated[int, Field(ge=2)] = 60
    delay: Annotated[int, Field(ge=1)] = 20
    hidden_size: Annotated[int, Field(ge=1)] = 64
    steps: Annotated[int, Field(ge=2)] = 900
    seeds: Annotated[int, Field(ge=1)] = 5


def _copy(cell: str, settings: Settings, seed: int) -> Experiment:
    task = {"name": "copy_memory", "symbols": SYMBOLS, "alphabet": ALPHABET, "delay": settings.delay}
    return resolve(
        {
            "name": f"copy-{cell}",
            "seed": seed,
            "task": task,
            "model": {"cell": cell, "hidden_size": settings.hidden_size},
            "training": {
                "steps": settings.steps,
                "batch_size": BATCH,
                "learning_rate": COPY_RATE,
                "clip_norm": 1.0,
            },
            "recording": {"every": settings.steps},
        }
    )


@functools.cache
def experiments(settings: Settings) -> Mapping[str, Experiment]:
    """The trainings of all cells and seeds on both tasks, by ``task/cell/seed``."""
    shared = AddingSettings(settings.length, settings.hidden_size, settings.steps, settings.seeds)
    adding = {f"{ADDING}/{key}": run for key, run in seeded_experiments(shared).items()}
    seeds = range(settings.seeds)
    copy = {f"{COPY}/{cell}/{seed}": _copy(cell, settings, seed) for cell in CELLS.values() for seed in seeds}
    return {**adding, **copy}


def experiment(cache: Cache, settings: Settings) -> Data:
    """RNN, LSTM and GRU on both tasks, from each seed."""
    return cache.recordings(experiments(settings))


def of_cell(data: Data, task: str, cell: str) -> list[xr.DataTree]:
    """The runs of a cell on a task, in the order of the seeds."""
    return [tree for key, tree in data.items() if key.startswith(f"{task}/{cell}/")]


def left_trivial(trees: Sequence[xr.DataTree]) -> float:
    """How many runs have left the trivial predictor at their end; NaN if a loss is NaN."""
    return float(np.sum([ends_left(tree) for tree in trees]))


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether the RNN learns anything that needs memory, where others do."""
    count = {
        cell: sum(left_trivial(of_cell(data, task, cell)) for task in (ADDING, COPY))
        for cell in CELLS.values()
    }
    runs = sum(len(of_cell(data, task, "rnn")) for task in (ADDING, COPY))
    rnn, gated = count["rnn"], count["lstm"] + count["gru"]
    few = rnn <= 0.3 * runs
    outcomes = {
        "rnn_nothing": few and gated >= 0.5 * runs,
        "hardly_any": few and gated < 0.5 * runs,
        "rnn_learns": rnn > 0.3 * runs and bool(np.isfinite(gated)),
    }
    numbers = {"runs": runs, "nothing": runs - rnn, "rnn": rnn, "gated": gated, "all": 3 * runs}
    return [decide(_words, "title", outcomes, **numbers, learned=rnn + gated)]


def compose(data: Data, settings: Settings) -> Figure:
    """One panel per task, with the trivial predictor dashed."""
    figure, axes = plt.subplots(1, 2, layout="constrained")
    ends = []
    for ax, task in zip(axes, (ADDING, COPY), strict=True):
        ends.append(draw_losses(ax, {label: of_cell(data, task, cell) for label, cell in CELLS.items()}))
        _name_trivial(ax, task)
        _count_learned(ax, of_cell(data, task, "rnn"))
        _draw_threshold(ax, of_cell(data, task, "rnn"))
        ax.set_title(_task(task, settings))
        ax.set_xlabel("training step")
    axes[0].set_ylabel("loss")
    name_panel(axes[1], y="loss")
    write_headline(figure, claims(data, settings)[0].sentence)
    for ax, names in zip(axes, ends, strict=True):
        label_line_ends(ax, names)
    return figure


def _name_trivial(ax: Axes, task: str) -> None:
    """Write the trivial predictor's name in short lines, away from the ends of the curves."""
    for text in ax.texts:
        if text.get_gid() == TRIVIAL and isinstance(text, Annotation):
            text.set_text(_words(f"trivial.{task}"))
            text.xy = (_NAMED_AT, text.xy[1])


def _count_learned(ax: Axes, trees: Sequence[xr.DataTree]) -> None:
    """Write how many of the RNN's runs, whose curves lie on each other, have learned."""
    count = _words("count", learned=left_trivial(trees), seeds=len(trees))
    colour, size = text_colour(cell_colour("rnn")), 1.25 * font_size("axes.titlesize")
    ax.text(0.04, 0.11, count, transform=ax.transAxes, color=colour, fontweight="bold", fontsize=size)


def _draw_threshold(ax: Axes, trees: Sequence[xr.DataTree]) -> None:
    """A dotted line at the loss below which a run has left the trivial predictor."""
    width = 0.5 * plt.rcParams["lines.linewidth"]
    threshold = LEFT * float(trees[0].attrs[BASELINE])
    ax.axhline(threshold, linestyle=":", color=ink(), linewidth=width, zorder=1)
    size = font_size("xtick.labelsize")
    ax.set_ylim(bottom=0.4 * ax.get_ylim()[0])  # room for the words below the curves
    ax.text(0.04, 0.03, _words("threshold"), transform=ax.transAxes, color=ink(), fontsize=size)


def _task(task: str, settings: Settings) -> str:
    return _words(f"task.{task}", length=settings.length, symbols=SYMBOLS, delay=settings.delay)


def _listed(data: Data, settings: Settings) -> str:
    """For each task, how many runs of each cell learned, and their median loss at the end."""
    parts = []
    for task in (ADDING, COPY):
        cells = []
        for label, cell in CELLS.items():
            trees = of_cell(data, task, cell)
            loss = float(np.median([final_loss(tree) for tree in trees]))
            cells.append(
                _words("of_cell", label=label, learned=left_trivial(trees), seeds=len(trees), loss=loss)
            )
        baseline = float(trees[0].attrs[BASELINE])
        parts.append(_words("of_task", task=_task(task, settings), cells=", ".join(cells), baseline=baseline))
    return "; ".join(parts)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the runs that learned, their loss at the end, and the trivial predictor's."""
    (title,) = claims(data, settings)
    listed = _listed(data, settings)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words(
            "caption.setting",
            adding=_task(ADDING, settings),
            copying=_task(COPY, settings),
            alphabet=ALPHABET,
            units=settings.hidden_size,
            rate=LEARNING_RATE,
            copy_rate=COPY_RATE,
            steps=settings.steps,
            batch=BATCH,
            last_seed=settings.seeds - 1,
        ),
        measured=_words("caption.measured", listed=listed, last=LAST, part=100 * (1 - LEFT)),
        source=_words("caption.source"),
        alt=_words("caption.alt", listed=listed),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    values = {**title.numbers, "listed": _listed(data, settings)}
    return Notes(*(_words(f"notes.{part}", **values) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per task, cell, seed and training step."""
    tables = []
    for key, tree in data.items():
        task, cell, seed = key.split("/")
        curve = complete_curve(tree)
        columns = {"task": task, "cell": cell, "seed": int(seed), "step": curve[ITERATION].values}
        tables.append(pd.DataFrame({**columns, "loss": curve.values}))
    return pd.concat(tables)
