"""The page of one or several runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gradviz.diagnosis.finding import SEVERITIES
from gradviz.diagnosis.plural import counted
from gradviz.plots.drawing.palette import gradient_map
from gradviz.report.data.compare import PageData
from gradviz.report.data.findings import PANELS, FindingData
from gradviz.report.data.missing import Missing
from gradviz.report.data.panels import Gradient
from gradviz.report.data.panels_of_run import Curve
from gradviz.report.data.run_data import RunData
from gradviz.report.data.scales import Scale
from gradviz.report.page.html_page import Page
from gradviz.report.page.template import fill_template
from gradviz.report.run.chosen_figures import choices_of, chosen_figures, panel_colours
from gradviz.report.run.curve_figures import gradient_figure, learning_curve_figure
from gradviz.report.run.heatmap_figures import training_heatmap
from gradviz.report.run.place import Place, places_of
from gradviz.report.run.run_colours import RunLine, ramp, run_lines
from gradviz.vocabulary import ITERATION, LOG10_GRAD_H, LOSS, STEP, TIME, VARIABLES

if TYPE_CHECKING:
    from bokeh.model import Model

MOST_PLACES = 24
"""Up to so many modules, layers and directions have a figure of their own for the gradient norm.

Of more the chosen one has a figure, with faint lines for all the others in it.
"""
MOST_FINDINGS = 12
"""Of more findings of a run the rest, which is milder, is folded."""

_SCRIPTS = (
    "run/decode.js",
    "run/frame_digits.js",
    "run/label_cells.js",
    "run/marks.js",
    "run/hover.js",
    "run/state.js",
    "run/gradient_panel.js",
    "run/heatmap_panel.js",
    "run/curve_panel.js",
    "run/chosen_panel.js",
    "run/gate_panel.js",
    "run/saturation_panel.js",
    "run/path_panel.js",
    "run/time_constant_panel.js",
    "run/text_panel.js",
    "run/findings.js",
)
_UNIT = Scale(0.0, 1.0)


def run_page(data: PageData, *, live: bool = False) -> Page:
    """A page with everything that its runs have recorded.

    Parameters
    ----------
    data : PageData
        As `page_data` returns it.
    live : bool
        Whether the page asks its server for what is new.

    Returns
    -------
    Page
    """
    places = places_of(data.runs)
    lines = run_lines([run.variant or run.name for run in data.runs])
    shown = places if len(places) <= MOST_PLACES else ()
    return Page(
        title=_title(data.runs),
        body=fill_template(
            "run/run.html",
            title=_title(data.runs),
            runs=list(zip(data.runs, lines, strict=True)),
            places=places,
            shown=shown,
            has_one_for_all=len(places) > MOST_PLACES,
            findings=[_folded(run.findings) for run in data.runs],
            quantities=_quantities(data.runs),
            panels=PANELS,
            ramps={"gradient": ramp(gradient_map())},
            **choices_of(data.runs),
            live=live,
        ),
        figures=_figures(data, lines, shown, has_one_for_all=len(places) > MOST_PLACES),
        scripts=_SCRIPTS,
        styles=["run/run.css"],
        data={
            **data.to_json(),
            **panel_colours(data.runs, lines),
            "places": [list(place) for place in places],
            "live": live,
        },
        live=live,
    )


def _folded(found: Sequence[FindingData] | Missing) -> list[tuple[int, Sequence[FindingData], str]]:
    """Parts of the findings: the number of their first, and what is said of a part before it is unfolded."""
    if isinstance(found, Missing) or not found:
        return []
    first, rest = found[:MOST_FINDINGS], found[MOST_FINDINGS:]
    if not rest:
        return [(1, first, "")]
    counts = [(severity, sum(each.severity == severity for each in rest)) for severity in SEVERITIES]
    words = ", ".join(counted(count, severity) for severity, count in counts if count)
    return [(1, first, ""), (MOST_FINDINGS + 1, rest, f"{len(rest)} more: {words}")]


def _figures(
    data: PageData, lines: Sequence[RunLine], shown: Sequence[Place], *, has_one_for_all: bool
) -> dict[str, Model]:
    scales = data.scales
    steps, times = scales.get(STEP, _UNIT), scales.get(TIME, _UNIT)
    figures: dict[str, Any] = {}
    for number in range(1 if has_one_for_all else len(shown)):
        name = f"gradient-{number}"
        decades = scales.get(LOG10_GRAD_H, _UNIT)
        figures[name] = gradient_figure(
            name, lines, times=times, decades=decades, with_others=has_one_for_all
        )
    for number in range(len(data.runs)):
        name = f"heatmap-{number}"
        figures[name] = training_heatmap(name, steps=steps, times=times)
    figures["learning_curve"] = learning_curve_figure(
        "learning_curve",
        lines,
        metric=_metric(data.runs),
        steps=scales.get(ITERATION, _UNIT),
        values=scales.get(f"curve/{LOSS}", _UNIT),
    )
    return {**figures, **chosen_figures(data, lines)}


def _quantities(runs: Sequence[RunData]) -> list[tuple[str, str]]:
    """Variables of gradients that any run has, with their words; if none has any, the total gradient."""
    found = {
        variable: panel.long_name
        for run in runs
        for place in run.places
        for variable, panel in place.gradients.items()
        if isinstance(panel, Gradient)
    }
    return list(found.items()) or [(LOG10_GRAD_H, VARIABLES[LOG10_GRAD_H].long_name)]


def _metric(runs: Sequence[RunData]) -> str:
    for run in runs:
        curve = run.curves.get(LOSS)
        if isinstance(curve, Curve):
            return curve.long_name
    return LOSS


def _title(runs: Sequence[RunData]) -> str:
    names = [run.name for run in runs]
    short = [name if len(name) <= 60 else f"{name[:57]}..." for name in names]
    if len(short) > 4:
        return f"{len(short)} runs: {', '.join(short[:3])} and {len(short) - 3} more"
    return ", ".join(short) if short else "No run"
