"""The eigenvalues of the recurrent weights, before and after training."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradviz.dynamics.eigenvalues import hidden_eigenvalues
from gradviz.dynamics_vocabulary import EIGENVALUE_IMAG, EIGENVALUE_REAL
from gradviz.experiment.config.build_model import build
from gradviz.experiment.run.trained import load_trained
from gradviz.gallery.adding_runs import BATCH, LEARNING_RATE, seeded_experiments
from gradviz.gallery.adding_runs import AddingSettings as Settings
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import has_learned
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, ink, text_colour
from gradviz.plots.eigenvalues import plot_eigenvalues
from gradviz.vocabulary import GATE, SPECTRAL_RADIUS

GATES = {"rnn": "hidden", "lstm": "forget", "gru": "update"}  # the weight that is drawn for each cell
UNTRAINED, TRAINED = "untrained", "trained"
SEED, MOMENT, LEARNED = "seed", "moment", "learned"
SHOWN = 0  # the seed whose eigenvalues are drawn
MOVED = 0.1  # a change of a spectral radius that is worth a word
MANY, NEAR = 30, 0.15  # so many eigenvalues fill a disc, of a radius so close to that of theory
VIEW_REAL, VIEW_IMAGINARY = 2.6, 1.75  # the planes end here, so that the unit circle is large in all of them

_words = figure_words("eigenvalues")


def experiment(cache: Cache, settings: Settings) -> Data:
    """By cell: spectra of the weights, untrained and trained, with every seed, and which runs learned."""
    runs = seeded_experiments(settings)
    recordings = cache.recordings(runs)
    spectra: dict[str, list[xr.Dataset]] = {cell: [] for cell in GATES}
    for key, run in runs.items():
        folder = cache.trained(run)
        with one_thread():
            torch.manual_seed(run.seed)
            models = (build(run)[0], load_trained(folder)[0])
            moments = xr.concat(
                [hidden_eigenvalues(model) for model in models],
                xr.DataArray([UNTRAINED, TRAINED], dims=MOMENT, name=MOMENT),
            )
        moments[LEARNED] = has_learned(recordings[key])
        spectra[key.partition("/")[0]].append(moments)
    seeds = xr.DataArray(range(settings.seeds), dims=SEED, name=SEED)
    return {cell: xr.DataTree(xr.concat(found, seeds)) for cell, found in spectra.items()}


def radii(data: Data, cell: str, moment: str) -> np.ndarray:
    """Spectral radius of the cell's drawn weight, shape (seed,)."""
    return (
        data[cell]
        .to_dataset()[SPECTRAL_RADIUS]
        .sel({GATE: GATES[cell], MOMENT: moment})
        .squeeze([])
        .values.ravel()
    )


