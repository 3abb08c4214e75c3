"""The table of plots that can be drawn from one recording, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import xarray as xr
from matplotlib.axes import Axes

from gradviz.arguments import check_one_of
from gradviz.errors import GradvizError
from gradviz.plots.gate_heatmap import plot_gate_heatmap
from gradviz.plots.gate_histogram import plot_gate_histogram
from gradviz.plots.gate_saturation import plot_gate_saturation
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.plots.gradient_paths import plot_gradient_paths
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.plots.saturation_heatmap import plot_saturation_heatmap
from gradviz.plots.text import plot_text
from gradviz.plots.time_constants import plot_time_constants
from gradviz.plots.unit_saturation import plot_unit_saturation

PLOTS: dict[str, Callable[..., Axes]] = {
    "gradient_heatmap": plot_gradient_heatmap,
    "gradient_norms": plot_gradient_norms,
    "gradient_paths": plot_gradient_paths,
    "gate_heatmap": plot_gate_heatmap,
    "gate_histogram": plot_gate_histogram,
    "gate_saturation": plot_gate_saturation,
    "saturation_heatmap": plot_saturation_heatmap,
    "unit_saturation": plot_unit_saturation,
    "time_constants": plot_time_constants,
    "learning_curve": plot_learning_curve,
    "text": plot_text,
}


SEVERAL_RUNS = ("gradient_norms", "time_constants", "learning_curve")
"""Plots that also take a mapping of label to recording."""


class NoSuchOption(GradvizError, TypeError):
    """A plot does not have an option, or was not given one that it requires."""


def draw(
    kind: str,
    data: xr.Dataset | xr.DataTree | Mapping[str, xr.Dataset | xr.DataTree],
    options: Mapping[str, Any],
) -> Axes:
    """Draw a plot of a recording, chosen by its name.

    Parameters
    ----------
    kind : str
        A key of ``PLOTS``.
    data : Dataset or DataTree
        For the plots in ``SEVERAL_RUNS`` also a mapping of label to either.
    options : mapping
        Keyword arguments of the plot.

    Returns
    -------
    Axes

    Raises
    ------
    UnknownName
        If there is no such plot.
    NoSuchOption
        If the plot does not have one of the options, or an option that it requires is missing.
    """
    check_one_of("plot", kind, PLOTS)
    plot = PLOTS[kind]
    known = [name for name in inspect.signature(plot).parameters if name != "data"]
    for name in options:
        if name not in known:
            available = ", ".join(option for option in known if option != "ax")
            raise NoSuchOption(f"the plot {kind!r} has no option {name!r}; it has {available}")
    needed = [
        name
        for name, parameter in inspect.signature(plot).parameters.items()
        if parameter.default is parameter.empty and name != "data"
    ]
    for name in needed:
        if name not in options:
            raise NoSuchOption(f"the plot {kind!r} needs the option {name!r}")
    return plot(data, **options)
