"""To which time steps an update of the recurrent weight listens, before and after training."""

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
from matplotlib.lines import Line2D
from pydantic import Field

from gradviz.cell_descriptions import CELLS
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.final_loss import LAST, final_part
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import is_learned
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, Line, cell_colour, ink, text_colour
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import GATE, LOG10_GRAD_WEIGHT, SAMPLE, STEP, TIME

RNN, LSTM = "rnn", "lstm"
SHARE, FINAL, SEED, MOMENT = "share", "final", "seed", "moment"
BEFORE, AFTER = "before", "after"
UNITS, BATCH, LEARNING_RATE = 32, 32, 1e-2
MOSTLY, WIDELY = 0.8, 0.6  # share of the last quarter of the steps, at least and at most
HEARD = 0.1  # share of the first quarter, at least

_TOP = 0.3  # log10 of a share, above which there is nothing
_SMALLEST = -7.0  # log10 of a share, below which nothing is drawn
_words = figure_words("whose_steps")


@dataclass(frozen=True)
class Settings:
    """The task's length and the trainings."""

    length: Annotated[int, Field(ge=8)] = 40
    steps: Annotated[int, Field(ge=2)] = 800
    seeds: Annotated[int, Field(ge=1, le=50)] = 5


def experiment(cache: Cache, settings: Settings) -> Data:
    """The shares of every seed before and after training, by cell."""
    runs = {
        cell: {str(seed): training(cell, seed, settings) for seed in range(settings.seeds)}
        for cell in (RNN, LSTM)
    }
    cache.complete(run for of_cell in runs.values() for run in of_cell.values())
    return {cell: _table(list(cache.recordings(of_cell).values())) for cell, of_cell in runs.items()}


def training(cell: str, seed: int, settings: Settings) -> Experiment:
    """One training on the adding task, recorded at its first and at its last step."""
    return resolve(
        {
            "name": f"whose-steps-{cell}-{seed}",
            "seed": seed,
            "task": {"name": "adding", "length": settings.length},
            "model": {"cell": cell, "hidden_size": UNITS},
            "training": {
                "steps": settings.steps,
                "batch_size": BATCH,
                "learning_rate": LEARNING_RATE,
                "clip_norm": 1.0,
            },
            "recording": {"every": settings.steps - 1},
        }
    )


def _table(trees: Sequence[xr.DataTree]) -> xr.DataTree:
    shares = [np.stack([share(tree, place) for place in (0, -1)]) for tree in trees]
    final = [final_part(tree) for tree in trees]
    variables = {SHARE: ((SEED, MOMENT, TIME), np.stack(shares)), FINAL: (SEED, final)}
    return xr.DataTree(xr.Dataset(variables, {MOMENT: [BEFORE, AFTER]}))


def share(tree: xr.DataTree, place: int) -> np.ndarray:
    """What each time step adds to the gradient of the recurrent weight, as a share of all; shape (time,).

    The norm of a step's contribution, over all gates, divided by the sum of these norms; median over
    sequences.

    Parameters
    ----------
    tree : DataTree
    place : int
        Which of the recorded training steps.
    """
    series = select_series(select_module(tree)).isel({STEP: place})
    squares = 10.0 ** (2 * series[LOG10_GRAD_WEIGHT].astype(float))
    if GATE in squares.dims:
        squares = squares.sum(GATE, skipna=False)
    norms = np.sqrt(squares.transpose(TIME, SAMPLE).values)
    return np.asarray(np.median(norms / norms.sum(axis=0), axis=1))


def last_steps(settings: Settings) -> int:
    """A quarter of the time steps."""
    return settings.length // 4


def heard_last(data: Data, cell: str, settings: Settings) -> np.ndarray:
    """Share of the last quarter of the time steps, before and after training; median over seeds."""
    shares = data[cell].to_dataset()[SHARE].values  # (seed, moment, time)
    last = shares[..., -last_steps(settings) :].sum(axis=-1) / shares.sum(axis=-1)
    return np.asarray(np.median(last, axis=0))


def steep_seeds(data: Data, cell: str, settings: Settings) -> np.ndarray:
    """The seeds whose last quarter of the time steps still has most of the gradient after training."""
    shares = data[cell].to_dataset()[SHARE].sel({MOMENT: AFTER}).transpose(SEED, TIME).values
    last = shares[:, -last_steps(settings) :].sum(axis=-1) / shares.sum(axis=-1)
    return np.flatnonzero(last >= MOSTLY)


def heard_first(data: Data, cell: str, settings: Settings) -> float:
    """Share of the first quarter of the time steps after training; median over seeds."""
    shares = data[cell].to_dataset()[SHARE].sel({MOMENT: AFTER}).values
    first = shares[..., : last_steps(settings)].sum(axis=-1) / shares.sum(axis=-1)
    return float(np.median(first, axis=0))


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """To which steps the LSTM's update listens, the RNN's, and which have learned."""
    (before, after), (rnn_before, rnn_after) = (heard_last(data, cell, settings) for cell in (LSTM, RNN))
    first = heard_first(data, LSTM, settings)
    numbers = {"before": before, "after": after, "first": first, "last": last_steps(settings)}
    numbers["earlier"] = 1 - before
    all_heard = after <= WIDELY and first >= HEARD
    final = {cell: data[cell].to_dataset()[FINAL].values for cell in (LSTM, RNN)}
    counts = {cell: int(is_learned(values).sum()) for cell, values in final.items()}
    seeds = data[LSTM].sizes[SEED]
    more, less = 2 * counts[LSTM] > seeds, 2 * counts[RNN] > seeds
    lstm = {
        "opens": before >= MOSTLY and all_heard and more,
        "in_vain": before >= MOSTLY and all_heard and not more,
        "stays": before >= MOSTLY and (after > WIDELY or first < HEARD),
        "open_before": before < MOSTLY and not np.isnan(after),
    }
    rnn = {
        "stays": rnn_before >= MOSTLY and rnn_after >= MOSTLY,
        "opens": rnn_before >= MOSTLY and rnn_after < MOSTLY,
        "open_before": rnn_before < MOSTLY and not np.isnan(rnn_after),
    }
    known = not any(np.isnan(values).any() for values in final.values())
    learned = {
        "lstm_only": known and more and not less,
        "both": known and more and less,
        "rnn_only": known and less and not more,
        "neither": known and not more and not less,
    }
    return [
        decide(_words, "title", lstm, **numbers),
        decide(_words, "rnn", rnn, before=rnn_before, after=rnn_after, last=last_steps(settings)),
        decide(_words, "learned", learned, lstm=counts[LSTM], rnn=counts[RNN], seeds=seeds),
    ]


