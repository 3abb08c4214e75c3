"""How long the units remember, by initialisation and after training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.gallery.adding_runs import BATCH, LEARNING_RATE, seeded_experiments, seeds_of
from gradviz.gallery.adding_runs import AddingSettings as Settings
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import has_learned
from gradviz.gallery.untrained import untrained
from gradviz.gallery.words import figure_words
from gradviz.measures.time_constants import TIME_CONSTANT
from gradviz.measures.time_constants import time_constants as measure
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import cell_colour, ink, text_colour
from gradviz.plots.time_constants import plot_time_constants
from gradviz.vocabulary import STEP

SHORT = 10  # time steps; at PyTorch's initialisation no unit comes near it
FEW, MOST = 0.1, 0.5  # of the units
START, TRAINED = "start", ("lstm", "gru")

_words = figure_words("time_constants")


def _starts(settings: Settings) -> Mapping[str, tuple[str, dict[str, Any]]]:
    """Initialisations of the LSTM, with their options."""
    return {
        "default": ("default", {}),
        "forget_bias_2": ("forget_bias", {"value": 2.0}),
        "chrono": ("chrono", {"t_max": float(settings.length)}),
    }


def experiment(cache: Cache, settings: Settings) -> Data:
    """Three initialisations of the LSTM, ``start/NAME``, and each seed after training, ``CELL/SEED``."""
    runs = {key: run for key, run in seeded_experiments(settings).items() if key.partition("/")[0] in TRAINED}
    return {**cache.computed("time-constants", _record, settings), **cache.recordings(runs)}


def _record(settings: Settings) -> Data:
    return {
        f"{START}/{name}": untrained(
            "lstm", length=settings.length, hidden_size=settings.hidden_size, init=init, options=options
        )
        for name, (init, options) in _starts(settings).items()
    }


def constants(tree: xr.DataTree) -> np.ndarray:
    """Time constant of every unit at the last recorded step, in time steps, shape (unit,)."""
    return measure(tree)[TIME_CONSTANT].isel({STEP: -1}).values.ravel()


def lag_of(settings: Settings) -> int:
    """The longest lag of the task: from the first time step to the last."""
    return settings.length - 1


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """In how many units the runs that learned hold the longest lag, and what the others have."""
    default = float(constants(data[f"{START}/default"]).max())
    starts = decide(_words, "starts", {"short": default <= SHORT, "long": default > SHORT}, longest=default)
    return [
        _holding(data, settings, "lstm"),
        _holding(data, settings, "gru"),
        _failed(data, settings),
        starts,
    ]


def _holding(data: Data, settings: Settings, cell: str) -> Claim:
    """How many units outlast the lag, in the median over the runs of a cell that learned."""
    runs = list(seeds_of(data, cell).values())
    done = np.array([has_learned(tree) for tree in runs])
    every = np.array([constants(tree) for tree in runs])  # (seed, unit)
    finite = not (np.isnan(done).any() or np.isnan(every).any())
    of_learned = every[done == 1]
    enough = len(of_learned) >= len(runs) / 2
    held = float(np.median((of_learned > lag_of(settings)).sum(axis=1))) if len(of_learned) else 0.0
    beyond = float(np.median((of_learned > SHORT).sum(axis=1))) if len(of_learned) else 0.0
    part = held / settings.hidden_size
    return decide(
        _words,
        "title" if cell == "lstm" else cell,
        {
            "none": finite and enough and held < 1,
            "few": finite and enough and held >= 1 and part <= FEW,
            "some": finite and enough and held >= 1 and FEW < part <= MOST,
            "most": finite and enough and held >= 1 and part > MOST,
            "not_learned": finite and not enough,
        },
        held=held,
        beyond=beyond,
        units=settings.hidden_size,
        lag=lag_of(settings),
        learned=len(of_learned),
        seeds=len(runs),
    )


def _failed(data: Data, settings: Settings) -> Claim:
    """Whether LSTMs that did not learn have a unit that outlasts the lag."""
    runs = seeds_of(data, "lstm").values()
    done = np.array([has_learned(tree) for tree in runs])
    held = np.array([(constants(tree) > lag_of(settings)).sum() for tree in runs])
    known = not np.isnan(done).any()
    failed, holding = int((done == 0).sum()), int(((done == 0) & (held > 0)).sum())
    return decide(
        _words,
        "failed",
        {
            "all_learned": known and not failed,
            "without": known and failed > 0 and holding == 0,
            "with": known and holding > 0,
        },
        failed=failed,
        holding=holding,
    )


def _row_names(data: Data) -> dict[str, str]:
    """The name of each row of the picture."""
    names = {}
    for key, tree in data.items():
        cell, _, which = key.partition("/")
        if cell == START:
            names[key] = _words(f"row.{which}")
        else:
            names[key] = _words(f"row.{cell}" if has_learned(tree) == 1 else f"row.{cell}_failed", seed=which)
    return names


def compose(data: Data, settings: Settings) -> Figure:
    """One row per network, one dot per unit."""
    figure, ax = plt.subplots(layout="constrained")
    names = _row_names(data)
    rows = {names[key]: tree for key, tree in data.items()}
    plot_time_constants(rows, ax=ax, lag=lag_of(settings))
    _name_lag(ax, lag_of(settings))
    _colour_by_cell(ax, list(data))
    _ring_what_holds(ax, list(data), lag_of(settings))
    write_headline(figure, claims(data, settings)[0].sentence)
    return figure


def _name_lag(ax: Axes, lag: int) -> None:
    """Write above the dashed line what it is."""
    ax.set_title("")
    size = plt.rcParams["font.size"]
    ax.annotate(
        _words("panel.lag", lag=lag),
        (lag, 1),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0, 0.3 * size),
        textcoords="offset points",
        ha="center",
        fontsize=size,
    )


def _colour_by_cell(ax: Axes, keys: Sequence[str]) -> None:
    """All seeds of a cell in the colour of the cell, since they are not variants of it."""
    for key, dots, label in zip(keys, ax.collections, ax.get_yticklabels(), strict=True):
        cell = key.partition("/")[0]
        if cell != START:
            dots.set_color(text_colour(cell_colour(cell)))
            label.set_color(text_colour(cell_colour(cell)))


def _ring_what_holds(ax: Axes, keys: Sequence[str], lag: int) -> None:
    """A ring around each trained unit that outlasts the lag, since it stands alone."""
    size = 0.8 * plt.rcParams["font.size"]
    ringed = 0
    for key, dots in zip(keys, ax.collections, strict=True):
        places = np.asarray(dots.get_offsets())
        if not key.startswith(START):
            x, y = places[places[:, 0] > lag].T
            ringed += len(x)
            ax.plot(x, y, "o", color=ink(), markerfacecolor="none", markersize=size)
    if ringed:
        row = max(place for place, key in enumerate(keys) if key.startswith("lstm")) + 2
        ax.annotate(
            _words("ring"),
            (lag, row),
            (size, 0),
            textcoords="offset points",
            va="center",
            fontsize=size / 0.8,
        )


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with each network's median and longest time constant and the number of long ones."""
    title, *others = claims(data, settings)
    names = _row_names(data)
    rows = "; ".join(
        _words(
            "caption.row",
            name=names[key],
            median=float(np.median(found)),
            longest=float(found.max()),
            held=int((found > lag_of(settings)).sum()),
        )
        for key, found in ((key, constants(tree)) for key, tree in data.items())
    )
    shown = " ".join(f"{claim.sentence}." for claim in others)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words(
            "caption.setting",
            **settings.__dict__,
            batch=BATCH,
            learning_rate=LEARNING_RATE,
            last=settings.seeds - 1,
        ),
        measured=_words("caption.measured", **title.numbers, claim=title.sentence, shown=shown, rows=rows),
        source=_words("caption.source"),
        alt=_words("caption.alt", count=len(data), claim=title.sentence, shown=shown),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, gru, failed, starts = claims(data, settings)
    point = _words(
        "notes.point", starts=starts.sentence, lstm=title.sentence, failed=failed.sentence, gru=gru.sentence
    )
    return Notes(point, _words("notes.ask"), _words("notes.answer"))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per network and unit."""
    tables = []
    for key, tree in data.items():
        found = constants(tree)
        columns = {"network": key, "unit": np.arange(len(found)), "time_constant": found}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables)
