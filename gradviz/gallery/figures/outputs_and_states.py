"""What an LSTM returns: output, h_n and c_n as boxes, of all its layers and time steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import matplotlib.pyplot as plt
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from pydantic import Field
from torch import nn

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, INK_DARK, cell_colour, gate_colour, ink, text_colour
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.vocabulary import LAYER, SAMPLE, TIME, UNIT

CALL = "call"
OUTPUT, H_N, C_N, H, C = "output", "h_n", "c_n", "h", "c"
EQUAL, APART = 1e-6, 1e-3  # largest difference of equal states, and the smallest of different ones

_WIDTH, _HEIGHT = 0.9, 0.74  # of a box
_NEXT = 1.55  # from the column of h_n to that of c_n
_PITCH = 2.35  # from layer to layer
_SPREAD = 3.0  # of the inputs, so large that the states of different time steps differ at a glance
_words = figure_words("outputs_and_states")


@dataclass(frozen=True)
class Settings:
    """Sizes of the LSTM and of its input."""

    layers: Annotated[int, Field(ge=1, le=3)] = 2
    length: Annotated[int, Field(ge=3, le=12)] = 10
    sequences: Annotated[int, Field(ge=1)] = 3
    inputs: Annotated[int, Field(ge=1)] = 4
    units: Annotated[int, Field(ge=1)] = 8
    seed: Annotated[int, Field(ge=0)] = 0


def experiment(cache: Cache, settings: Settings) -> Data:
    """What one call of an ``nn.LSTM`` returns, and its states at every time step."""
    return cache.computed("outputs_and_states", _call, settings)


def _call(settings: Settings) -> Data:
    torch.manual_seed(settings.seed)
    lstm = nn.LSTM(settings.inputs, settings.units, num_layers=settings.layers, batch_first=True)
    inputs = _SPREAD * torch.randn(settings.sequences, settings.length, settings.inputs)
    with torch.no_grad():
        output, (h_n, c_n) = lstm(inputs)
        h, c = _states(lstm, inputs)
    of_layers = (LAYER, SAMPLE, UNIT)
    returned = xr.Dataset(
        {
            OUTPUT: ((SAMPLE, TIME, UNIT), output.numpy()),
            H_N: (of_layers, h_n.numpy()),
            C_N: (of_layers, c_n.numpy()),
            H: ((TIME, *of_layers), h.numpy()),
            C: ((TIME, *of_layers), c.numpy()),
        }
    )
    return {CALL: xr.DataTree(returned)}


def _states(lstm: nn.LSTM, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Hidden and cell states (time, layer, sample, unit), from one call for each time step."""
    state, states = None, []
    for x in inputs.split(1, dim=1):
        _, state = lstm(x, state)
        states.append(state)
    h, c = zip(*states, strict=True)
    return torch.stack(h), torch.stack(c)


def difference(data: Data) -> float:
    """Largest difference between the last column of ``output`` and the last layer of ``h_n``."""
    call = data[CALL]
    return float(abs(call[OUTPUT].isel({TIME: -1}) - call[H_N].isel({LAYER: -1})).max(skipna=False))


def nearest(data: Data) -> float:
    """Distance of the other returned states from the column of ``output`` that is most like one of them."""
    call = data[CALL].to_dataset()
    others = xr.concat([call[H_N].isel({LAYER: slice(-1)}), call[C_N]], LAYER)
    return float(abs(call[OUTPUT] - others).max(UNIT, skipna=False).min(skipna=False))


