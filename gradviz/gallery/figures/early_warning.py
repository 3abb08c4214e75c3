"""What the gradient and the loss of an early training step tell of how a training will end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from pydantic import Field

from gradviz.cell_descriptions import CELLS
from gradviz.diagnosis.area_under_curve import area_under_curve
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.final_loss import LAST
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import is_learned
from gradviz.gallery.panel import name_panel
from gradviz.gallery.warning_runs import (
    BATCH,
    EARLY_LOSS,
    FINAL_LOSS,
    FIXED,
    LEARNING_RATES,
    LOSS_OVER,
    LOST,
    SPREAD,
    TASKS,
    UNITS,
    warning_runs,
)
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.baseline import draw_baseline
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import cell_colour, ink, text_colour
from gradviz.plots.drawing.ticks import power_of_ten, set_log_ticks
from gradviz.vocabulary import CELL

TELLS = 0.75  # AUC
FEWEST = 3  # runs that learned, and that did not, without which nothing can be told

_words = figure_words("early_warning")


@dataclass(frozen=True)
class Settings:
    """How many trainings, how long, and when they are judged."""

    seeds: Annotated[int, Field(ge=1)] = 3
    steps: Annotated[int, Field(ge=2)] = 600
    at: Annotated[int, Field(ge=1)] = 30

    def __post_init__(self) -> None:
        if self.at >= self.steps:
            raise ValueError(f"at = {self.at}: must be below steps = {self.steps}")


def experiment(cache: Cache, settings: Settings) -> Data:
    """The early signs and the end of every run, by task."""
    return warning_runs(cache, seeds=settings.seeds, steps=settings.steps, at=settings.at)


def learned(runs: xr.DataTree) -> np.ndarray:
    """Which runs of a task have learned it."""
    return is_learned(runs.to_dataset()[FINAL_LOSS].values)


def auc(runs: xr.DataTree, sign: str) -> float:
    """Fraction of the pairs of a failed and a good run in which the failed one has the higher sign.

    Ties count half. It is 0.5 if all runs ended alike, and NaN if a number is.
    """
    table, well = runs.to_dataset(), learned(runs)
    values = table[sign].values
    if np.isnan(values).any() or np.isnan(table[FINAL_LOSS].values).any():
        return float("nan")
    if well.all() or not well.any():
        return 0.5
    return area_under_curve(values[~well], values[well])


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Where the decades lost tell the outcome, and where the loss does."""
    return [_claim("title", data, LOST, settings), _claim("loss", data, EARLY_LOSS, settings)]


def _claim(name: str, data: Data, sign: str, settings: Settings) -> Claim:
    fixed, spread = auc(data[FIXED], sign), auc(data[SPREAD], sign)
    counts = {f"learned_{task}": int(learned(runs).sum()) for task, runs in data.items()}
    failed = [len(learned(runs)) - counts[f"learned_{task}"] for task, runs in data.items()]
    enough = min(*counts.values(), *failed) >= FEWEST
    outcomes = {
        "fixed_only": enough and fixed >= TELLS and spread < TELLS,
        "both": enough and fixed >= TELLS and spread >= TELLS,
        "spread_only": enough and fixed < TELLS and spread >= TELLS,
        "neither": enough and fixed < TELLS and spread < TELLS,
        "untold": not enough and not np.isnan([fixed, spread]).any(),
    }
    runs = len(learned(data[FIXED]))
    return decide(_words, name, outcomes, fixed=fixed, spread=spread, at=settings.at, runs=runs, **counts)


def _area(runs: xr.DataTree, area: float) -> str:
    """An AUC in words: a number, unless all runs of the task ended alike."""
    return _words("auc.missing" if len(set(learned(runs).tolist())) == 1 else "auc.number", auc=area)


def _areas(data: Data, claim: Claim) -> dict[str, str]:
    """The AUC of one sign in words, with one fixed lag and with spread lags."""
    return {
        name: _area(data[task], claim.numbers[name]) for name, task in (("fixed", FIXED), ("spread", SPREAD))
    }


