"""Which gates of which units saturate, before and after training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.gallery.agreement import middle_of, most_are
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.cell_diagram import gate_name
from gradviz.gallery.character_run import (
    READING,
    TRAINING,
    UNTRAINED,
    CharacterRuns,
    by_seed,
    character_runs,
    learned,
    setting,
)
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import gate_colour, legible_colour
from gradviz.plots.gate_histogram import plot_gate_histogram
from gradviz.plots.gate_saturation import plot_gate_saturation
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import GATE, STEP, UNIT, UNIT_LEFT, UNIT_RIGHT

Settings = CharacterRuns
MOMENTS = {UNTRAINED: "before", READING: "after"}
SIGMOID_GATES = ["forget", "input", "output"]
FEW, MOVED = 0.05, 0.2  # fractions of gate activations

_words = figure_words("saturation_scatter")


class Ends(NamedTuple):
    """Fraction of gate activations that are shut or open, over sigmoid gates, units and characters."""

    shut: float
    open: float


def experiment(cache: Cache, settings: CharacterRuns) -> Data:
    """The character model's training, and its pass over its sentence before and after it, of each seed."""
    return character_runs(cache, settings, (TRAINING, *MOMENTS))


def fractions(run: Data, moment: str) -> xr.Dataset:
    """Fraction of characters at which each sigmoid gate of the last layer is saturated, (gate, unit)."""
    series = select_series(select_module(run[moment]))[[UNIT_LEFT, UNIT_RIGHT]]
    return series.isel({STEP: 0}, drop=True).sel({GATE: SIGMOID_GATES}).transpose(GATE, UNIT)


def ends(run: Data, moment: str) -> Ends:
    """How many of the gate activations are at either end."""
    found = fractions(run, moment)
    return Ends(*(float(found[side].mean(skipna=False)) for side in (UNIT_LEFT, UNIT_RIGHT)))


def drawn_seed(data: Data) -> int:
    """The run that is drawn: of those that learned the text, that with the median saturated fraction."""
    return middle_of([sum(ends(run, READING)) for run in by_seed(data)], learned(data) == 1)


def share_at_zero(run: Data) -> float:
    """Fraction of the gates that are neither shut nor open at any character before training."""
    found = fractions(run, UNTRAINED)
    return float(((found[UNIT_LEFT] == 0) & (found[UNIT_RIGHT] == 0)).mean())


def claims(data: Data, settings: CharacterRuns) -> Sequence[Claim]:
    """Whether training moves the gates from the middle to both ends, with most seeds."""
    runs = by_seed(data)
    before, after = (np.array([ends(run, moment) for run in runs]) for moment in (UNTRAINED, READING))
    known, done = bool(np.isfinite([*before.flat, *after.flat, *learned(data)]).all()), learned(data) == 1
    enough = done.sum() >= len(runs) / 2
    moved, inside = after - before >= MOVED, before.sum(axis=1) < FEW
    both, one = inside & moved.all(axis=1), inside & (moved.sum(axis=1) == 1)
    stays = inside & ((after - before).sum(axis=1) < MOVED)
    named = {"both": both, "one_end": one, "stays": stays}
    decided = {name: enough and most_are(are_so[done]) for name, are_so in named.items()}
    outcomes = {
        **decided,
        "unclear": enough and not any(decided.values()),
        "not_learned": not enough,
    }
    drawn = drawn_seed(data)
    title = decide(
        _words,
        "title",
        {name: known and is_so for name, is_so in outcomes.items()},
        before=100 * before[drawn].sum(),
        shut=100 * after[drawn, 0],
        open=100 * after[drawn, 1],
        runs=(both & done).sum(),
        learned=done.sum(),
        seeds=len(runs),
    )
    return [title]


