"""Which letters' losses contribute gradient to each state, on text."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, cast

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from pydantic import Field

from gradviz.dynamics.connectivity import connectivity
from gradviz.dynamics_vocabulary import LOG10_CONNECTIVITY, LOSS_TIME
from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.trained import load_trained
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.words import figure_words
from gradviz.plots.characters import label_characters
from gradviz.plots.connectivity import plot_connectivity
from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import INK_DARK, PAPER_DARK
from gradviz.tasks.text import Text
from gradviz.vocabulary import TEXT, TIME

BEFORE, AFTER = "before", "after"
REACHED = 2.0  # decades that may be lost on the way to the first letter
LEARNING_RATE, STREAMS = 1e-2, 2
SEED = "seed"

_words = figure_words("connectivity")


@dataclass(frozen=True)
class Settings:
    """Size of the network and of its training; how many letters are shown, and how many seeds are tried."""

    shown: Annotated[int, Field(ge=4, le=40)] = 20
    hidden_size: Annotated[int, Field(ge=1)] = 64
    steps: Annotated[int, Field(ge=1)] = 120
    bptt: Annotated[int, Field(ge=2)] = 30
    seeds: Annotated[int, Field(ge=1)] = 5


@functools.cache
def stream_experiment(settings: Settings, seed: int) -> Experiment:
    """The experiment that trains on the sentence as a stream of characters."""
    return resolve(
        {
            "name": "stream",
            "seed": seed,
            "task": {"name": "text", "form": "stream", "bptt": settings.bptt, "encoding": "one_hot"},
            "model": {"cell": "lstm", "hidden_size": settings.hidden_size},
            "training": {
                "steps": settings.steps,
                "batch_size": STREAMS,
                "learning_rate": LEARNING_RATE,
            },
            "recording": {"every": settings.steps},
        }
    )


def experiment(cache: Cache, settings: Settings) -> Data:
    """Connectivity over the beginning of the sentence, before and after training, with every seed."""
    cache.complete(stream_experiment(settings, seed) for seed in range(settings.seeds))
    found = [_connectivities(cache, settings, seed) for seed in range(settings.seeds)]
    data = {}
    for place, moment in enumerate((BEFORE, AFTER)):
        arrays = [arrays[place] for arrays, _ in found]
        together = xr.concat(arrays, xr.DataArray(range(settings.seeds), dims=SEED, name=SEED))
        dataset = together.to_dataset(name=LOG10_CONNECTIVITY)
        data[moment] = xr.DataTree(dataset.assign_attrs({TEXT: found[0][1]}))
    return data


def _connectivities(cache: Cache, settings: Settings, seed: int) -> tuple[list[xr.DataArray], str]:
    """Before and after training, and the letters."""
    run = stream_experiment(settings, seed)
    folder = cache.trained(run)
    with one_thread():
        torch.manual_seed(run.seed)
        (untrained, task), (trained, _) = build(run), load_trained(folder)
        text = cast("Text", task)
        numbers = text.alphabet.numbers(text.text[: settings.shown + 1])
        inputs = text.alphabet.encode(numbers[:-1].unsqueeze(0), text.encoding)
        found = [connectivity(model, inputs, numbers[1:].unsqueeze(0)) for model in (untrained, trained)]
    return found, text.text[: settings.shown]


def lost(tree: xr.DataTree) -> np.ndarray:
    """For every seed, decades between 1 letter back and the first letter, in the row that loses most.

    Returns
    -------
    ndarray, shape (seed,)
    """
    values = tree.to_dataset()[LOG10_CONNECTIVITY].transpose(SEED, LOSS_TIME, TIME).values
    rows = range(2, values.shape[1])
    return np.max([values[:, row, row - 1] - values[:, row, 0] for row in rows], axis=0)


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether every loss reaches the first letter, before and after training."""
    before, after = lost(data[BEFORE]), lost(data[AFTER])
    finite = bool(np.isfinite([*before, *after]).all())
    middle, middle_before = float(np.median(after)), float(np.median(before))
    reaches, reached = middle <= REACHED, middle_before <= REACHED
    title = decide(
        _words,
        "title",
        {
            "now_reaches": finite and reaches and not reached,
            "reached_before": finite and reaches and reached,
            "does_not_reach": finite and not reaches and not reached,
            "no_longer_reaches": finite and not reaches and reached,
        },
        before=middle_before,
        after=middle,
        count=int((after <= REACHED).sum()),
        seeds=len(after),
    )
    return [title]