def compose(data: Data, settings: Settings) -> Figure:
    """Two columns, one a task; above the decades lost against the final loss, below the early loss."""
    title, loss = claims(data, settings)
    figure, axes = plt.subplots(2, 2, sharey=True, layout="constrained")
    for row, (sign, claim) in zip(axes, ((LOST, title), (EARLY_LOSS, loss)), strict=True):
        for ax, task, area in zip(
            row, (FIXED, SPREAD), (claim.numbers["fixed"], claim.numbers["spread"]), strict=True
        ):
            _draw_runs(ax, data[task], sign)
            ended_alike = len(set(learned(data[task]).tolist())) == 1
            said = _words("auc.none") if ended_alike else _words(f"auc.{sign}", auc=area)
            _write(ax, 0.97, said, ha="right")
            ax.set_xlabel(_words(f"sign.{sign}", at=settings.at))
    for ax, task in zip(axes[0], (FIXED, SPREAD), strict=True):
        ax.set_title(_words(f"panel.{task}"))
    for ax, task in zip(axes[1], (FIXED, SPREAD), strict=True):
        name_panel(ax, _words(f"early.{task}"))
    for ax in axes[:, 0]:
        ax.set_ylabel(_words("final"))
    figure.supxlabel(_words("auc_means"), fontsize=font_size("xtick.labelsize"))
    axes[0, 0].set_ylim(bottom=axes[0, 0].get_ylim()[0] / 6)  # room for the AUC below the dots
    _name_cells(axes[0, 0])
    write_headline(figure, title.sentence)
    return figure


def _draw_runs(ax: Axes, runs: xr.DataTree, sign: str) -> None:
    size = 0.55 * float(plt.rcParams["font.size"])
    table = runs.to_dataset()
    for cell in dict.fromkeys(table[CELL].values.tolist()):
        of_cell = table[CELL].values == cell
        ax.plot(
            table[sign].values[of_cell],
            table[FINAL_LOSS].values[of_cell],
            "o",
            color=text_colour(cell_colour(str(cell))),
            markersize=size,
            markeredgecolor=plt.rcParams["axes.facecolor"],
            markeredgewidth=size / 12,
            clip_on=False,
        )
    draw_baseline(ax, 1.0)
    ax.set_yscale("log")
    set_log_ticks(ax)
    ax.margins(0.06, 0.1)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(np.log10(value))))
    ax.locator_params(axis="x", nbins=4)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _words("tick", value=round(value, 6))))


def _name_cells(ax: Axes) -> None:
    """Write the name of each cell in its colour, and what the dashed line is."""
    size = font_size("xtick.labelsize")
    said = ax.annotate(
        _words("trivial"),
        (0.97, 1),
        xycoords=ax.get_yaxis_transform(),
        xytext=(0, -0.5 * size),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=size,
    )
    outline(said)
    for rank, cell in enumerate(("rnn", "lstm", "gru")):
        _write(
            ax,
            0.97,
            CELLS[cell].label.removesuffix(" (tanh)"),
            y=0.56 - 0.14 * rank,
            ha="right",
            colour=text_colour(cell_colour(cell)),
        )


def _write(ax: Axes, x: float, text: str, *, y: float = 0.06, ha: str, colour: str | None = None) -> None:
    said = ax.text(
        x,
        y,
        text,
        transform=ax.transAxes,
        ha=ha,
        color=colour or ink(),
        fontsize=font_size("xtick.labelsize"),
        fontweight="bold",
    )
    outline(said)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the AUC of each panel."""
    title, loss = claims(data, settings)
    said = {**title.numbers, **_areas(data, title)}
    lengths = {f"length_{task}": options["length"] for task, options in TASKS.items()}
    rates = {f"rate_{task}": rate for task, rate in LEARNING_RATES.items()}
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading", at=settings.at, last=LAST, over=LOSS_OVER),
        setting=_words(
            "caption.setting",
            **lengths,
            **rates,
            units=UNITS,
            batch=BATCH,
            steps=settings.steps,
            seeds=settings.seeds,
        ),
        measured=_words(
            "caption.measured",
            **said,
            **{f"loss_{name}": area for name, area in _areas(data, loss).items()},
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", claim=title.sentence, loss=loss.sentence, **said),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, loss = claims(data, settings)
    said = {**title.numbers, **_areas(data, title), "loss": loss.sentence, "claim": title.sentence}
    return Notes(*(_words(f"notes.{part}", **said) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per run."""
    return pd.concat([runs.to_dataset().to_dataframe().assign(task=task) for task, runs in data.items()])