def compose(data: Data, settings: CharacterRuns) -> Figure:
    """Karpathy's scatter plot above, a histogram below; before training on the left, after on the right."""
    (title,) = claims(data, settings)
    run = by_seed(data)[drawn_seed(data)]
    figure, axes = plt.subplots(2, 2, layout="constrained", height_ratios=[1.9, 1], sharey="row")
    for column, (moment, name) in zip(axes.T, MOMENTS.items(), strict=True):
        sigmoid = select_module(run[moment]).sel({GATE: SIGMOID_GATES})
        plot_gate_saturation(sigmoid, ax=column[0])
        plot_gate_histogram(sigmoid, ax=column[1])
        column[0].set(title=_words(name), xlabel=_words("shut"))
        column[1].set(title="", xlabel=_words("activation"))
        name_panel(column[1], _words("panel.density", moment=_words(name)))
        for ax in column:
            ax.set_ylabel("")
            ax.get_legend().remove()
    axes[0, 0].set_ylabel(_words("open"))
    axes[1, 0].set_ylabel(_words("density"))
    axes[0, 0].set(xlim=(-0.13, 1.04), ylim=(-0.2, 1.04))  # room for the circle that holds all gates
    for ax in axes[0]:
        for note in list(ax.texts):
            note.remove()
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_ticks([0, 0.5, 1], labels=["0", _words("half"), "1"])
    _name_line(axes[0, 0])
    _name_place(axes[0, 0], share_at_zero(run))
    for ax in axes[0]:
        _name_gates(ax)
    _name_thresholds(axes[1, 1])
    write_headline(figure, title.sentence)
    return figure


def _name_line(ax: Axes) -> None:
    size = plt.rcParams["xtick.labelsize"]
    ax.text(0.53, 0.5, _words("always"), fontsize=size)


def _name_place(ax: Axes, share: float) -> None:
    """Say beside the circle at (0, 0) how many of the gates it holds."""
    key = "all_at_zero" if share == 1 else "at_zero"
    size = plt.rcParams["xtick.labelsize"]
    ax.text(0.14, -0.01, _words(key, percent=100 * share), fontsize=size, va="center")


def _name_thresholds(ax: Axes) -> None:
    size = plt.rcParams["xtick.labelsize"]
    text = ax.text(0.5, 0.6, _words("thresholds"), transform=ax.transAxes, fontsize=size, ha="center")
    outline(text)


def _name_gates(ax: Axes) -> None:
    """Name the gates in their colours in the corner that no dot can reach."""
    for rank, gate in enumerate(SIGMOID_GATES):
        ax.text(
            1,
            0.98 - 0.12 * rank,
            gate_name(gate),
            transform=ax.transAxes,
            color=legible_colour(gate_colour(gate)),
            fontweight="bold",
            ha="right",
            va="top",
        )


def caption(data: Data, settings: CharacterRuns) -> Caption:
    """The caption, with the mean fractions, and how many gates are saturated at most characters."""
    (title,) = claims(data, settings)
    drawn = drawn_seed(data)
    run = by_seed(data)[drawn]
    listed = []
    for moment, name in MOMENTS.items():
        found, at = fractions(run, moment), ends(run, moment)
        most = float(((found[UNIT_LEFT] + found[UNIT_RIGHT]) > 0.5).mean())
        listed.append(
            _words(
                "caption.ends", moment=_words(name), shut=100 * at.shut, open=100 * at.open, most=100 * most
            )
        )
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", setting=setting(settings, drawn)),
        measured=_words("caption.measured", ends="; ".join(listed), **title.numbers),
        source=_words("caption.source"),
        alt=_words("caption.alt", **title.numbers),
    )


def notes(data: Data, settings: CharacterRuns) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    return Notes(*(_words(f"notes.{part}", **title.numbers) for part in Notes._fields))


def numbers(data: Data, settings: CharacterRuns) -> pd.DataFrame:
    """One row per seed, moment (before or after training), gate and unit."""
    tables = [
        fractions(run, moment).to_dataframe().reset_index().assign(seed=seed, moment=name)
        for seed, run in enumerate(by_seed(data))
        for moment, name in MOMENTS.items()
    ]
    return pd.concat(tables)[["seed", "moment", GATE, UNIT, UNIT_LEFT, UNIT_RIGHT]]
