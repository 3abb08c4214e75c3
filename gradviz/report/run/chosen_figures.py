"""Panels of one run at a time, the chosen one: their figures, their choices and their colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from gradviz.plots.drawing.palette import gate_colours, gate_map, gradient_map, path_line, signed_map
from gradviz.plots.drawing.style import use_style
from gradviz.report.data.compare import PageData
from gradviz.report.data.panels import Gates, Paths, Saturation, TimeConstants
from gradviz.report.data.run_data import RunData
from gradviz.report.data.scales import TIME_CONSTANT
from gradviz.report.run.gate_figures import GATE, GRADIENT, SIGNED, gate_figure, palettes
from gradviz.report.run.path_figures import path_figure
from gradviz.report.run.run_colours import RunLine, line_on_pages, ramp
from gradviz.report.run.unit_figures import saturation_figure, time_constant_figure
from gradviz.vocabulary import LAG, TIME

if TYPE_CHECKING:
    from bokeh.model import Model


def chosen_figures(data: PageData, lines: Sequence[RunLine]) -> dict[str, Model]:
    """The figures, by name.

    Parameters
    ----------
    data : PageData
    lines : sequence of RunLine
        One for each run.

    Returns
    -------
    dict of str to bokeh.model.Model
    """
    runs = data.runs
    return {
        "gates": gate_figure("gates"),
        "paths": path_figure("paths", _path_lines(runs), times=data.scales[TIME]),
        "saturation": saturation_figure("saturation"),
        "time_constants": time_constant_figure(
            "time_constants",
            constants=data.scales[TIME_CONSTANT],
            most_units=_most_units(runs),
            lag=_longest_lag(runs),
        ),
    }


def choices_of(runs: Sequence[RunData]) -> dict[str, list[tuple[str, str]]]:
    """Everything that any run offers, for the panels' selects: pairs of value and words.

    Parameters
    ----------
    runs : sequence of RunData

    Returns
    -------
    dict of str to list of pairs
        Keys ``gate_choices``, and ``colour_choices`` of the text. The page takes away what the chosen
        run does not have.
    """
    gates = _gates_of(runs)
    return {
        "gate_choices": [(name, name) for name in gates],
        "colour_choices": [("gradient", "gradient"), ("state", "hidden state of a unit")]
        + [(f"gate-{name}", f"{name} gate of a unit") for name in gates],
    }


def panel_colours(runs: Sequence[RunData], lines: Sequence[RunLine]) -> dict[str, Any]:
    """Colours that scripts need.

    Parameters
    ----------
    runs : sequence of RunData
    lines : sequence of RunLine
        One for each run.

    Returns
    -------
    dict
        ``palettes``: of "gate", "signed" and "gradient" the colour of each code of a frame; ``ramps``: of
        these the stops of a CSS gradient; ``gate_colours``: of each gate, ``path_colours``: of each path
        of the gradient, ``run_colours``: of each run, objects with the keys ``light`` and ``dark``.
    """
    maps = {GATE: gate_map(), SIGNED: signed_map(), GRADIENT: gradient_map()}
    return {
        "palettes": palettes(),
        "ramps": {name: ramp(shown) for name, shown in maps.items()},
        "gate_colours": _gate_colours(_gates_of(runs)),
        "path_colours": {
            path: {"light": line.light, "dark": line.dark} for path, line in _path_lines(runs).items()
        },
        "run_colours": [{"light": line.light, "dark": line.dark} for line in lines],
    }


def _gates_of(runs: Sequence[RunData]) -> list[str]:
    """Names of all gates, without repetition."""
    panels = [panel for run in runs for place in run.places for panel in (place.gates, place.saturation)]
    return _distinct(
        name for panel in panels if isinstance(panel, Gates | Saturation) for name in panel.gates
    )


def _gate_colours(gates: Sequence[str]) -> dict[str, dict[str, str]]:
    with use_style():
        light = gate_colours(gates)
    with use_style(dark=True):
        dark = gate_colours(gates)
    return {
        gate: {"light": on_light, "dark": on_dark}
        for gate, on_light, on_dark in zip(gates, light, dark, strict=True)
    }


def _path_lines(runs: Sequence[RunData]) -> dict[str, RunLine]:
    """The line of every path of the gradient that any run has."""
    panels = [place.paths for run in runs for place in run.places]
    paths = _distinct(name for panel in panels if isinstance(panel, Paths) for name in panel.paths)
    return {path: line_on_pages(partial(path_line, path)) for path in paths}


def _most_units(runs: Sequence[RunData]) -> int:
    panels = [place.time_constants for run in runs for place in run.places]
    return max((len(panel.units.values) for panel in panels if isinstance(panel, TimeConstants)), default=1)


def _longest_lag(runs: Sequence[RunData]) -> float | None:
    lags = [run.attributes.get(LAG) for run in runs]
    return max((float(lag) for lag in lags if isinstance(lag, int | float)), default=None)


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
