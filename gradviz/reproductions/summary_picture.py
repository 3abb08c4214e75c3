"""The picture that sums up all papers: decades lost in the first steps, and which runs learned."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradviz.cell_descriptions import CELLS
from gradviz.gallery.caption import Caption
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, text_colour
from gradviz.reproductions.all_runs import FIXED, SPREAD, EarlySign, area_of, early_signs
from gradviz.reproductions.numbers_in_words import counted, listed
from gradviz.reproductions.result_file import ReproductionResult
from gradviz.reproductions.summary_text import LAGS, area_in_words, summary_title

SUMMARY = "summary"
"""Name of the picture's file, without its ending."""

_LEARNED, _FAILED = 1.0, 0.0  # heights of the two rows
_BINS = 56  # across a panel: runs in the same one stand above each other
_LINEAR = 5.0  # decades up to which the axis is nearly linear


def has_summary(results: Sequence[ReproductionResult]) -> bool:
    """Whether a run shows decades lost in the first steps."""
    return bool(early_signs(results)[0])


def draw_summary(results: Sequence[ReproductionResult]) -> Figure:
    """A panel for fixed and one for spread lags, if there are such runs; a dot is a run, above if it learned.

    Parameters
    ----------
    results : sequence of ReproductionResult
        `has_summary` of them is true.

    Returns
    -------
    Figure
    """
    signs, _ = early_signs(results)
    kinds = [kind for kind in (FIXED, SPREAD) if any(sign.lags == kind for sign in signs)]
    figure, grid = plt.subplots(1, len(kinds), sharey=True, layout="constrained", squeeze=False)
    axes = grid[0]
    ends = _ends([sign.lost for sign in signs])
    for ax, kind in zip(axes, kinds, strict=True):
        ax.set_xscale("asinh", linear_width=_LINEAR)
        its = [sign for sign in signs if sign.lags == kind]
        ax.set_xlim(*ends)
        _draw(ax, its)
        ax.set_title(f"{LAGS[kind]}\n{area_in_words(area_of(its))}")
        ax.set_xlabel("decades lost over the lag in the first steps (more lost →)")
    axes[0].set_yticks([_FAILED, _LEARNED], ["did not\nlearn", "learned"])
    axes[0].set_ylim(_FAILED - 0.5, _LEARNED + 0.5)
    _name_cells(figure, signs)
    write_headline(figure, summary_caption(results).claim)
    return figure


def _ends(values: Sequence[float]) -> tuple[float, float]:
    known = [value for value in values if np.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    margin = 0.04 * max(high - low, 1.0)
    return low - margin, high + margin


def _draw(ax: Axes, signs: Sequence[EarlySign]) -> None:
    low, high = ax.get_xlim()
    edges = np.linspace(np.arcsinh(low / _LINEAR), np.arcsinh(high / _LINEAR), _BINS + 1)
    centres = _LINEAR * np.sinh((edges[:-1] + edges[1:]) / 2)
    size = 0.42 * float(plt.rcParams["font.size"])
    for row in (_FAILED, _LEARNED):
        its = sorted((one for one in signs if one.learned == (row == _LEARNED)), key=lambda one: one.lost)
        dots: dict[str | None, list[tuple[float, float]]] = {}
        of_bins = [_nearest(one.lost, centres) for one in its]
        most = max(8, *(of_bins.count(number) for number in of_bins)) if its else 8
        for number in dict.fromkeys(of_bins):
            inside = [one for one, at in zip(its, of_bins, strict=True) if at == number]
            for rank, one in enumerate(sorted(inside, key=lambda one: str(one.cell))):
                height = row + 0.84 * (rank - (len(inside) - 1) / 2) / most
                dots.setdefault(one.cell, []).append((centres[number], height))
        for cell, its_dots in dots.items():
            colour = text_colour(cell_colour(cell)) if cell else GREY
            ax.plot(*zip(*its_dots, strict=True), "o", color=colour, markersize=size, markeredgewidth=0)
        ax.text(
            0.99,
            row + 0.44,
            counted(len(its), "run"),
            transform=ax.get_yaxis_transform(),
            ha="right",
            va="top",
            fontsize=font_size("xtick.labelsize"),
        )
    ticks = [tick for tick in (-2, 0, 2, 5, 10, 20, 50, 100, 200) if low <= tick <= high]
    ax.set_xticks(ticks, [str(tick).replace("-", "−") for tick in ticks])
    ax.axhline(0.5, color=plt.rcParams["axes.edgecolor"], linewidth=0.4)
    ax.tick_params(axis="y", length=0)


def _nearest(value: float, centres: np.ndarray) -> int:
    """The place of the bin of a value; of an infinite one the last."""
    return int(np.argmin(np.abs(centres - np.clip(value, centres[0], centres[-1]))))


def _name_cells(figure: Figure, signs: Sequence[EarlySign]) -> None:
    """The cells in their colours, in one row below the panels."""
    present = {sign.cell for sign in signs}
    cells = [cell for cell in ("rnn", "rnn_relu", "lstm", "gru") if cell in present]
    of_colours: dict[str, list[str]] = {}
    for cell in cells:
        of_colours.setdefault(text_colour(cell_colour(cell)), []).append(CELLS[cell].label)
    names, colours = [" or ".join(labels) for labels in of_colours.values()], list(of_colours)
    if None in present:
        names, colours = [*names, "a model of its own"], [*colours, GREY]
    handles = [Line2D([], [], marker="o", linestyle="", color=colour) for colour in colours]
    figure.legend(
        handles,
        names,
        loc="outside lower left",
        ncols=len(names),
        labelcolor=colours,
        frameon=False,
        handletextpad=0.1,
    )


def summary_alt(results: Sequence[ReproductionResult]) -> str:
    """Description of the picture, from the same numbers."""
    signs, _ = early_signs(results)
    areas = [area_of([one for one in signs if one.lags == kind]) for kind in (FIXED, SPREAD)]
    parts = [
        f"{name}: {area.learned} of {area.runs} runs learned, {area_in_words(area)}"
        for name, area in zip(LAGS.values(), areas, strict=True)
    ]
    papers = counted(len({one.paper for one in signs}), "paper")
    return (
        f"{summary_title(*areas)}. Dots are runs of {papers}, by decades lost in the first steps, above if "
        f"they learned. {listed(parts)}."
    )


def summary_caption(results: Sequence[ReproductionResult]) -> Caption:
    """The words that are stored in the picture's file."""
    signs, left_out = early_signs(results)
    areas = [area_of([one for one in signs if one.lags == kind]) for kind in (FIXED, SPREAD)]
    papers = counted(len({one.paper for one in signs}), "paper")
    left = ", ".join(f"{count} ({reason})" for reason, count in left_out.items()) or "none"
    return Caption(
        claim=summary_title(*areas),
        reading="A dot is a run, above if it learned.",
        setting=f"{counted(len(signs), 'run')} of {papers}; left out: {left}",
        measured="; ".join(
            f"{name}: {area_in_words(area)}" for name, area in zip(LAGS.values(), areas, strict=True)
        ),
        source="",
        alt=summary_alt(results),
    )
