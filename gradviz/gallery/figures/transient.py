"""A gradient that rises before it vanishes, though every eigenvalue is below 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field
from torch import nn

from gradviz.dynamics.eigenvalues import hidden_eigenvalues
from gradviz.dynamics_vocabulary import HENRICI_DEPARTURE
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, ink, text_colour
from gradviz.vocabulary import LARGEST_SINGULAR_VALUE, SPECTRAL_RADIUS

_words = figure_words("transient")


@dataclass(frozen=True)
class Settings:
    """The matrix U = [[eigenvalue, corner], [0, eigenvalue]] and its largest power."""

    eigenvalue: Annotated[float, Field(ge=0.1, lt=1)] = 0.9
    corner: Annotated[float, Field(gt=0, le=1000)] = 10.0
    steps: Annotated[int, Field(ge=2)] = 90


def experiment(cache: Cache, settings: Settings) -> Data:
    """Norms of one matrix's powers, and what its eigenvalues suggest for them; nothing is cached."""
    weight = np.array([[settings.eigenvalue, settings.corner], [0.0, settings.eigenvalue]])
    power = np.arange(settings.steps + 1)
    matrices = np.stack([np.linalg.matrix_power(weight, n) for n in power])
    powers = xr.Dataset(
        {
            "norm": ("power", np.linalg.norm(matrices, 2, axis=(1, 2))),
            "promised": ("power", settings.eigenvalue**power),
            "matrix": (("power", "row", "column"), matrices),
        },
        coords={"power": power},
    )
    network = nn.RNN(1, 2)
    with torch.no_grad():
        network.get_parameter("weight_hh_l0").copy_(torch.from_numpy(weight))
    return {"powers": xr.DataTree(powers), "spectrum": xr.DataTree(hidden_eigenvalues(network))}


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether the norm of the powers rises, and whether it has fallen below 1 at the end."""
    norms = data["powers"].to_dataset()["norm"].values
    finite = bool(np.isfinite(norms).all())
    top = int(norms.argmax())
    rises, vanished = top > 0, bool(norms[-1] < 1)
    below = np.flatnonzero(norms[top:] < 1)
    title = decide(
        _words,
        "title",
        {
            "rises": finite and rises and vanished,
            "still_above": finite and rises and not vanished,
            "falls": finite and not rises,
        },
        peak=float(norms[top]),
        power=top,
        below=top + int(below[0]) if len(below) else settings.steps + 1,
        last=float(norms[-1]),
        steps=settings.steps,
        eigenvalue=float(data["spectrum"].to_dataset()[SPECTRAL_RADIUS].squeeze()),
    )
    return [title]


def compose(data: Data, settings: Settings) -> Figure:
    """Some powers on the left, the norm of every power on the right, with what the eigenvalues suggest."""
    (title,) = claims(data, settings)
    powers = data["powers"].to_dataset()
    figure, (left, right) = plt.subplots(1, 2, layout="constrained", width_ratios=[1, 2.2])
    _draw_curves(right, powers, settings)
    _mark(right, title)
    _write_matrices(left, powers, title)
    name_panel(left, _words("panel.matrices"))
    name_panel(right, _words("panel.norm"))
    write_headline(figure, title.sentence)
    return figure


def _draw_curves(ax: Axes, powers: xr.Dataset, settings: Settings) -> None:
    colour = text_colour(cell_colour("rnn"))
    norms, promised = np.log10(powers["norm"].values), np.log10(powers["promised"].values)
    power = powers["power"].values
    ax.fill_between(power, promised, norms, color=colour, alpha=0.12, linewidth=0)
    ax.plot(power, norms, color=colour)
    ax.plot(power, promised, "--", color=GREY)
    ax.axhline(0, color=GREY, linewidth=0.4 * plt.rcParams["lines.linewidth"])
    ax.set_xlim(0, settings.steps)
    ax.set_ylim(promised[-1], norms.max() + 0.15 * (norms.max() - promised[-1]))
    ax.set_xlabel(_words("axis.power"))
    ax.set_ylabel(_words("axis.norm"))
    label_decades(ax.yaxis)
    place = int(0.42 * settings.steps)
    ax.text(
        place - 0.02 * settings.steps,
        promised[place],
        _words("note.eigenvalues", eigenvalue=settings.eigenvalue),
        color=ink(),
        ha="right",
        va="top",
    )


def _mark(ax: Axes, title: Claim) -> None:
    found, steps = title.numbers, title.numbers["steps"]
    arrow = {"arrowstyle": "->", "color": ink()}
    if title.outcome != "falls":
        ax.annotate(
            _words("note.peak", **found),
            xy=(found["power"], np.log10(found["peak"])),
            xytext=(found["power"] + 0.1 * steps, np.log10(found["peak"]) + 0.25),
            color=ink(),
            va="center",
            arrowprops=arrow,
        )
    if title.outcome == "rises":
        ax.annotate(
            _words("note.below", **found),
            xy=(found["below"], 0),
            xytext=(min(found["below"], 0.62 * steps), 0.7),
            color=ink(),
            va="center",
            arrowprops=arrow,
        )


def _write_matrices(ax: Axes, powers: xr.Dataset, title: Claim) -> None:
    """Write U, its largest power and the first that is small again, one below the other."""
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    shown = [1]
    if title.outcome != "falls":
        shown.append(int(title.numbers["power"]))
    shown.append(int(title.numbers["below" if title.outcome == "rises" else "steps"]))
    shown = sorted(set(shown))
    for middle, power in zip(np.linspace(0.84, 0.13, 3), shown, strict=False):
        name = "U" if power == 1 else f"U$^{{{power}}}$"
        ax.text(0.0, middle, f"{name} =", color=ink(), va="center", fontsize=font_size("axes.titlesize"))
        _write_matrix(ax, powers["matrix"].sel(power=power).values, middle)


def _write_matrix(ax: Axes, matrix: np.ndarray, middle: float) -> None:
    half, left, right = 0.085, 0.27, 0.99
    for x, inwards in ((left, 0.03), (right, -0.03)):
        ax.plot(
            [x + inwards, x, x, x + inwards],
            [middle + half, middle + half, middle - half, middle - half],
            color=ink(),
            linewidth=0.6 * plt.rcParams["lines.linewidth"],
        )
    for (row, column), value in np.ndenumerate(matrix):
        corner = (row, column) == (0, 1)
        ax.text(
            left + (0.5 if column == 0 else 0.95) * (right - left),
            middle + (0.045 if row == 0 else -0.045),
            _entry(value),
            color=text_colour(cell_colour("rnn")) if corner else ink(),
            fontweight="bold" if corner else "normal",
            fontsize=font_size("axes.titlesize"),
            ha="right",
            va="center",
        )


def _entry(value: float) -> str:
    """Two digits, in little room."""
    if value == 0:
        return "0"
    return _words("note.entry" if abs(value) >= 1e-3 else "note.almost_zero", value=value)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the peak, where the norm falls below 1, and the measures of non-normality."""
    (title,) = claims(data, settings)
    spectrum = data["spectrum"].to_dataset().squeeze()
    curve = _curve(title)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", eigenvalue=settings.eigenvalue, corner=settings.corner),
        measured=_words(
            "caption.measured",
            radius=float(spectrum[SPECTRAL_RADIUS]),
            largest=float(spectrum[LARGEST_SINGULAR_VALUE]),
            henrici=float(spectrum[HENRICI_DEPARTURE]),
            curve=curve,
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", curve=curve),
    )


def _curve(title: Claim) -> str:
    return _words(f"curve.{title.outcome}", **title.numbers)


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    return Notes(
        _words("notes.point", curve=_curve(title)),
        _words("notes.ask", **title.numbers),
        _words("notes.answer", eigenvalue=settings.eigenvalue, corner=settings.corner),
    )


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per power: its norm, and the value that the spectral radius suggests."""
    return data["powers"].to_dataset()[["norm", "promised"]].to_dataframe().reset_index()
