"""How much gradient flows through each gate and past them, against the lag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.figure import Figure

from gradviz.capture.record import record
from gradviz.gallery.agreement import ENOUGH, MOST, middle_run
from gradviz.gallery.anatomy_run import TrainedCells, trained_cell
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.cell_diagram import gate_name
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import is_learned
from gradviz.gallery.words import figure_words
from gradviz.measures.gradient_paths import PATH_FRACTION
from gradviz.measures.gradient_paths import gradient_paths as measure
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import cell_colour, text_colour
from gradviz.plots.gradient_paths import plot_gradient_paths
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import CARRY_PATH, DIRECT_PATH, LOG10_GRAD_PATH, LOSS, PATH, STEP, TIME

Settings = TrainedCells
NETWORKS = {"lstm": "LSTM", "gru": "GRU"}
_words = figure_words("gradient_paths")


class Shares(NamedTuple):
    """What the paths of one run contribute, each a median over all but the last time step.

    Attributes
    ----------
    carry : float
        Fraction of the carry path.
    gate : str
        The gate that contributes most.
    best : float
        Its fraction.
    """

    carry: float
    gate: str
    best: float


def experiment(cache: Cache, settings: TrainedCells) -> Data:
    """One pass of each LSTM and GRU that was trained on the adding task, by ``CELL, seed``."""
    return {
        f"{cell}, {seed}": _pass(cache, cell, settings, seed)
        for cell in NETWORKS
        for seed in range(settings.seeds)
    }


def _pass(cache: Cache, cell: str, settings: TrainedCells, seed: int) -> xr.DataTree:
    with one_thread():
        model, task = trained_cell(cache, cell, settings, seed)
        inputs, targets = task.batch(settings.sequences, torch.Generator().manual_seed(1))
        with record(model, samples=None, detail="full") as tape:
            loss = task.loss(model(inputs), targets)
            loss.backward()
    tree = tape.tree
    tree.attrs[LOSS] = loss.item() / task.baseline
    return tree


def fractions(tree: xr.DataTree) -> xr.DataArray:
    """Fraction of the gradient that each path contributes, dims (time, path), without the last time step."""
    found = select_series(measure(tree)).isel({STEP: 0, TIME: slice(None, -1)})
    return found[PATH_FRACTION].transpose(TIME, PATH)


def shares(tree: xr.DataTree) -> Shares:
    """What the carry path and the best gate of a run contribute."""
    medians = fractions(tree).median(TIME, skipna=False)
    gates = medians.drop_sel({PATH: [CARRY_PATH, DIRECT_PATH]})
    best = int(gates.values.argmax())
    return Shares(float(medians.sel({PATH: CARRY_PATH})), str(gates[PATH].values[best]), float(gates[best]))


def runs_of(data: Data, cell: str) -> dict[int, xr.DataTree]:
    """The runs of a cell that learned the task, by seed; all of them, if none did."""
    of_cell = {int(key.split(", ")[1]): tree for key, tree in data.items() if key.startswith(f"{cell}, ")}
    return {seed: tree for seed, tree in of_cell.items() if is_learned(tree.attrs[LOSS])} or of_cell


def drawn_seed(data: Data, cell: str) -> int:
    """The run of a cell that is drawn: that with the median share of the carry path."""
    runs = runs_of(data, cell)
    return list(runs)[middle_run([shares(tree).carry for tree in runs.values()])]


def claims(data: Data, settings: TrainedCells) -> Sequence[Claim]:
    """Whether more than half of the gradient comes back around the gates, in each cell."""
    learned, past, share = {}, {}, {}
    for cell in NETWORKS:
        runs = runs_of(data, cell)
        carries = np.array([shares(tree).carry for tree in runs.values()])
        of_learned = is_learned(np.array([tree.attrs[LOSS] for tree in runs.values()]))
        learned[cell] = int(of_learned.sum())
        past[cell] = float((carries > 0.5)[of_learned].sum()) if np.isfinite(carries).all() else np.nan
        share[cell] = 100 * float(carries[middle_run(carries.tolist())])
    known = all(np.isfinite(value) for value in past.values())
    enough = known and min(learned.values()) >= min(ENOUGH, settings.seeds)
    yes = {cell: enough and past[cell] >= MOST * learned[cell] for cell in NETWORKS}
    no = {cell: enough and past[cell] <= (1 - MOST) * learned[cell] for cell in NETWORKS}
    decided = {
        "past": yes["lstm"] and yes["gru"],
        "through": no["lstm"] and no["gru"],
        "lstm_only": yes["lstm"] and no["gru"],
        "gru_only": yes["gru"] and no["lstm"],
    }
    outcomes = {
        **decided,
        "unclear": enough and not any(decided.values()),
        "not_learned": known and not enough,
    }
    numbers = {
        f"{cell}_{name}": value[cell]
        for name, value in (("share", share), ("past", past), ("learned", learned))
        for cell in NETWORKS
    }
    return [decide(_words, "title", outcomes, seeds=settings.seeds, **numbers)]


def compose(data: Data, settings: TrainedCells) -> Figure:
    """Gradient norms by path against lag, for LSTM and GRU."""
    (title,) = claims(data, settings)
    figure, axes = plt.subplots(1, 2, layout="constrained", sharey=True)
    modules = {
        # the direct path is the loss itself, at the last step only
        cell: select_module(runs_of(data, cell)[drawn_seed(data, cell)]).drop_sel({PATH: DIRECT_PATH})
        for cell in NETWORKS
    }
    axes[0].set_ylim(_limits(list(modules.values())))  # names are placed level with the ends of their lines
    for ax, (cell, label) in zip(axes, NETWORKS.items(), strict=True):
        plot_gradient_paths(modules[cell], ax=ax)
        percent = title.numbers[f"{cell}_share"]
        ax.set_title(
            _words("panel", network=label, percent=percent), color=text_colour(cell_colour(cell)), loc="left"
        )
        ax.set_xlabel(_words("lag"))
        for text in ax.texts:
            text.set_text(_path_name(text.get_text()))
    axes[0].set_ylabel(_words("norm"))
    axes[1].set_ylabel("")
    write_headline(figure, title.sentence)
    return figure


def _limits(modules: Sequence[xr.Dataset]) -> tuple[float, float]:
    """Limits of log10 norms that hold the lines of all panels."""
    norms = np.concatenate([measure(module)[LOG10_GRAD_PATH].values.ravel() for module in modules])
    finite = norms[np.isfinite(norms)]
    margin = 0.05 * max(float(np.ptp(finite)), 1)
    return float(finite.min()) - margin, float(finite.max()) + margin


def _path_name(path: str) -> str:
    return _words("carry") if path == CARRY_PATH else gate_name(path)


def caption(data: Data, settings: TrainedCells) -> Caption:
    """The caption, with the share of the carry path and of the best gate."""
    (title,) = claims(data, settings)
    listed = []
    for cell, label in NETWORKS.items():
        seed = drawn_seed(data, cell)
        found = shares(runs_of(data, cell)[seed])
        listed.append(
            _words(
                "caption.shares",
                network=label,
                seed=seed,
                carry=100 * found.carry,
                best=100 * found.best,
                gate=gate_name(found.gate),
            )
        )
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words(
            "caption.setting",
            length=settings.length,
            units=settings.hidden_size,
            steps=settings.steps,
            sequences=settings.sequences,
            seeds=settings.seeds,
        ),
        measured=_words("caption.measured", shares="; ".join(listed), **title.numbers),
        source=_words("caption.source"),
        alt=_words("caption.alt", shares="; ".join(listed)),
    )


def notes(data: Data, settings: TrainedCells) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    return Notes(*(_words(f"notes.{part}", **title.numbers) for part in Notes._fields))


def numbers(data: Data, settings: TrainedCells) -> pd.DataFrame:
    """One row per run, time step and path: log10 of the mean norm, and the fraction."""
    tables = []
    for run, tree in data.items():
        found = select_series(measure(tree)).isel({STEP: 0}, drop=True)
        table = found[[LOG10_GRAD_PATH, PATH_FRACTION]].to_dataframe().reset_index()
        tables.append(table.assign(run=run)[["run", TIME, PATH, LOG10_GRAD_PATH, PATH_FRACTION]])
    return pd.concat(tables)