def shown_unit(data: Data) -> xr.Dataset:
    """The states in the first sequence of one unit: that whose last output is most unlike its others."""
    first = data[CALL].to_dataset().isel({SAMPLE: 0})
    output = first[OUTPUT]
    unlike = abs(output.isel({TIME: slice(-1)}) - output.isel({TIME: -1})).min(TIME)
    return first.isel({UNIT: int(unlike.values.argmax())})


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Which returned states are columns of ``output``."""
    apart, near = difference(data), nearest(data)
    one = settings.layers == 1
    is_last, is_elsewhere = apart <= EQUAL, near <= APART
    outcomes = {
        "last": is_last and near > APART and not one,
        "one_layer": is_last and near > APART and one,
        "elsewhere": is_last and is_elsewhere,
        "differs": apart > EQUAL and (near > APART or is_elsewhere),
    }
    return [decide(_words, "title", outcomes, difference=apart, nearest=near)]


def compose(data: Data, settings: Settings) -> Figure:
    """Two rows of boxes for each layer, and to the right what is returned beside ``output``."""
    figure, ax = plt.subplots(layout="constrained")
    returned_at = settings.length + 1.1
    shown = shown_unit(data)
    for layer in range(settings.layers):
        _draw_layer(ax, shown, layer, returned_at)
    top = _level(settings.layers - 1)
    (title,) = claims(data, settings)
    if title.outcome in ("last", "one_layer"):
        _write_relations(ax, settings, returned_at)
    _write_shapes(ax, data[CALL].to_dataset(), top, returned_at)
    ax.set_xlim(-1.75, returned_at + _NEXT + 1.0)
    ax.set_ylim(-1.55, top + 1.95)
    ax.spines[:].set_visible(False)
    ax.yaxis.set_visible(False)
    set_end_ticks(ax.xaxis, 0, settings.length - 1)
    for label in ax.get_xticklabels():
        label.set_horizontalalignment("center")
    ax.tick_params(length=0)
    ax.set_xlabel(_words("time"), loc="center")
    write_headline(figure, title.sentence)
    return figure


def _level(layer: int) -> float:
    return _PITCH * layer


def _draw_layer(ax: Axes, shown: xr.Dataset, layer: int, returned_at: float) -> None:
    """Draw the hidden states of a layer above its cell states, and what is returned of both."""
    is_last = layer == shown.sizes[LAYER] - 1
    for name, returned, y, x, colour in (
        (H, H_N, _level(layer), returned_at, gate_colour("hidden")),
        (C, C_N, _level(layer) - 1, returned_at + _NEXT, cell_colour("lstm")),
    ):
        values = shown[name].isel({LAYER: layer}).values
        last = len(values) - 1
        for time, value in enumerate(values):
            fill = 1.0 if time == last else 0.25 if is_last and name == H else 0.0
            _draw_box(ax, (time, y), float(value), colour, fill)
        ax.plot([last + _WIDTH / 2, x - _WIDTH / 2], [y, y], color=colour, zorder=0)
        _draw_box(ax, (x, y), float(shown[returned].isel({LAYER: layer})), colour, 1.0)
        ax.text(
            -0.65, y, f"${name}_t$", color=text_colour(colour), ha="right", va="center", fontweight="bold"
        )
    ax.text(-1.7, _level(layer) - 0.5, _words("layer", layer=layer), rotation=90, ha="left", va="center")
    if not is_last:
        ax.text(
            -0.45,
            _level(layer) + 0.45,
            _words("not_returned"),
            va="bottom",
            fontsize=font_size("xtick.labelsize"),
            color=ink(),
        )


def _write_relations(ax: Axes, settings: Settings, returned_at: float) -> None:
    """Write on the way from a last state to what is returned whether it is in ``output`` too."""
    last, red, blue = settings.length - 1, gate_colour("hidden"), cell_colour("lstm")
    looks: dict[str, Any] = {"ha": "center", "va": "bottom"}
    for layer in range(settings.layers):
        y = _level(layer)
        for x, height, colour in ((returned_at, y, red), (returned_at + _NEXT, y - 1, blue)):
            place, ink_of_state = (last + x) / 2, text_colour(colour)
            if layer == settings.layers - 1 and height == y:
                size = 2.2 * font_size("font.size")
                ax.text(place, y + 0.02, "=", color=ink_of_state, fontsize=size, fontweight="bold", **looks)
            else:
                size, words = 0.78 * font_size("xtick.labelsize"), _words("not_in_output")
                ax.text(place, height + 0.06, words, color=ink_of_state, fontsize=size, **looks)


def _draw_box(ax: Axes, place: tuple[float, float], value: float, colour: str, fill: float) -> None:
    """Draw a box with a number in it; ``fill`` is how strong its colour is."""
    box = FancyBboxPatch(
        (place[0] - _WIDTH / 2, place[1] - _HEIGHT / 2),
        _WIDTH,
        _HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.1",
        facecolor=(colour, fill),
        edgecolor=colour if fill else GREY,
        linewidth=0.6 * plt.rcParams["lines.linewidth"],
        linestyle="-" if fill else (0, (2, 1.5)),
    )
    ax.add_patch(box)
    ax.text(
        *place,
        _words("value", value=round(value, 2) + 0.0),
        color=INK_DARK if fill == 1 else ink(),
        ha="center",
        va="center_baseline",
        fontsize=0.78 * font_size("xtick.labelsize"),
    )


def _write_shapes(ax: Axes, call: xr.Dataset, top: float, returned_at: float) -> None:
    """Write the name and shape of every returned tensor above its boxes, with a bracket over output."""
    red, blue = text_colour(gate_colour("hidden")), text_colour(cell_colour("lstm"))
    y, end = top + 0.55, call.sizes[TIME] - 1 + _WIDTH / 2
    ax.plot([-_WIDTH / 2, -_WIDTH / 2, end, end], [y - 0.08, y, y, y - 0.08], color=red)
    middle = (call.sizes[TIME] - 1) / 2
    for name, x, level, colour in (
        (OUTPUT, middle, y + 0.12, red),
        (H_N, returned_at, y + 0.12, red),
        (C_N, returned_at + _NEXT, y + 0.12, blue),
    ):
        shape = ", ".join(map(str, call[name].shape))
        line = f"{name} ({shape}): {_words('output_dims')}" if name == OUTPUT else f"{name}\n({shape})"
        ax.text(x, level, line, color=colour, ha="center", va="bottom", fontweight="bold")
    size = font_size("xtick.labelsize")
    ax.annotate(
        _words("state_dims"),
        (returned_at + _NEXT / 2, y + 0.12),
        (0, 3.0 * font_size("font.size")),
        textcoords="offset points",
        ha="center",
        fontsize=size,
    )


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the distances between what is returned."""
    (title,) = claims(data, settings)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", **vars(settings)),
        measured=_words("caption.measured", **title.numbers),
        source=_words("caption.source"),
        alt=_words("caption.alt", layers=settings.layers, length=settings.length, claim=title.sentence),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    return Notes(
        *(_words(f"notes.{part}", layers=settings.layers, top=settings.layers - 1) for part in Notes._fields)
    )


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per box that is a time step's: the state of the unit that is shown."""
    shown = shown_unit(data)
    rows = [
        {"layer": layer, "state": name, "time": time, "value": float(shown[name][time, layer])}
        for layer in range(settings.layers)
        for name in (H, C)
        for time in range(settings.length)
    ]
    return pd.DataFrame(rows)
