"""Which runs solve a task with a long lag, with and without clipping of the gradient norm."""

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
from matplotlib.ticker import MaxNLocator
from pydantic import Field

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.exact_test import fisher_exact
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.panel import name_panel
from gradviz.gallery.solved import SOLVED, count_solved, solved_at
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import cell_line, ink, text_colour
from gradviz.plots.drawing.running_median import running_median
from gradviz.plots.drawing.ticks import set_end_ticks, set_log_ticks
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, GRAD_NORM, ITERATION, LOSS

PLAIN, CLIPPED = "plain", "clipped"
BATCH = 50
CHANCE, PART = 0.05, 0.3  # a difference in success is one of so many runs, beyond such a chance

_ROOM = 2.5  # height of the axis of losses, in losses of guessing
_words = figure_words("clipping")


@dataclass(frozen=True)
class Settings:
    """The task, the network, its training, and how many runs there are of each kind."""

    length: Annotated[int, Field(ge=10)] = 20
    hidden_size: Annotated[int, Field(ge=1)] = 50
    steps: Annotated[int, Field(ge=2)] = 1000
    seeds: Annotated[int, Field(ge=1)] = 20
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.3
    clip_norm: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0


def _order(settings: Settings, way: str, seed: int) -> Experiment:
    how = {
        "steps": settings.steps,
        "batch_size": BATCH,
        "optimizer": "sgd",
        "learning_rate": settings.learning_rate,
        "stop_at": SOLVED,
    }
    return resolve(
        {
            "name": f"order-{way}",
            "seed": seed,
            "task": {"name": "temporal_order", "length": settings.length},
            "model": {"cell": "rnn", "hidden_size": settings.hidden_size},
            "training": how if way == PLAIN else {**how, "clip_norm": settings.clip_norm},
            "recording": {"every": settings.steps},
        }
    )


@functools.cache
def order_experiments(settings: Settings) -> Mapping[str, Experiment]:
    """The experiments by ``way/seed``; those of a seed differ only in the clipping."""
    return {
        f"{way}/{seed}": _order(settings, way, seed)
        for way in (PLAIN, CLIPPED)
        for seed in range(settings.seeds)
    }


def experiment(cache: Cache, settings: Settings) -> Data:
    """RNNs from each seed, with and without clipping."""
    return cache.recordings(order_experiments(settings))


def ways(data: Data) -> dict[str, list[xr.DataTree]]:
    """The runs without and with clipping, each in the order of the seeds."""
    return {
        way: [tree for key, tree in data.items() if key.partition("/")[0] == way] for way in (PLAIN, CLIPPED)
    }


