"""Gradient over training step and time step, above the loss: when the gradient crosses the lag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradviz.gallery.adding_runs import BATCH, CELLS, LEARNING_RATE, seeded_experiments, seeds_of
from gradviz.gallery.adding_runs import AddingSettings as Settings
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.crossing import CROSSED, IN_A_ROW, crossed_at
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import left_trivial_at
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.measures.log10_mean import log10_mean
from gradviz.plots.comparison import figure_comparison
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.gradient_mesh import INFORMATIVE, mark_informative
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import AMBER, INK_DARK, PAPER_DARK, cell_line, ink
from gradviz.plots.drawing.running_median import running_median
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, ITERATION, LOG10_GRAD_H, SAMPLE, STEP, TIME

SHOWN = "0"  # the seed whose gradient is drawn
SLACK = 20  # training steps: two recorded ones, and the width of the loss's running median
FEWEST = 3  # runs that have to learn, for a claim about when they do

_BESIDE_THE_BAR = 0.045  # where names of the amber bars begin, as a fraction of the width
_DASHED = (0, (4, 2))
_words = figure_words("training_heatmap")


def experiment(cache: Cache, settings: Settings) -> Data:
    """RNN, LSTM and GRU on the adding task, from each seed."""
    return cache.recordings(seeded_experiments(settings))


def counts(data: Data) -> dict[str, float]:
    """How many runs there are, how many learned and when their gradient crossed; NaN if not known."""
    crossed = np.array([crossed_at(tree) for tree in data.values()])
    learned = np.array([left_trivial_at(tree) for tree in data.values()])
    known = np.nan if np.isnan([*crossed, *learned]).any() else 1.0
    does = np.isfinite(learned)
    waits = does & (crossed <= learned + SLACK)
    return {
        "runs": known * len(data),
        "learned": known * float(does.sum()),
        "crossed": known * float(np.isfinite(crossed).sum()),
        "after": known * float(waits.sum()),
        "at_once": known * float((waits & (crossed == 0)).sum()),
        "in_vain": known * float((~does & np.isfinite(crossed)).sum()),
        "never": known * float((~does & np.isinf(crossed)).sum()),
    }


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether anything is learned before the gradient has crossed, and whether crossing is enough."""
    found = counts(data)
    learned, after, at_once = found["learned"], found["after"], found["at_once"]
    waits = learned >= FEWEST and after >= 0.9 * learned
    outcomes = {
        "crosses_first": waits and at_once <= 0.5 * learned,
        "at_once": waits and at_once > 0.5 * learned,
        "before": learned >= FEWEST and after < 0.9 * learned,
        "too_few": learned < FEWEST,
    }
    title = decide(_words, "title", outcomes, length=settings.length, **found)
    enough = {
        "not_enough": found["in_vain"] > 0,
        "enough": found["in_vain"] == 0 and found["crossed"] > 0,
        "none_crosses": found["crossed"] == 0 and learned > 0,
        "not_told": found["crossed"] == 0 and learned == 0,
    }
    return [title, decide(_words, "enough", enough, **found)]


def compose(data: Data, settings: Settings) -> Figure:
    """One column per cell, on one colour scale; the crossing of seed 0 is a line, that of each run a dot."""
    shown = {label: seeds_of(data, cell)[SHOWN] for label, cell in CELLS.items()}
    first = next(iter(shown.values()))
    figure = figure_comparison(
        shown,
        title=claims(data, settings)[0].sentence,
        baseline=float(first.attrs[BASELINE]),
        baseline_meaning=str(first.attrs[BASELINE_MEANING]),
    )
    heatmaps, losses = figure.axes[: len(CELLS)], figure.axes[len(CELLS) : 2 * len(CELLS)]
    for ax, below, (label, cell) in zip(heatmaps, losses, CELLS.items(), strict=True):
        name_panel(below, _words("panel.loss", label=label))
        _mark_numbers(ax, settings.length, name=ax is heatmaps[0])
        _draw_seeds(below, seeds_of(data, cell), cell_line(cell).colour)
        _draw_crossing(ax, below, crossed_at(seeds_of(data, cell)[SHOWN]))
    figure.legend(handles=_handles(), loc="outside lower left", ncols=3, handlelength=1.2)
    return figure