def learned(data: Data, cell: str) -> np.ndarray:
    """1 for each run that learned, 0 for each that did not, NaN where that is not known; shape (seed,)."""
    return data[cell].to_dataset()[LEARNED].values.ravel()


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether gates of runs that learned cross the unit circle, how far each cell moves, and the start."""
    gated = ("lstm", "gru")
    done = np.concatenate([learned(data, cell) for cell in gated])
    before, after = (
        np.concatenate([radii(data, cell, moment) for cell in gated]) for moment in (UNTRAINED, TRAINED)
    )
    finite = bool(np.isfinite([*done, *before, *after]).all())
    count = float((done == 1).sum())
    crossed = float(((done == 1) & (before < 1) & (after > 1)).sum())
    enough = count >= len(done) / 2
    title = decide(
        _words,
        "title",
        {
            "cross": finite and enough and crossed >= 0.8 * count,
            "some_cross": finite and enough and 0.2 * count < crossed < 0.8 * count,
            "stay": finite and enough and crossed <= 0.2 * count,
            "not_learned": finite and not enough,
        },
        learned=count,
        crossed=crossed,
        runs=len(done),
    )
    return [title, *(_of_cell(data, cell) for cell in GATES), _start(data)]


def _of_cell(data: Data, cell: str) -> Claim:
    """How far the spectral radius of a cell moves in training."""
    before, after = (radii(data, cell, moment) for moment in (UNTRAINED, TRAINED))
    done = learned(data, cell)
    finite = bool(np.isfinite([*before, *after, *done]).all())
    change = after - before
    moves = abs(float(np.median(change))) >= MOVED
    grows, shrinks = bool((change > 0).all()), bool((change < 0).all())
    return decide(
        _words,
        cell,
        {
            "grows": finite and moves and grows,
            "shrinks": finite and moves and shrinks,
            "mixed": finite and moves and not grows and not shrinks,
            "hardly": finite and not moves,
        },
        before=float(np.median(before)),
        after=float(np.median(after)),
        least=float(after.min()),
        most=float(after.max()),
        beyond=int((after > 1).sum()),
        learned=float((done == 1).sum()),
        seeds=len(after),
    )


def _start(data: Data) -> Claim:
    """Whether the untrained eigenvalues that are drawn fill the disc of random matrices."""
    found = np.array([radii(data, cell, UNTRAINED)[SHOWN] for cell in GATES])
    units, finite = data["rnn"].to_dataset()[EIGENVALUE_REAL].shape[-1], bool(np.isfinite(found).all())
    expected = 1 / np.sqrt(3)
    near = bool((np.abs(found - expected) <= NEAR * expected).all())
    outcomes = {
        "disc": finite and units >= MANY and near,
        "few": finite and units < MANY,
        "other": finite and units >= MANY and not near,
    }
    return decide(_words, "start", outcomes, units=units, least=found.min(), most=found.max())


def compose(data: Data, settings: Settings) -> Figure:
    """One complex plane per cell, all on one scale, above the spectral radii of all seeds."""
    figure = plt.figure(layout="constrained")
    grid = figure.add_gridspec(2, len(GATES), height_ratios=[1, 0.72])
    axes = [figure.add_subplot(grid[0, place]) for place in range(len(GATES))]
    for ax, cell in zip(axes, GATES, strict=True):
        _draw_plane(ax, data, cell)
        ax.set_ylabel(_words("axis.imaginary") if ax is axes[0] else "")
    below = figure.add_subplot(grid[1, :])
    _draw_radii(below, data)
    name_panel(below, _words("panel.radius"))
    _write_key(figure)
    write_headline(figure, claims(data, settings)[0].sentence)
    return figure


def _draw_plane(ax: Axes, data: Data, cell: str) -> None:
    seed = data[cell].to_dataset().isel({SEED: SHOWN})
    spectra = {moment: seed.sel({MOMENT: moment}) for moment in (UNTRAINED, TRAINED)}
    plot_eigenvalues(spectra, ax=ax, gate=GATES[cell])
    legend = ax.get_legend()
    if legend is not None:
        legend.remove()
    for circle in ax.patches[1:]:
        circle.remove()  # the radii are drawn below, for every seed
    ax.set_xlim(-VIEW_REAL, VIEW_REAL)
    ax.set_ylim(-VIEW_IMAGINARY, VIEW_IMAGINARY)
    _mark_what_is_outside(ax, spectra[TRAINED].sel({GATE: GATES[cell]}).squeeze(), _colour(cell))
    ax.set_title(_words(f"panel.{cell}"), color=_colour(cell))
    ax.set_xlabel(_words("axis.real"))


def _colour(cell: str) -> str:
    return text_colour(cell_colour(cell))


def _mark_what_is_outside(ax: Axes, spectrum: xr.Dataset, colour: str) -> None:
    """Triangles at the edges, each pointing out of the edge beyond which an eigenvalue lies."""
    size = 0.55 * plt.rcParams["font.size"]
    for real, imaginary in zip(
        spectrum[EIGENVALUE_REAL].values, spectrum[EIGENVALUE_IMAG].values, strict=True
    ):
        across, up = real / VIEW_REAL, imaginary / VIEW_IMAGINARY
        if max(abs(across), abs(up)) <= 1:
            continue
        marker = ("^" if up > 0 else "v") if abs(up) > abs(across) else (">" if across > 0 else "<")
        edge = np.clip(across, -0.95, 0.95) * VIEW_REAL, np.clip(up, -0.9, 0.9) * VIEW_IMAGINARY
        ax.plot(*edge, marker=marker, color=colour, markersize=size)


def _draw_radii(ax: Axes, data: Data) -> None:
    """One row per cell: the spectral radius of every seed before training, in grey, and after."""
    size = 0.6 * plt.rcParams["font.size"]
    longest = 1.2
    for place, cell in enumerate(GATES):
        before, after = (radii(data, cell, moment) for moment in (UNTRAINED, TRAINED))
        longest = max(longest, float(after.max()))
        heights = place + np.linspace(-0.25, 0.25, len(before)) if len(before) > 1 else [place]
        for low, high, height, done in zip(before, after, heights, learned(data, cell), strict=True):
            ax.plot([low, high], [height, height], color=GREY, linewidth=0.8, zorder=1)
            ax.plot(low, height, "o", color=GREY, markersize=size)
            face = _colour(cell) if done == 1 else plt.rcParams["axes.facecolor"]
            ax.plot(high, height, "s", color=_colour(cell), markerfacecolor=face, markersize=size)
    ax.axvline(1, color=GREY, linestyle="--", zorder=0)
    ax.set_xlim(0, 1.08 * longest)
    ax.set_ylim(len(GATES) - 0.5, -0.6)
    ax.set_yticks(range(len(GATES)), [_words(f"row.{cell}") for cell in GATES], fontweight="bold")
    for label, cell in zip(ax.get_yticklabels(), GATES, strict=True):
        label.set_color(_colour(cell))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(_words("axis.radius"))


def _write_key(figure: Figure) -> None:
    empty = {"markerfacecolor": plt.rcParams["axes.facecolor"]}
    figure.legend(
        handles=[
            Line2D([], [], color=GREY, marker="o", linestyle="none", label=_words("key.untrained")),
            Line2D([], [], color=ink(), marker="s", linestyle="none", label=_words("key.learned")),
            Line2D([], [], color=ink(), marker="s", linestyle="none", label=_words("key.failed"), **empty),
            Line2D([], [], color=GREY, linestyle="--", label=_words("key.circle")),
            Line2D([], [], color=ink(), marker="^", linestyle="none", label=_words("key.outside")),
        ],
        loc="outside lower center",
        ncols=5,
        columnspacing=1.2,
        handletextpad=0.4,
    )


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the spectral radii before and after."""
    title, *cells, _ = claims(data, settings)
    shown = " ".join(f"{claim.sentence}." for claim in cells)
    counted = _words("caption.counted", **title.numbers)
    given = {"batch": BATCH, "learning_rate": LEARNING_RATE}
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading", shown=SHOWN),
        setting=_words("caption.setting", **settings.__dict__, **given, last=settings.seeds - 1),
        measured=_words("caption.measured", counted=counted, shown=shown),
        source=_words("caption.source"),
        alt=_words("caption.alt", counted=counted, shown=shown),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, *cells, start = claims(data, settings)
    beyond = sum(claim.numbers["beyond"] for claim in cells)
    squares = sum(claim.numbers["seeds"] for claim in cells)
    counted = _words("caption.counted", **title.numbers)
    point = _words("notes.point", counted=counted, start=start.sentence, beyond=beyond, squares=squares)
    return Notes(point, _words("notes.ask"), _words("notes.answer"))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per cell, seed, moment (untrained or trained), gate and eigenvalue."""
    tables = []
    for cell, tree in data.items():
        table = tree.to_dataset()[[EIGENVALUE_REAL, EIGENVALUE_IMAG]].to_dataframe().reset_index()
        tables.append(table.assign(cell=cell))
    columns = ["cell", SEED, MOMENT, GATE, EIGENVALUE_REAL, EIGENVALUE_IMAG]
    return pd.concat(tables).dropna()[columns]