def shown_seed(data: Data) -> int:
    """The seed whose clipped run is the typical one: the median of those that solved the task, or seed 0."""
    steps = {seed: solved_at(tree) for seed, tree in enumerate(ways(data)[CLIPPED])}
    known = sorted((step, seed) for seed, step in steps.items() if step is not None)
    return known[(len(known) - 1) // 2][1] if known else 0


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether clipping changes how many runs solve the task."""
    runs = {way: len(trees) for way, trees in ways(data).items()}[PLAIN]
    plain, clipped = (count_solved(trees) for trees in ways(data).values())
    known = bool(np.isfinite(plain + clipped))
    chance = fisher_exact(int(plain), int(clipped), runs) if known else np.nan
    more = clipped - plain
    outcomes = {
        "helps": chance < CHANCE and more >= PART * runs,
        "hurts": chance < CHANCE and -more >= PART * runs,
        "no_difference": chance >= CHANCE or abs(more) < PART * runs,
    }
    numbers = {"clipped": clipped, "plain": plain, "runs": runs, "chance": chance}
    return [decide(_words, "title", outcomes, **numbers)]


def compose(data: Data, settings: Settings) -> Figure:
    """Columns without and with clipping: gradient norm and loss of one seed, and the end of every run."""
    figure, axes = plt.subplots(
        3, 2, layout="constrained", sharex=True, sharey="row", height_ratios=[3, 2, 1.6]
    )
    seed, look = shown_seed(data), cell_line("rnn")
    for place, (way, trees) in enumerate(ways(data).items()):
        norms, losses, ends = axes[:, place]
        draw_curve(norms, complete_curve(trees[seed], GRAD_NORM), look)
        draw_curve(losses, complete_curve(trees[seed]), look)
        losses.set_yscale("linear")
        draw_baseline(losses, float(trees[seed].attrs[BASELINE]))
        _mark_solved(losses, trees[seed])
        _draw_ends(ends, trees, settings)
        name = _words(f"way.{way}", limit=settings.clip_norm)
        norms.set_title(name, color=text_colour(look.colour))
        name_panel(losses, _words("panel.loss", way=name))
        name_panel(ends, _words("panel.ends", way=name))
        ends.set_xlabel("training step")
        set_end_ticks(ends.xaxis, 0, settings.steps, count=2)
        ends.set_xlim(-0.01 * settings.steps, 1.04 * settings.steps)
    _draw_limit(axes[0, 1], settings)
    first = ways(data)[PLAIN][seed]
    name_baseline(axes[1, 1], float(first.attrs[BASELINE]), str(first.attrs[BASELINE_MEANING]), outside=False)
    for ax, name in zip(axes[:, 0], ("norm", "loss", "ends"), strict=True):
        ax.set_ylabel(_words(f"axis.{name}"))
    for ax in axes[0]:
        set_log_ticks(ax)
    _name_task(axes[1, 0], settings)
    axes[1, 0].set_ylim(0, _ROOM * float(first.attrs[BASELINE]))
    axes[1, 0].yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    figure.align_ylabels(axes[:, 0])
    write_headline(figure, claims(data, settings)[0].sentence)
    return figure


def _name_task(ax: Axes, settings: Settings) -> None:
    size = font_size("xtick.labelsize")
    task = _words("task", length=settings.length)
    outline(ax.text(0.02, 0.06, task, transform=ax.transAxes, va="bottom", color=ink(), fontsize=size))


def _draw_limit(ax: Axes, settings: Settings) -> None:
    width = 0.6 * plt.rcParams["lines.linewidth"]
    ax.axhline(settings.clip_norm, color=ink(), linewidth=width, zorder=3)
    text = ax.annotate(
        _words("limit", limit=settings.clip_norm),
        xy=(1, settings.clip_norm),
        xycoords=ax.get_yaxis_transform(),
        xytext=(-2, 0.3 * font_size("xtick.labelsize")),
        textcoords="offset points",
        ha="right",
        color=ink(),
        fontsize=font_size("xtick.labelsize"),
    )
    outline(text)


def _mark_solved(ax: Axes, tree: xr.DataTree) -> None:
    """Write at the end of a loss that the run had solved its task, and so it stopped."""
    if solved_at(tree) is None:
        return
    curve, size = complete_curve(tree), font_size("xtick.labelsize")
    text = ax.annotate(
        _words("stops"),
        xy=(float(curve[ITERATION][-1]), float(running_median(curve.values)[-1])),
        xytext=(0.6 * size, 0),
        textcoords="offset points",
        va="center",
        color=ink(),
        fontsize=size,
    )
    outline(text)


def _draw_ends(ax: Axes, trees: Sequence[xr.DataTree], settings: Settings) -> None:
    """A dot for each run, in the order of the seeds: full where it solved the task, else empty at the end."""
    colour, size = cell_line("rnn").colour, 0.36 * float(plt.rcParams["font.size"])
    for seed, tree in enumerate(trees):
        step = solved_at(tree)
        ax.plot(
            settings.steps if step is None else step,
            seed,
            "o",
            markersize=size,
            markerfacecolor="none" if step is None else colour,
            markeredgecolor=text_colour(colour),
            markeredgewidth=size / 6,
            clip_on=False,
        )
    ax.set_ylim(len(trees) - 0.5, -0.5)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    solved = count_solved(trees)
    ax.set_title(
        _words("solved", solved=solved, unsolved=len(trees) - solved),
        color=ink(),
        fontsize=plt.rcParams["font.size"],
        fontweight="normal",
    )


def _numbers(data: Data, settings: Settings) -> dict[str, float]:
    """What the caption and the notes say beside the claim."""
    seed = shown_seed(data)
    largest, lowest = {}, {}
    for way, trees in ways(data).items():
        largest[way] = float(np.max(complete_curve(trees[seed], GRAD_NORM).values))
        lowest[way] = float(np.min(complete_curve(trees[seed]).values))
    norms = [float(np.max(complete_curve(tree, GRAD_NORM).values)) for tree in ways(data)[PLAIN]]
    fraction = np.mean(complete_curve(ways(data)[CLIPPED][seed], GRAD_NORM).values > settings.clip_norm)
    return {
        "seed": seed,
        "largest": largest[PLAIN],
        "largest_clipped": largest[CLIPPED],
        "lowest": lowest[PLAIN],
        "lowest_clipped": lowest[CLIPPED],
        "typical": float(np.median(norms)),
        "fraction": 100 * float(fraction),
        "move": settings.learning_rate * largest[PLAIN],
        "move_clipped": settings.learning_rate * min(largest[CLIPPED], settings.clip_norm),
    }


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the counts, the chance of such a difference, and the largest gradient norms."""
    (title,) = claims(data, settings)
    steps = sorted(step for tree in ways(data)[CLIPPED] if (step := solved_at(tree)) is not None)
    when = "never" if not steps else "when_one" if steps[0] == steps[-1] else "when"
    between = {"first": steps[0], "last": steps[-1]} if steps else {}
    values = {**title.numbers, **_numbers(data, settings), "when": _words(when, **between)}
    setting = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading", solved=100 * SOLVED),
        setting=_words("caption.setting", batch=BATCH, last=settings.seeds - 1, **setting),
        measured=_words("caption.measured", **values),
        source=_words("caption.source"),
        alt=_words("caption.alt", **values),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    values: dict[str, object] = {
        **title.numbers,
        **_numbers(data, settings),
        "limit": settings.clip_norm,
    }
    shortens = "some" if values["fraction"] else "none"
    values["shortens"] = _words(f"shortens.{shortens}", **values)
    return Notes(*(_words(f"notes.{part}", **values) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per training step of the two runs that are drawn, and one per run with the step of its end."""
    seed = shown_seed(data)
    tables = []
    for way, trees in ways(data).items():
        norms = complete_curve(trees[seed], GRAD_NORM)
        columns = {"run": way, "seed": seed, "step": norms[ITERATION].values, GRAD_NORM: norms.values}
        tables.append(pd.DataFrame({**columns, LOSS: complete_curve(trees[seed]).values}))
        ends = [solved_at(tree) for tree in trees]
        tables.append(pd.DataFrame({"run": way, "seed": range(len(trees)), "solved_at": ends}))
    return pd.concat(tables).astype({"solved_at": "Int64", "step": "Int64"})
