"""How often each unit of each gate is left- and right-saturated, as a scatter plot."""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform

from gradviz.plots.drawing.canvas import axes_or_new, figure_of
from gradviz.plots.drawing.gate_legend import gate_legend
from gradviz.plots.drawing.gate_order import gates_in_order
from gradviz.plots.drawing.palette import GREY, gate_colours, ink
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.recorded_step import one_step, step_name
from gradviz.plots.drawing.ticks import set_fraction_ticks
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable
from gradviz.vocabulary import GATE, UNIT, UNIT_LEFT, UNIT_RIGHT

_DOT = 0.42  # diameter of one unit, in font sizes
_LARGEST = 0.13  # diameter of the largest circle, as a fraction of the figure's height


class Place(NamedTuple):
    """Units that are saturated for the same fractions of time.

    Parameters
    ----------
    left, right : float
        In [0, 1].
    counts : tuple of int
        Number of units of each gate.
    """

    left: float
    right: float
    counts: tuple[int, ...]


@takes_any_selection(GATE, UNIT)
def plot_gate_saturation(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> Axes:
    """How often each unit's gate is right-saturated, against how often it is left-saturated.

    Units at the same point are drawn as one pie chart: its area shows their number, its slices the gates.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_left`` and ``unit_right``, dims (step, layer, direction, gate, unit), in [0, 1].
    ax : Axes, optional
    step : int, optional
        Recorded training step; by default the last.
    module : str, optional
        Required if the recording has several modules.
    layer : int, optional
        By default the last.
    direction : {"forward", "reverse"}, optional
        By default forward.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Axes
        The first of its collections has a circle or a slice for every gate at every point.

    Raises
    ------
    BadRecording, UnknownName
        If the gates were not recorded, or there is no such step, module, layer, direction or call.

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", section 4.2.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> ax = gv.plot_gate_saturation(tree)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['forget', 'input', 'candidate', 'output']
    """
    series = gates_in_order(one_step(data, step, module=module, layer=layer, direction=direction, call=call))
    left, right = (check_variable(series, name).transpose(GATE, UNIT) for name in (UNIT_LEFT, UNIT_RIGHT))
    gates = [str(gate) for gate in left[GATE].values]
    places = gather_places(left.values, right.values)
    ax = axes_or_new(ax)
    _draw_pies(ax, places, gate_colours(gates))
    _draw_border(ax)
    gate_legend(ax, gates)
    ax.set_xlabel(f"left: {plain_text(left.attrs.get('long_name', UNIT_LEFT))}{_meaning_of_area(places)}")
    ax.set_ylabel(f"right: {plain_text(right.attrs.get('long_name', UNIT_RIGHT))}")
    ax.set_title(step_name(left))
    return ax


def gather_places(left: np.ndarray, right: np.ndarray) -> list[Place]:
    """Every pair of fractions that occurs, with the number of units of each gate, largest number first.

    Parameters
    ----------
    left, right : ndarray, shape (gate, unit)
        In [0, 1]; a unit with a NaN is left out.

    Returns
    -------
    list of Place
    """
    gate, unit = np.nonzero(np.isfinite(left) & np.isfinite(right))
    pairs = np.stack([left[gate, unit], right[gate, unit]], axis=-1)
    distinct, index = np.unique(pairs, axis=0, return_inverse=True)
    counts = np.zeros((len(distinct), len(left)), dtype=np.int64)
    np.add.at(counts, (index.reshape(-1), gate), 1)
    order = np.argsort(-counts.sum(axis=1), kind="stable")
    return [Place(float(distinct[n, 0]), float(distinct[n, 1]), tuple(counts[n].tolist())) for n in order]


def _draw_pies(ax: Axes, places: list[Place], colours: list[str]) -> None:
    slices = [
        (place, path, colours[gate])
        for place in places
        for gate, path in enumerate(_slices(place.counts))
        if path is not None
    ]
    most = max((sum(place.counts) for place in places), default=1)
    area = _area_of_a_unit(ax, most)
    pies = PathCollection(
        [path for _, path, _ in slices],
        sizes=[area * sum(place.counts) for place, _, _ in slices],
        offsets=[(place.left, place.right) for place, _, _ in slices],
        offset_transform=ax.transData,
        transform=IdentityTransform(),
        facecolors=[colour for _, _, colour in slices],
        edgecolors=plt.rcParams["axes.facecolor"],
        linewidths=0.4 * plt.rcParams["lines.linewidth"] / 2,
        alpha=0.75,
        clip_on=False,
        zorder=3,
    )
    ax.add_collection(pies, autolim=False)


def _slices(counts: tuple[int, ...]) -> list[Path | None]:
    """Slices of a circle of diameter 1, clockwise from the top; None for a gate without units there."""
    half, total, turned = Affine2D().scale(0.5), sum(counts), 0.0
    paths: list[Path | None] = []
    for count in counts:
        angle = 360 * count / total
        whole = Path.unit_circle() if count == total else Path.wedge(90 - turned - angle, 90 - turned)
        paths.append(half.transform_path(whole) if count else None)
        turned += angle
    return paths


def _meaning_of_area(places: list[Place]) -> str:
    """A line for the axis label that explains the area, if any point has several units."""
    most = max((sum(place.counts) for place in places), default=0)
    return f"\n(area: number of units at a point, at most {most:,})" if most > 1 else ""


def _area_of_a_unit(ax: Axes, most: int) -> float:
    """Area of one unit in square points; a circle of `most` units stays within a fraction of the figure."""
    one = (_DOT * float(plt.rcParams["font.size"])) ** 2
    largest = (_LARGEST * 72 * figure_of(ax).get_figheight()) ** 2
    return min(one, largest / most)


def _draw_border(ax: Axes) -> None:
    """Draw the line on which the two fractions add up to 1, their largest sum."""
    ax.plot([0, 1], [1, 0], color=GREY, linestyle="--", linewidth=0.5 * plt.rcParams["lines.linewidth"])
    ax.annotate(
        "always saturated",
        (0.55, 0.45),
        xytext=(4, 2),
        textcoords="offset points",
        color=ink(),
        fontsize=plt.rcParams["xtick.labelsize"],
    )
    ax.set_xlim(-0.06, 1.04)  # room for half of the largest circle
    ax.set_ylim(-0.09, 1.04)
    set_fraction_ticks(ax.xaxis)
    set_fraction_ticks(ax.yaxis)