def compose(data: Data, settings: Settings) -> Figure:
    """One panel for each cell: the share of each time step, before and after training."""
    title, *_ = claims(data, settings)
    figure, axes = plt.subplots(1, 2, sharey=True, layout="constrained")
    for ax, cell in zip(axes, (RNN, LSTM), strict=True):
        _draw_shares(ax, data[cell].to_dataset()[SHARE], cell)
        ax.axhline(-np.log10(settings.length), color=GREY, linestyle=(0, (5, 3)), zorder=1)
        ax.set_title(CELLS[cell].label.removesuffix(" (tanh)"), color=text_colour(cell_colour(cell)))
        ax.set_xlabel(_words("time"))
        ax.set_xlim(0, settings.length - 1)
        set_end_ticks(ax.xaxis, 0, settings.length - 1, count=3)
        before, after = heard_last(data, cell, settings)
        shares = _words("heard", last=last_steps(settings), before=before, after=after)
        _write(ax, (0.03, 0.97), shares, "top", ink())
        _name_steep(ax, data, cell, settings)
    axes[0].set_ylim(_SMALLEST, _TOP)
    axes[0].set_yticks(np.arange(-6, 1, 2))
    label_decades(axes[0].yaxis, most=5)
    axes[0].set_ylabel(_words("share"))
    _write(
        axes[0],
        (0.03, (-np.log10(settings.length) - _SMALLEST + 0.1) / (_TOP - _SMALLEST)),
        _words("equal"),
        "bottom",
        ink(),
    )
    _write_key(figure)
    write_headline(figure, title.sentence)
    return figure


def _draw_shares(ax: Axes, shares: xr.DataArray, cell: str) -> None:
    """Draw every seed thin, and their median."""
    thin = 0.35 * plt.rcParams["lines.linewidth"]
    time = np.arange(shares.sizes[TIME])
    looks = {BEFORE: Line(ink(), ":"), AFTER: Line(text_colour(cell_colour(cell)), "-")}
    for moment, (colour, dash) in looks.items():
        with np.errstate(divide="ignore"):
            values = np.log10(shares.sel({MOMENT: moment}).transpose(SEED, TIME).values)
        values = np.where(np.isneginf(values), np.nan, values)[:, 1:]  # the first step has no state before it
        ax.plot(time[1:], values.T, color=colour, linestyle=dash, linewidth=thin, alpha=0.5)
        middle = np.median(values, axis=0)
        ax.plot(time[1:], middle, color=colour, linestyle=dash)


def _name_steep(ax: Axes, data: Data, cell: str, settings: Settings) -> None:
    """Where the seeds differ, write below the steep lines how many of them still hear only the last steps."""
    steep, seeds = steep_seeds(data, cell, settings), data[cell].sizes[SEED]
    if 0 < len(steep) < seeds / 2:
        colour = text_colour(cell_colour(cell))
        said = _words("steep", count=len(steep), seeds=seeds, last=last_steps(settings), mostly=MOSTLY)
        _write(ax, (0.97, 0.05), said, "bottom", colour, ha="right")


def _write_key(figure: Figure) -> None:
    width = plt.rcParams["lines.linewidth"]
    figure.legend(
        handles=[
            Line2D([], [], color=ink(), linestyle=":", label=_words("key.before")),
            Line2D([], [], color=ink(), label=_words("key.after")),
            Line2D([], [], color=ink(), linewidth=0.35 * width, label=_words("key.each")),
        ],
        loc="outside lower center",
        ncols=3,
    )


def _write(
    ax: Axes, place: tuple[float, float], text: str, va: str, colour: str, *, ha: str = "left"
) -> None:
    size = font_size("xtick.labelsize")
    ax.text(*place, text, transform=ax.transAxes, va=va, ha=ha, color=colour, fontsize=size)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the share of the last quarter for each cell."""
    title, rnn, learned = claims(data, settings)
    rnn_numbers = {f"rnn_{name}": value for name, value in rnn.numbers.items()}
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words(
            "caption.setting",
            **vars(settings),
            units=UNITS,
            rate=LEARNING_RATE,
            batch=BATCH,
        ),
        measured=_words(
            "caption.measured", **title.numbers, **rnn_numbers, learned=learned.sentence, over=LAST
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", claim=title.sentence, rnn=rnn.sentence),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, rnn, learned = claims(data, settings)
    said = {**title.numbers, "rnn": rnn.sentence, "learned": learned.sentence}
    return Notes(*(_words(f"notes.{part}", **said) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per cell, seed, moment and time step."""
    tables = [
        table[SHARE].to_dataframe().reset_index([MOMENT]).assign(cell=cell) for cell, table in data.items()
    ]
    return pd.concat([table.reset_index() for table in tables])
