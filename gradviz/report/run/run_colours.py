"""The line of every run on a light and on a dark page, and the colours of its heatmaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.colors import Colormap, to_hex

from gradviz.plots.drawing.named_lines import Dash
from gradviz.plots.drawing.palette import BELOW_SCALE, CELL_COLOURS, MARKS, Line, lines_of
from gradviz.plots.drawing.style import use_style
from gradviz.report.data.frames import MARK_OF_CODE, STEPS
from gradviz.vocabulary import OBSERVED

CODE_BELOW = 255
"""A finite value below the scale."""


class RunLine(NamedTuple):
    """How a run's curves look."""

    light: str
    dark: str
    dash: list[int]


def run_lines(names: Sequence[str]) -> list[RunLine]:
    """One line for each run.

    Parameters
    ----------
    names : sequence of str
        What `variant_name` calls each run; any other text gets a line of its own too.

    Returns
    -------
    list of RunLine
        Colours as ``#rrggbb`` with a contrast of at least 3 on their background, and a dash as bokeh has it.
    """
    known = [name if _has_a_line(name) else OBSERVED for name in names]
    with use_style():
        light = lines_of(known)
    with use_style(dark=True):
        dark = lines_of(known)
    return [
        RunLine(to_hex(on_light.colour), to_hex(on_dark.colour), _pixels(on_light.dash))
        for on_light, on_dark in zip(light, dark, strict=True)
    ]


def line_on_pages(line: Callable[[], Line]) -> RunLine:
    """A line on a light and on a dark page.

    Parameters
    ----------
    line : callable
        Returns the line on the background of the current style.

    Returns
    -------
    RunLine
    """
    with use_style():
        on_light = line()
    with use_style(dark=True):
        on_dark = line()
    return RunLine(to_hex(on_light.colour), to_hex(on_dark.colour), _pixels(on_light.dash))


def heatmap_colours(shown: Colormap) -> list[str]:
    """The colour of every code of a frame.

    Parameters
    ----------
    shown : Colormap
        ``palette.gradient_map()``, ``gate_map()`` or ``signed_map()``.

    Returns
    -------
    list of str, length 256
        Those of values 0 to 249, then of the marks, and last of what lies below the scale.
    """
    colours = [to_hex(shown(float(x))) for x in np.linspace(0, 1, STEPS + 1)]
    marks = [MARKS[MARK_OF_CODE[code]].colour for code in sorted(MARK_OF_CODE)]
    return [*colours, *marks, BELOW_SCALE]


def _has_a_line(name: str) -> bool:
    """Whether the palette knows a network of this name, or the cell of which it is a variant."""
    return any(name == cell or name.startswith(f"{cell}_") for cell in CELL_COLOURS)


def _pixels(dash: Dash) -> list[int]:
    """A dash of matplotlib, in line widths, as pixels."""
    return [] if isinstance(dash, str) else [max(1, round(3 * part)) for part in dash[1]]


def ramp(shown: Colormap) -> str:
    """The colours of a map from low to high, as the stops of a CSS gradient."""
    return ", ".join(to_hex(shown(float(x))) for x in np.linspace(0, 1, 17))
