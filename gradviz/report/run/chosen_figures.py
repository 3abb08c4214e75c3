"""Panels of one run at a time, the chosen one: their figures, their choices and their colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from gradviz.plots.drawing.palette import gate_map, gradient_map, signed_map
from gradviz.report.data.compare import PageData
from gradviz.report.data.missing import Missing
from gradviz.report.data.panels import Gates
from gradviz.report.data.run_data import RunData
from gradviz.report.run.gate_figures import GATE, SIGNED, activation_palettes, gate_figure
from gradviz.report.run.run_colours import RunLine, ramp

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
    return {"gates": gate_figure("gates")}


def choices_of(runs: Sequence[RunData]) -> dict[str, list[tuple[str, str]]]:
    """Everything that any run offers, for the panels' selects: pairs of value and words.

    Parameters
    ----------
    runs : sequence of RunData

    Returns
    -------
    dict of str to list of pairs
        Key ``gate_choices``. The page takes away what the chosen run does not have.
    """
    return {"gate_choices": [(name, name) for name in _gates_of(runs)]}


def panel_colours(runs: Sequence[RunData]) -> dict[str, Any]:
    """Colours that scripts need.

    Parameters
    ----------
    runs : sequence of RunData

    Returns
    -------
    dict
        ``palettes``: of "gate" and "signed" the colour of each code of a frame; ``ramps``: of these and of
        "gradient" the stops of a CSS gradient.
    """
    maps = {GATE: gate_map(), SIGNED: signed_map(), "gradient": gradient_map()}
    return {
        "palettes": activation_palettes(),
        "ramps": {name: ramp(shown) for name, shown in maps.items()},
    }


def _gates_of(runs: Sequence[RunData]) -> list[str]:
    """Names of all gates, without repetition."""
    return _distinct(
        name for run in runs for place in run.places if isinstance(place.gates, Gates) for name in place.gates.gates
    )


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
