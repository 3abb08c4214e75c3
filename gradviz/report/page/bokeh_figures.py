"""Figures for a page: bokeh models in the package's own look, drawn and coloured in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.model import Model
from bokeh.models import ColumnDataSource, LinearColorMapper, Range1d
from bokeh.models.glyphs import Image
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure as bokeh_figure

AXIS_SIZE, TICK_SIZE = "14px", "13px"


def new_figure(
    name: str,
    *,
    x: str,
    y: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    height: int = 280,
    log_y: bool = False,
) -> bokeh_figure:
    """An empty figure, as wide as its place on the page.

    Parameters
    ----------
    name : str
        Of the figure; its ranges are the models ``NAME-x`` and ``NAME-y``.
    x, y : str
        Names of the axes, with units.
    x_range, y_range : pair of float, optional
        Fixed ends, which a script may change; by default they follow the data.
    height : int
        In CSS pixels.
    log_y : bool
        Whether the vertical axis is logarithmic.

    Returns
    -------
    bokeh.plotting.figure
    """
    made = bokeh_figure(
        name=name,
        height=height,
        sizing_mode="stretch_width",
        tools="",
        toolbar_location=None,
        x_axis_label=x,
        y_axis_label=y,
        y_axis_type="log" if log_y else "linear",
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
    )
    if x_range is not None:
        made.x_range = Range1d(start=x_range[0], end=x_range[1], name=f"{name}-x")
    if y_range is not None:
        made.y_range = Range1d(start=y_range[0], end=y_range[1], name=f"{name}-y")
    for axis in made.axis:
        axis.axis_label_text_font_size = AXIS_SIZE
        axis.axis_label_text_font_style = "normal"
        axis.major_label_text_font_size = TICK_SIZE
        axis.minor_tick_line_color = None
    return made


def new_source(name: str, **columns: Sequence[Any]) -> ColumnDataSource:
    """A data source that scripts find by its name.

    Parameters
    ----------
    name : str
        Unique on the page.
    **columns
        Of equal length.
    """
    return ColumnDataSource({key: list(values) for key, values in columns.items()}, name=name)


def coloured(model: Model, light: str, dark: str, *, of: str = "line", columns: bool = False) -> None:
    """Say the colours of a glyph on a light and on a dark page.

    Parameters
    ----------
    model : bokeh.model.Model
        A renderer of a glyph, or an annotation.
    light, dark : str
        Colours, or ``ink``, ``paper``, ``soft``, ``grid``, or with `columns` names of columns.
    of : {"line", "fill", "text", "both", "behind"}
        What is coloured; "behind" is what lies behind a text. A model may have several.
    columns : bool
        Whether the colours stand in columns of the data source.
    """
    model.tags = [*model.tags, {"light": light, "dark": dark, "of": of, "columns": columns}]


def add_heatmap(figure: bokeh_figure, name: str, palette: Sequence[str]) -> GlyphRenderer[Any]:
    """An empty heatmap; ``gradviz.updateHeatmap(NAME, ...)`` fills it.

    Parameters
    ----------
    figure : bokeh.plotting.figure
    name : str
        Of its data source; the colour mapper is ``NAME-colours``.
    palette : sequence of str
        256 colours: 250 of the scale, then one for each mark.
    """
    if len(palette) != 256:
        raise ValueError(f"a palette of {len(palette)} colours; there must be one for each code, 256")
    columns: Mapping[str, Any] = {
        "image": [np.full((1, 1), 255, np.uint8)],
        "x": [0.0],
        "y": [0.0],
        "dw": [1.0],
        "dh": [1.0],
    }
    mapper = LinearColorMapper(palette=list(palette), low=0, high=255, name=f"{name}-colours")
    figure.grid.grid_line_color = None
    picture = Image(image="image", x="x", y="y", dw="dw", dh="dh", color_mapper=mapper)
    return figure.add_glyph(ColumnDataSource(dict(columns), name=name), picture)
