"""Cells side by side: how far the gradient reaches during training, and below it the loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.errors import BadRecording
from gradviz.plots.drawing.baseline import TRIVIAL, draw_baseline, name_baseline
from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.fit_text import fit_text, font_size
from gradviz.plots.drawing.gradient_grid import GradientGrid, gradient_grid
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar, draw_mesh, mark_informative
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.marks import count_marks, mark_handles
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import Line, lines_of, text_colour
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.running_median import running_median
from gradviz.plots.drawing.takes_many_runs import takes_many_runs
from gradviz.plots.drawing.ticks import set_end_ticks, set_log_ticks
from gradviz.plots.drawing.variant_name import variant_of
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import CELL, LOG10_GRAD_H, LOSS, STEP, TIME

LEARNED_BELOW = 0.8
"""A run has left the trivial predictor, and begins to learn, once the running median of its loss is below
this fraction of the baseline."""


class _Panel(NamedTuple):
    """What one column of the figure shows."""

    label: str
    look: Line
    grid: GradientGrid
    curve: xr.DataArray


@takes_many_runs(LOG10_GRAD_H, LOSS)
@takes_any_selection(STEP, TIME)
def figure_comparison(
    recordings: Mapping[str, xr.Dataset | xr.DataTree] | xr.Dataset,
    *,
    title: str,
    informative: Iterable[int] = (),
    baseline: float | None = None,
    baseline_meaning: str = TRIVIAL,
    module: str | None = None,
    layer: int | None = None,
) -> Figure:
    """Compare recordings: gradient over training step and time above, loss below, on shared scales.

    Parameters
    ----------
    recordings : mapping of label to Dataset or DataTree, or Dataset of many runs
        Each has ``log10_grad_h``, dims (step, layer, direction, time, sample), in decades, and a loss. The
        sequences of all calls in a step count together; ``data.sel(call=0)`` chooses one call. A Dataset of
        many runs is what `load_runs` returns with ``variables=("log10_grad_h", "loss")``.
    title : str
        The claim that the figure shows.
    informative : iterable of int
        Time steps on which the target depends; marked in every panel, named in the first.
    baseline : float, optional
        Loss of the trivial predictor; the panel of a run whose loss never fell clearly below
        it says "has not learned".
    baseline_meaning : str
        What that predictor does, for example "always predict 1".
    module : str, optional
        Required if the recordings have several modules.
    layer : int, optional
        By default the last.

    Returns
    -------
    Figure
        Its axes are the heatmaps, then the learning curves, then the colour bar. Figure size and fonts are
        those of the current matplotlib style.

    Raises
    ------
    ValueError
        If there is no recording.
    TypeError
        If they are not a mapping of recordings.
    BadRecording, UnknownName
        If a recording lacks the gradient, the loss, the module, the layer or the name of its cell.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> x, recordings = torch.randn(3, 20, 2), {}
    >>> for label, cell in {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU}.items():
    ...     model = cell(2, 4, batch_first=True)
    ...     with gv.record(model) as tape:
    ...         loss = model(x)[0].square().mean()
    ...         loss.backward()
    ...         tape.step(loss)
    ...     recordings[label] = tape.tree
    >>> figure = gv.figure_comparison(recordings, title="The gradient at 20 time steps")
    >>> [ax.get_title() for ax in figure.axes[:2]]
    ['LSTM', 'GRU']
    """
    panels = _panels(_by_label(recordings), module=module, layer=layer)
    figure = plt.figure(layout="constrained")
    axes = figure.subplots(2, len(panels), height_ratios=[3, 1], squeeze=False, sharex=False)
    _draw_heatmaps(axes[0], panels, list(informative))
    _draw_curves(axes[1], panels, baseline, baseline_meaning)
    for heat, below, panel in zip(axes[0], axes[1], panels, strict=True):
        _match_steps(heat, below, panel, count=2 if len(panels) < 4 else 0)
        below.set_xlabel(plain_text(panel.grid.steps_label))
    counts = count_marks(panel.grid.marks for panel in panels)
    if counts:
        columns = (
            len(counts)
            if figure.get_figwidth() * 72 > 16.5 * len(counts) * font_size("legend.fontsize")
            else 2
        )
        figure.legend(handles=list(mark_handles(counts)), loc="outside lower left", ncols=columns)
    write_headline(figure, title)
    return figure


def _by_label(
    recordings: Mapping[str, xr.Dataset | xr.DataTree] | xr.Dataset,
) -> Mapping[str, xr.Dataset | xr.DataTree]:
    if not isinstance(recordings, Mapping) or isinstance(recordings, xr.Dataset | xr.DataTree):
        raise TypeError(
            f"recordings to compare are a mapping of label to recording; got {type(recordings).__name__}"
        )
    return recordings


def _panels(
    recordings: Mapping[str, xr.Dataset | xr.DataTree], *, module: str | None, layer: int | None
) -> list[_Panel]:
    if not recordings:
        raise ValueError("no recording to compare; give a mapping of label to recording")
    chosen = {label: select_module(data, module=module) for label, data in recordings.items()}
    for label, dataset in chosen.items():
        _check_cell(label, dataset)
    looks = lines_of([variant_of(data, module) for data in recordings.values()])
    return [
        _Panel(
            label,
            look,
            gradient_grid(select_series(dataset, layer=layer)),
            complete_curve(recordings[label], LOSS, module=module),
        )
        for (label, dataset), look in zip(chosen.items(), looks, strict=True)
    ]


def _check_cell(label: str, dataset: xr.Dataset) -> None:
    if CELL not in dataset.attrs:
        raise BadRecording(
            f"recording {label!r} does not name its cell; set its attrs[{CELL!r}], for example to 'lstm'"
        )


def _same_times(panels: Sequence[_Panel]) -> bool:
    return all(np.array_equal(panel.grid.times, panels[0].grid.times) for panel in panels)


def _draw_heatmaps(axes: Sequence[Axes], panels: Sequence[_Panel], informative: Sequence[int]) -> None:
    drawn = [panel.grid.on_scale for panel in panels]
    norm = decade_norm(drawn)
    for position, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
        mesh = draw_mesh(ax, panel.grid, norm, until=_last(panel))
        label = plain_text(_fit(ax, panel.label, font_size("axes.titlesize")))
        ax.set_title(label, color=text_colour(panel.look.colour))
        mark_informative(ax, informative, name=position == 0)
        ax.tick_params(
            labelbottom=len(panel.grid.steps) == 1, labelleft=position == 0 or not _same_times(panels)
        )
    axes[0].set_ylabel(plain_text(panels[0].grid.times_label))
    draw_colour_bar(mesh, list(axes), drawn, panels[0].grid.label)


def _draw_curves(
    axes: Sequence[Axes], panels: Sequence[_Panel], baseline: float | None, meaning: str
) -> None:
    for ax, panel in zip(axes, panels, strict=True):
        draw_curve(ax, panel.curve, panel.look)
        ax.tick_params(labelleft=ax is axes[0])
    _share_losses(axes, baseline)
    axes[0].set_ylabel(plain_text(panels[0].curve.attrs.get("long_name", LOSS)))
    if baseline is None:
        return
    for ax, panel in zip(axes, panels, strict=True):
        draw_baseline(ax, baseline)
        if _never_learned(panel.curve, baseline):
            _write_never_learned(ax, panel.look, baseline)
    name_baseline(axes[0], baseline, meaning, outside=False)


def _share_losses(axes: Sequence[Axes], baseline: float | None) -> None:
    """Give all losses one scale, log if every loss is positive, with room around the baseline."""
    logarithmic = all(ax.get_yscale() == "log" for ax in axes)
    ends = [end for ax in axes for end in ax.dataLim.intervaly if np.isfinite(end)]
    low, high = (min(ends), max(ends)) if ends else (0.1, 1.0)
    if baseline is not None and logarithmic and baseline > 0:
        low, high = min(low, baseline / 10), max(high, 4 * baseline)
    for ax in axes:
        ax.set_yscale("log" if logarithmic else "linear")
        if logarithmic:
            ax.set_ylim(low / 1.3, high * 1.3)
            set_log_ticks(ax, most=3)
        else:
            margin = 0.05 * max(high - low, 1e-12 * max(1.0, abs(low), abs(high)))
            ax.set_ylim(low - margin, high + margin)


def _match_steps(heat: Axes, below: Axes, panel: _Panel, *, count: int) -> None:
    """Give a heatmap and its curve the same training-step axis, unless only one step was recorded."""
    first, last = panel.curve[panel.curve.dims[0]].values[[0, -1]]
    if len(panel.grid.steps) > 1:
        left, right = heat.get_xlim()
        right = max(right, last)
        set_end_ticks(heat.xaxis, first, last, count=count)
        heat.set_xlim(left, right)
        below.set_xlim(left, right)
    left, right = below.get_xlim()
    set_end_ticks(below.xaxis, first, last, count=count)
    below.set_xlim(left, right)


def _last(panel: _Panel) -> float:
    return float(panel.curve[panel.curve.dims[0]].values[-1])


def _fit(ax: Axes, text: str, size: float) -> str:
    """Bold text broken to fit its panel; all panels together take about 0.78 of the figure's width."""
    specification = ax.get_subplotspec()
    panels = specification.get_gridspec().ncols if specification else 1
    return fit_text(
        text, width=0.76 * figure_of(ax).get_figwidth() * 72 / panels - size, size=size, bold=True
    )


def _never_learned(curve: xr.DataArray, baseline: float) -> bool:
    middle = running_median(np.asarray(curve.values, dtype=np.float64))
    return bool(not np.any(middle < LEARNED_BELOW * baseline))


def _write_never_learned(ax: Axes, look: Line, baseline: float) -> None:
    height = ax.transAxes.inverted().transform(ax.transData.transform((0, baseline)))[1]
    text = ax.text(
        0.5,
        height / 2 if height > 0.5 else (1 + height) / 2,
        _fit(ax, "has not learned", font_size("xtick.labelsize")),
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=plt.rcParams["xtick.labelsize"],
        fontweight="bold",
        color=text_colour(look.colour),
    )
    outline(text)
