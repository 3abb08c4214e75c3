"""The time of other ways beside the recorder's, as bars with their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import NullLocator

from gradviz.benchmark.measurement import Measurement
from gradviz.benchmark.other_ways import JACOBIAN_WAYS, WAYS, Way, difference_of_states
from gradviz.benchmark.others import Comparison
from gradviz.benchmark.page import of_native, of_ours
from gradviz.benchmark.row import number
from gradviz.benchmark.settings import LIMIT_LENGTH
from gradviz.cell_descriptions import CELLS
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, ink, text_colour

_OURS = "samples_all"  # the recording that gives the gradients of all sequences, as the other ways do
_BAR = 0.26
_ROOM = 2.2  # to the right of the longest bar, as a factor, for its number
_PANELS = (
    (WAYS, of_native, "Gradients: time of a training step, × the native step"),
    (JACOBIAN_WAYS, of_ours, "Norms of step Jacobians: time, × gv.step_jacobian_norms"),
)


def figure_others(measurements: Sequence[Measurement], comparisons: Sequence[Comparison] = ()) -> Figure:
    """Bars for each way and cell at `LIMIT_LENGTH` time steps: training steps above, step Jacobians below.

    Parameters
    ----------
    measurements : sequence of Measurement
    comparisons : sequence of Comparison
        Tell why a way was not measured.

    Returns
    -------
    Figure
        A bar begins at 1, which is the native step or gradviz, on a logarithmic axis.

    Raises
    ------
    ValueError
        If nothing is measured at that length.
    """
    found = {(m.case, m.cell): m for m in measurements if m.length == LIMIT_LENGTH}
    if not any(case in WAYS for case, _ in found):
        raise ValueError(f"no measurement at {LIMIT_LENGTH} time steps to draw: give at least one")
    cells = list(dict.fromkeys(cell for _, cell in found))
    width = plt.rcParams["figure.figsize"][0]
    figure, axes = plt.subplots(
        2,
        1,
        layout="constrained",
        figsize=(width, 0.78 * width),
        gridspec_kw={"height_ratios": [len(WAYS), len(JACOBIAN_WAYS) + 0.3]},
    )
    reasons = {(one.way, one.cell): one.reason for one in comparisons if one.reason}
    for ax, (ways, value, title) in zip(axes, _PANELS, strict=True):
        _draw(ax, ways, cells, {key: value(m) for key, m in found.items() if key[0] in ways}, reasons)
        ax.set_title(title)
    _name_cells(axes[0], cells)
    write_headline(figure, headline_of_others(measurements))
    return figure


def headline_of_others(measurements: Sequence[Measurement]) -> str:
    """How much longer the other ways to the gradients of all states take than the recording of all sequences.

    Parameters
    ----------
    measurements : sequence of Measurement

    Returns
    -------
    str
    """
    found = {(m.case, m.cell): m.ratio.median for m in measurements if m.length == LIMIT_LENGTH}
    names = [name for name, way in WAYS.items() if way.compare is difference_of_states]
    times = [
        ratio / found[_OURS, cell]
        for (case, cell), ratio in found.items()
        if case in names and (_OURS, cell) in found
    ]
    if not times:
        return "Other ways to the gradients of the states were not measured"
    low, high = min(times), max(times)
    if low > 1:
        return (
            f"Other ways to the gradients of all states take {number(low, low)} to {number(high, high)} "
            "times as long as a recording"
        )
    faster = sum(one <= 1 for one in times)
    cases = f"{faster} of {len(times)} cases"
    return f"In {cases} another way to the gradients of all states is as fast as a recording, or faster"


def _draw(
    ax: Axes,
    ways: Mapping[str, Way],
    cells: Sequence[str],
    values: Mapping[tuple[str, str], tuple[float, float]],
    reasons: Mapping[tuple[str, str], str],
) -> None:
    ax.set_xscale("log")
    small = plt.rcParams["ytick.labelsize"]
    for row, name in enumerate(ways):
        for place, cell in enumerate(cells):
            y = row + (place - (len(cells) - 1) / 2) * _BAR
            if (name, cell) not in values:
                text = reasons.get((name, cell), "not measured")
                ax.text(1, y, f" {text}", va="center", ha="left", color=GREY, fontsize=small, label=cell)
                continue
            ratio, _ = values[name, cell]
            ax.barh(y, ratio - 1, left=1, height=0.9 * _BAR, color=cell_colour(cell), label=cell)
            text = f" {number(ratio, ratio)}"
            ax.text(max(ratio, 1), y, text, va="center", ha="left", color=ink(), fontsize=small, label=cell)
    ratios = [ratio for ratio, _ in values.values()] or [1.0]
    ax.set_xlim(min(1.0, *ratios, 1.0) * 0.98, max(*ratios, 2.0) * _ROOM)
    ax.set_ylim(len(ways) - 0.5, -0.5)
    ax.set_yticks(range(len(ways)), labels=[_in_lines(way.title) for way in ways.values()])
    ax.tick_params(axis="y", length=0)
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if tick <= ax.get_xlim()[1]]
    ax.set_xticks(ticks, labels=[f"{tick}" for tick in ticks])
    ax.xaxis.set_minor_locator(NullLocator())


def _in_lines(title: str) -> str:
    """A title in two lines, after its comma or its longest module."""
    return title.replace(", ", ",\n").replace("autograd.functional", "autograd.\nfunctional")


def _name_cells(ax: Axes, cells: Sequence[str]) -> None:
    """Names of the cells in their colours, at the right above the first bars."""
    size = FontProperties(size=plt.rcParams["ytick.labelsize"]).get_size_in_points()
    for place, cell in enumerate(cells):
        ax.annotate(
            CELLS[cell].label,
            xy=(1, 1),
            xycoords="axes fraction",
            xytext=(0, -1.4 * size * (place + 0.3)),
            textcoords="offset points",
            ha="right",
            va="top",
            color=text_colour(cell_colour(cell)),
            weight="bold",
            fontsize=size,
        )