def _mark_numbers(ax: Axes, length: int, *, name: bool) -> None:
    """Mark in amber where the first and where the second number to be added may be."""
    for half, times in (("first", range(length // 2)), ("second", range(length // 2, length))):
        mark_informative(ax, times, name=False)
        if not name:
            continue
        text = ax.text(
            _BESIDE_THE_BAR,
            (times[0] + times[-1]) / 2,
            _words(f"number.{half}"),
            transform=ax.get_yaxis_transform(),
            color=AMBER,
            gid=INFORMATIVE,
            va="center",
            fontsize=plt.rcParams["xtick.labelsize"],
            zorder=6,
        )
        outline(text, colour=PAPER_DARK, width=2.5)


def _draw_seeds(ax: Axes, trees: Data, colour: str) -> None:
    """The running median of every other seed, faint, and a dot on each curve where its gradient crossed."""
    limits, width = ax.get_xlim(), plt.rcParams["lines.linewidth"]
    for seed, tree in trees.items():
        curve = complete_curve(tree)
        steps, middle = curve[ITERATION].values, running_median(curve.values)
        if seed != SHOWN:
            ax.plot(steps, middle, color=colour, alpha=0.55, linewidth=0.4 * width, zorder=1.9)
        crossed = crossed_at(tree)
        if np.isfinite(crossed):
            look = _dot(empty=bool(np.isinf(left_trivial_at(tree))))
            ax.plot(crossed, np.interp(crossed, steps, middle), **look)
    ax.set_xlim(limits)


def _dot(*, empty: bool) -> dict[str, Any]:
    """Full for a run that learns, empty for one whose gradient crosses in vain."""
    size = 0.35 * float(plt.rcParams["font.size"])
    face = plt.rcParams["axes.facecolor"] if empty else ink()
    look = {"marker": "o", "markersize": size, "color": ink(), "markerfacecolor": face}
    return {**look, "markeredgewidth": 0.25 * size, "linestyle": "none", "zorder": 4}


def _draw_crossing(ax: Axes, below: Axes, crossed: float) -> None:
    """A line through both panels at the training step at which the drawn gradient crossed."""
    if not np.isfinite(crossed):
        return
    width = 0.5 * plt.rcParams["lines.linewidth"]
    ax.axvline(crossed, color=PAPER_DARK, linewidth=3 * width)
    ax.axvline(crossed, color=INK_DARK, linewidth=width, linestyle=_DASHED)
    below.axvline(crossed, color=ink(), linewidth=width, linestyle=_DASHED, zorder=1.8)


def _handles() -> list[Line2D]:
    width = plt.rcParams["lines.linewidth"]
    crossing = Line2D([], [], color=ink(), linewidth=0.5 * width, linestyle=_DASHED)
    crossing.set_label(_words("legend.crossing", seed=SHOWN))
    dots = [Line2D([], [], **_dot(empty=empty)) for empty in (False, True)]
    dots[0].set_label(_words("legend.each"))
    dots[1].set_label(_words("legend.in_vain"))
    return [crossing, *dots]


def _listed(data: Data) -> str:
    """For each cell, when the gradients crossed and when the losses fell."""
    parts = []
    for label, cell in CELLS.items():
        trees = seeds_of(data, cell).values()
        crossed = [step for tree in trees if np.isfinite(step := crossed_at(tree))]
        learned = [step for tree in trees if np.isfinite(step := left_trivial_at(tree))]
        parts.append(
            _words(
                "of_cell",
                label=label,
                runs=len(trees),
                crossed=len(crossed),
                crossing=_steps(crossed),
                learned=len(learned),
                learning=_steps(learned),
            )
        )
    return "; ".join(parts)


def _steps(steps: Sequence[float]) -> str:
    if not steps:
        return ""
    key = "one_step" if min(steps) == max(steps) else "steps"
    return _words(key, first=min(steps), last=max(steps))


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the steps at which the gradients crossed and the losses began to fall."""
    title, enough = claims(data, settings)
    listed = _listed(data)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading", decades=CROSSED, row=IN_A_ROW),
        setting=_words(
            "caption.setting",
            length=settings.length,
            units=settings.hidden_size,
            rate=LEARNING_RATE,
            steps=settings.steps,
            batch=BATCH,
            last=settings.seeds - 1,
        ),
        measured=_words(
            "caption.measured" if title.numbers["learned"] else "caption.none",
            listed=listed,
            enough=enough.sentence,
            slack=SLACK,
            **title.numbers,
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", listed=listed),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, enough = claims(data, settings)
    values = {**title.numbers, "enough": enough.sentence, "listed": _listed(data)}
    has_line = any(np.isfinite(crossed_at(seeds_of(data, cell)[SHOWN])) for cell in CELLS.values())
    at_once = title.outcome == "at_once" or all(crossed_at(tree) == 0 for tree in data.values())
    point, ask = ("point", "ask") if has_line else ("point_without", "ask_without")
    answer = "answer_at_once" if at_once else "answer"
    return Notes(*(_words(f"notes.{part}", **values) for part in (point, ask, answer)))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per cell, training step and time step of seed 0, and one per run with its two steps."""
    tables = []
    for label, cell in CELLS.items():
        tree: xr.DataTree = seeds_of(data, cell)[SHOWN]
        norms = log10_mean(select_series(select_module(tree))[LOG10_GRAD_H], SAMPLE)
        table = norms.transpose(STEP, TIME).to_series().rename("log10_grad_h").reset_index()
        tables.append(table.assign(network=label, seed=int(SHOWN)))
        for seed, one in seeds_of(data, cell).items():
            row = {"network": label, "seed": int(seed)}
            tables.append(
                pd.DataFrame(
                    [{**row, "crossed_at": crossed_at(one), "left_trivial_at": left_trivial_at(one)}]
                )
            )
    columns = ["network", "seed", STEP, TIME, "log10_grad_h", "crossed_at", "left_trivial_at"]
    return pd.concat(tables)[columns].replace(np.inf, np.nan).astype({STEP: "Int64", TIME: "Int64"})