def compose(data: Data, settings: Settings) -> Figure:
    """Before training on the left, after it on the right, on one scale, with letters along both axes."""
    figure, axes = plt.subplots(1, 2, layout="constrained", sharey=True)
    arrays = [_median(data[moment]) for moment in (BEFORE, AFTER)]
    norm = decade_norm([array.values for array in arrays])
    (title,) = claims(data, settings)
    write_headline(figure, title.sentence)
    for ax, moment, array in zip(axes, (BEFORE, AFTER), arrays, strict=True):
        plot_connectivity(array, ax=ax, norm=norm)
        ax.set_title(_words(f"panel.{moment}"))
        _outline_row(ax, array, _words("note.lost", lost=title.numbers[moment]))
        ax.set_xlabel(_words("axis.state"))
    bars = [ax.images[0].colorbar for ax in axes]
    for bar in bars:
        if bar is not None:
            bar.remove()
    values = [array.values for array in arrays]
    draw_colour_bar(axes[1].images[0], list(axes), values, _words("axis.gradient"))
    axes[0].set_ylabel(_words("axis.loss"))
    axes[1].set_ylabel("")
    axes[1].tick_params(axis="y", length=0)
    axes[0].texts[0].set_text(_words("note.no_path"))
    axes[1].texts[0].remove()
    letters = str(data[BEFORE].attrs[TEXT])
    for ax in axes:
        label_characters(ax, letters)
    label_characters(axes[0], letters, upwards=True)
    return figure


def _outline_row(ax: Axes, array: xr.DataArray, text: str) -> None:
    """Outline the loss that loses most on the way to the first letter, and write below it how much."""
    values = array.transpose(LOSS_TIME, TIME).values
    row = max(range(2, len(values)), key=lambda row: values[row, row - 1] - values[row, 0])
    width = plt.rcParams["lines.linewidth"]
    for colour, thick in ((INK_DARK, 1.6 * width), (PAPER_DARK, 0.6 * width)):
        frame = Rectangle((-0.5, row - 0.5), row, 1, edgecolor=colour, linewidth=thick, zorder=5)
        frame.set(facecolor="none", clip_on=False)
        ax.add_patch(frame)
    written = ax.annotate(
        text,
        (0, row - 0.5),
        (0, -0.4 * plt.rcParams["font.size"]),
        textcoords="offset points",
        va="top",
        color=INK_DARK,
    )
    outline(written, colour=PAPER_DARK, width=2.5)


def _median(tree: xr.DataTree) -> xr.DataArray:
    """Median over seeds; NaN where no path leads from the state to the loss."""
    return tree.to_dataset()[LOG10_CONNECTIVITY].median(SEED, skipna=False, keep_attrs=True)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the decades lost on the way to the first letter, before and after training."""
    (title,) = claims(data, settings)
    spread = {
        f"{end}_{moment}": float(part(lost(data[moment])))
        for moment in (BEFORE, AFTER)
        for end, part in (("low", np.min), ("high", np.max))
    }
    measured = _words("caption.measured", **title.numbers, **spread)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading", seeds=settings.seeds),
        setting=_words(
            "caption.setting",
            units=settings.hidden_size,
            steps=settings.steps,
            streams=STREAMS,
            bptt=settings.bptt,
            learning_rate=LEARNING_RATE,
            last=settings.seeds - 1,
            shown=settings.shown,
        ),
        measured=measured,
        source=_words("caption.source"),
        alt=_words("caption.alt", measured=measured),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    seen = _words(f"seen.{title.outcome}", **title.numbers)
    return Notes(_words("notes.point", seen=seen), _words("notes.ask"), _words("notes.answer"))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per panel (the column ``moment``), seed, loss and state: log10 of the norm."""
    tables = [
        tree.to_dataset()[LOG10_CONNECTIVITY].to_series().reset_index().assign(moment=moment)
        for moment, tree in data.items()
    ]
    return pd.concat(tables).dropna()[["moment", SEED, LOSS_TIME, TIME, LOG10_CONNECTIVITY]]
