"""Which runs solve the temporal-order task, by length and by network."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.exact_test import fisher_exact
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.solved import SOLVED, count_solved, solved_at
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import ink, lines_of, text_colour

CHANCE = 0.05  # a difference in success is one that is less probable if there is none
CHRONO = "lstm_chrono"
NETWORKS: dict[str, dict[str, Any]] = {
    "rnn": {"cell": "rnn"},
    "lstm": {"cell": "lstm"},
    CHRONO: {"cell": "lstm", "init": "chrono"},
    "gru": {"cell": "gru"},
}
BATCH, RATE = 50, 1e-2
_words = figure_words("success_by_length")


@dataclass(frozen=True)
class Settings:
    """Lengths of the task, size of the networks, the most training steps and the number of runs of each."""

    lengths: Annotated[tuple[Annotated[int, Field(ge=10)], ...], Field(min_length=1)] = (15, 30, 60)
    hidden_size: Annotated[int, Field(ge=1)] = 32
    steps: Annotated[int, Field(ge=1)] = 400
    seeds: Annotated[int, Field(ge=1)] = 8

    def __post_init__(self) -> None:
        if any(later <= sooner for sooner, later in pairwise(self.lengths)):
            raise ValueError(f"lengths = {list(self.lengths)}: must be in ascending order")


def _run(settings: Settings, network: str, length: int, seed: int) -> Experiment:
    model = {**NETWORKS[network], "hidden_size": settings.hidden_size}
    if model.get("init") == "chrono":
        model["init_options"] = {"t_max": float(length)}
    how = {"steps": settings.steps, "batch_size": BATCH, "learning_rate": RATE, "clip_norm": 1.0}
    return resolve(
        {
            "name": f"order-{network.replace('_', '-')}-{length}-{seed}",
            "seed": seed,
            "task": {"name": "temporal_order", "length": length},
            "model": model,
            "training": {**how, "stop_at": SOLVED},
            "recording": {"every": settings.steps},
        }
    )


@functools.cache
def experiments(settings: Settings) -> Mapping[str, Experiment]:
    """The trainings of every network at every length, by ``network/length/seed``."""
    return {
        f"{network}/{length}/{seed}": _run(settings, network, length, seed)
        for network in NETWORKS
        for length in settings.lengths
        for seed in range(settings.seeds)
    }


def experiment(cache: Cache, settings: Settings) -> Data:
    """Recordings of all these trainings."""
    return cache.recordings(experiments(settings))


def runs_of(data: Data, network: str, length: int) -> list[xr.DataTree]:
    """The runs of a network at a length, in the order of the seeds."""
    return [tree for key, tree in data.items() if key.startswith(f"{network}/{length}/")]


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether an LSTM that starts with a long memory solves the longest task more often than any other."""
    longest = max(settings.lengths)
    solved = {network: count_solved(runs_of(data, network, longest)) for network in NETWORKS}
    chrono = solved.pop(CHRONO)
    known = np.isfinite([chrono, *solved.values()]).all()
    best = max(solved.values()) if known else np.nan
    runs = len(runs_of(data, CHRONO, longest))
    chance = fisher_exact(int(chrono), int(best), runs) if known else np.nan
    outcomes = {
        "chrono_more": chance < CHANCE and chrono > best,
        "chrono_fewer": chance < CHANCE and chrono < best,
        "no_difference": chance >= CHANCE,
    }
    numbers = {"chrono": chrono, "best": best, "runs": runs, "length": longest, "chance": chance}
    return [decide(_words, "title", outcomes, **numbers)]


def compose(data: Data, settings: Settings) -> Figure:
    """One row per network, one column per length, one disc per run, full if it solved the task."""
    figure, ax = plt.subplots(layout="constrained")
    looks = lines_of([str(how["cell"]) for how in NETWORKS.values()])
    for row, (network, look) in enumerate(zip(NETWORKS, looks, strict=True)):
        for column, length in enumerate(settings.lengths):
            _draw_runs(ax, (column, row), runs_of(data, network, length), text_colour(look.colour))
    ax.set_xlim(-0.5, len(settings.lengths) - 0.5)
    ax.set_ylim(len(NETWORKS) - 0.4, -0.5)
    lengths = [_words("length", length=length) for length in settings.lengths]
    ax.set_xticks(range(len(lengths)), lengths)
    ax.set_yticks(range(len(NETWORKS)), [_words(f"row.{network}") for network in NETWORKS])
    for label, look in zip(ax.get_yticklabels(), looks, strict=True):
        label.set(color=text_colour(look.colour), fontweight="bold", multialignment="right")
    ax.xaxis.set_ticks_position("top")
    for label in ax.get_xticklabels():
        label.set_fontweight("bold")
    ax.set_xlabel(_words("axis", steps=settings.steps))
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    write_headline(figure, claims(data, settings)[0].sentence)
    return figure


def _draw_runs(ax: Axes, place: tuple[int, int], trees: Sequence[xr.DataTree], colour: str) -> None:
    """The discs of one cell of the table, the soonest first, and their count."""
    ends = [solved_at(tree) for tree in trees]
    steps = sorted(np.inf if end is None else float(end) for end in ends)
    size = min(1.5, 7.5 / len(trees)) * float(plt.rcParams["font.size"])
    for rank, at in enumerate(steps):
        ax.plot(
            place[0] + 0.8 / max(5, len(steps)) * (rank - (len(steps) - 1) / 2),
            place[1],
            "o",
            markersize=size,
            markerfacecolor=colour if np.isfinite(at) else "none",
            markeredgecolor=colour,
            markeredgewidth=size / 12,
        )
    known = [step for step in steps if np.isfinite(step)]
    count = {"solved": len(known), "runs": len(steps)}
    words = _words("some", median=np.median(known), **count) if known else _words("none", **count)
    ax.text(
        place[0],
        place[1] + 0.34,
        words,
        ha="center",
        va="center",
        color=ink(),
        fontsize=font_size("xtick.labelsize"),
    )


def _listed(data: Data, settings: Settings) -> str:
    parts = []
    for network in NETWORKS:
        counts = [
            _words("at_length", solved=count_solved(runs_of(data, network, length)), length=length)
            for length in settings.lengths
        ]
        parts.append(_words("of_network", network=_words(f"name.{network}"), counts=", ".join(counts)))
    return "; ".join(parts)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the number of runs that solved the task, by network and length."""
    (title,) = claims(data, settings)
    listed = _listed(data, settings)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading", solved=100 * SOLVED),
        setting=_words(
            "caption.setting",
            units=settings.hidden_size,
            rate=RATE,
            steps=settings.steps,
            batch=BATCH,
            last=settings.seeds - 1,
        ),
        measured=_words("caption.measured", listed=listed, **title.numbers),
        source=_words("caption.source"),
        alt=_words(
            "caption.alt",
            networks=len(NETWORKS),
            lengths=len(settings.lengths),
            runs=settings.seeds,
            listed=listed,
        ),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    values = {**title.numbers, "listed": _listed(data, settings)}
    return Notes(*(_words(f"notes.{part}", **values) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per run: the training step at which it solved the task, empty if it did not."""
    rows = [
        {"network": network, "length": length, "seed": seed, "solved_at": solved_at(tree)}
        for network in NETWORKS
        for length in settings.lengths
        for seed, tree in enumerate(runs_of(data, network, length))
    ]
    return pd.DataFrame(rows).astype({"solved_at": "Int64"})
