"""The cells of LSTM and GRU under each other, with what each has and the other lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field
from torch import nn

from gradviz.capture.record import record
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.plain_diagram import HALF_HEIGHT, RADIUS, gate, operation, prepare, wire
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import cell_colour, ink, text_colour
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import FORWARD_ONLY, GATE, GATES, STEP, TIME, H

LSTM, GRU = "lstm", "gru"
PARAMETERS, APART = "parameters", "apart"
EQUAL = 1e-5  # largest difference of states that are the same, by rounding

_LENGTH = 20
_WIDTH, _HEIGHT = 20.0, 5.2
_TOP, _MIDDLE, _GATES, _STUB = 4.6, 3.1, 1.65, 0.5  # levels of a board
_FORGET, _INPUT, _CANDIDATE, _OUTPUT, _BRANCH = 3.0, 6.2, 9.4, 12.6, 15.0
_HALF = 1.35  # half the width of a gate's box
_words = figure_words("lstm_beside_gru")


@dataclass(frozen=True)
class Settings:
    """Sizes of the cells."""

    inputs: Annotated[int, Field(ge=1)] = 128
    units: Annotated[int, Field(ge=1)] = 128
    seed: Annotated[int, Field(ge=0)] = 0


def experiment(cache: Cache, settings: Settings) -> Data:
    """Parameters of both cells, and whether one gate of the GRU does the work of two."""
    return cache.computed("lstm_beside_gru", _cells, settings)


def _cells(settings: Settings) -> Data:
    torch.manual_seed(settings.seed)
    cells = {LSTM: nn.LSTM(settings.inputs, settings.units), GRU: nn.GRU(settings.inputs, settings.units)}
    found: dict[str, dict[str, float]] = {
        name: {PARAMETERS: sum(weight.numel() for weight in cell.parameters())}
        for name, cell in cells.items()
    }
    found[GRU][APART] = _apart(cells[GRU], torch.randn(_LENGTH, 1, settings.inputs))
    return {name: xr.DataTree(xr.Dataset(values)) for name, values in found.items()}


def _apart(gru: nn.Module, inputs: torch.Tensor) -> float:
    """Largest difference between the states of a GRU and ``z h⁻ + (1 - z) n``, with its recorded gates."""
    with torch.no_grad(), record(gru, detail=FORWARD_ONLY) as tape:
        gru(inputs)
    series = select_series(select_module(tape.tree)).isel({STEP: 0}).squeeze()
    h = series[H].transpose(TIME, ...).values.reshape(len(inputs), -1)
    z, n = (
        series[GATES].sel({GATE: name}).transpose(TIME, ...).values.reshape(h.shape)
        for name in ("update", "candidate")
    )
    before = np.concatenate([np.zeros_like(h[:1]), h[:-1]])
    return float(np.abs(h - (z * before + (1 - z) * n)).max())


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """How many parameters the GRU has for each of the LSTM's, and whether its gates are merged."""
    lstm, gru = (float(data[name][PARAMETERS]) for name in (LSTM, GRU))
    apart, ratio = float(data[GRU][APART]), gru / lstm
    merged = apart <= EQUAL
    outcomes = {
        "quarter_less": merged and abs(ratio - 0.75) < 0.005,
        "less": merged and ratio < 1 and abs(ratio - 0.75) >= 0.005,
        "not_less": merged and ratio >= 1,
        "not_merged": apart > EQUAL and not np.isnan(ratio),
    }
    return [decide(_words, "title", outcomes, ratio=ratio, lstm=lstm, gru=gru, apart=apart)]


def compose(data: Data, settings: Settings) -> Figure:
    """The LSTM above the GRU; gates that do the same stand under each other."""
    (title,) = claims(data, settings)
    figure, (above, below) = plt.subplots(2, 1, layout="constrained")
    for ax, name, draw in ((above, LSTM, _draw_lstm), (below, GRU, _draw_gru)):
        prepare(ax, width=_WIDTH, height=_HEIGHT)
        draw(ax)
        heading = _words(f"panel.{name}", parameters=int(title.numbers[name]))
        ax.set_title(heading, color=text_colour(cell_colour(name)))
        ax.text(_WIDTH, _MIDDLE, _words(f"lacks.{name}"), ha="right", va="center", color=ink())
    write_headline(figure, title.sentence)
    return figure


def _draw_lstm(ax: Axes) -> None:
    _draw_state_line(ax, _FORGET, "$c^-$", "$c$")
    for name, x in (("forget", _FORGET), ("input", _INPUT), ("candidate", _CANDIDATE), ("output", _OUTPUT)):
        wire(ax, [(x, _STUB), (x, _GATES - HALF_HEIGHT)])
        gate(ax, (x, _GATES), name, _words(f"gate.{name}"), half_width=_HALF)
    above = _GATES + HALF_HEIGHT
    wire(ax, [(_FORGET, above), (_FORGET, _TOP - RADIUS)])
    wire(ax, [(_INPUT, above), (_INPUT, _MIDDLE), (_CANDIDATE - RADIUS, _MIDDLE)])
    wire(ax, [(_OUTPUT + _HALF, _GATES), (_BRANCH - RADIUS, _GATES)])
    wire(ax, [(_BRANCH, _TOP), (_BRANCH, _GATES + RADIUS)])
    operation(ax, (_BRANCH, _MIDDLE), "tanh")
    wire(ax, [(_BRANCH + RADIUS, _GATES), (_WIDTH - 0.9, _GATES)])
    operation(ax, (_BRANCH, _GATES), "×")
    ax.text(_WIDTH - 0.45, _GATES, "$h$", ha="center", va="center")
    for x in (_FORGET, _INPUT, _CANDIDATE, _OUTPUT):
        _name_inputs(ax, x - 0.2)


def _draw_gru(ax: Axes) -> None:
    _draw_state_line(ax, _FORGET, "$h^-$", "$h$")
    above, update = _GATES + HALF_HEIGHT, (_FORGET + _INPUT) / 2
    half = (_INPUT - _FORGET) / 2 + _HALF  # as wide as forget and input gate together
    wire(ax, [(update, _STUB), (update, _GATES - HALF_HEIGHT)])
    gate(ax, (update, _GATES), "update", _words("gate.update"), half_width=half)
    wire(ax, [(_FORGET, above), (_FORGET, _TOP - RADIUS)])
    wire(ax, [(_INPUT, above), (_INPUT, _MIDDLE), (_CANDIDATE - RADIUS, _MIDDLE)])
    operation(ax, (_INPUT, _MIDDLE), "1 − z")
    gate(ax, (_CANDIDATE, _GATES), "candidate", _words("gate.candidate"), half_width=_HALF)
    gate(ax, (_OUTPUT, _GATES), "reset", _words("gate.reset"), half_width=_HALF)
    wire(ax, [(_CANDIDATE, _STUB), (_CANDIDATE, _GATES - HALF_HEIGHT)])
    wire(ax, [(_OUTPUT + 0.5, _STUB), (_OUTPUT + 0.5, _GATES - HALF_HEIGHT)])
    operation(ax, (_CANDIDATE, _STUB), "×")
    wire(
        ax,
        [(_OUTPUT - 0.5, _GATES - HALF_HEIGHT), (_OUTPUT - 0.5, _STUB), (_CANDIDATE + RADIUS, _STUB)],
    )
    wire(ax, [(_CANDIDATE - 1.55, _STUB), (_CANDIDATE - RADIUS, _STUB)])
    ax.text(_CANDIDATE - 2.1, _STUB, "$U h^-$", ha="center", va="center")
    beside = _CANDIDATE - 0.62
    wire(ax, [(beside, _STUB + 0.22), (beside, _GATES - HALF_HEIGHT)])
    ax.text(
        beside - 0.15, _STUB + 0.34, "$x$", ha="right", va="center", fontsize=plt.rcParams["xtick.labelsize"]
    )
    _name_inputs(ax, update - 0.2)
    _name_inputs(ax, _OUTPUT + 0.7, ha="left")


def _draw_state_line(ax: Axes, keeps_at: float, before: str, after: str) -> None:
    """Draw the state from left to right: times the gate that keeps it, plus what is let in."""
    wire(ax, [(0.9, _TOP), (keeps_at - RADIUS, _TOP)])
    wire(ax, [(keeps_at + RADIUS, _TOP), (_CANDIDATE - RADIUS, _TOP)])
    wire(ax, [(_CANDIDATE + RADIUS, _TOP), (_WIDTH - 0.9, _TOP)])
    operation(ax, (keeps_at, _TOP), "×")
    operation(ax, (_CANDIDATE, _TOP), "+")
    wire(ax, [(_CANDIDATE, _GATES + HALF_HEIGHT), (_CANDIDATE, _MIDDLE - RADIUS)])
    wire(ax, [(_CANDIDATE, _MIDDLE + RADIUS), (_CANDIDATE, _TOP - RADIUS)])
    operation(ax, (_CANDIDATE, _MIDDLE), "×")
    ax.text(0.45, _TOP, before, ha="center", va="center")
    ax.text(_WIDTH - 0.45, _TOP, after, ha="center", va="center")


def _name_inputs(ax: Axes, x: float, *, ha: str = "right") -> None:
    """Name what comes in, beside the tail of an arrow."""
    ax.text(x, _STUB + 0.1, "$x$, $h^-$", ha=ha, va="center", fontsize=plt.rcParams["xtick.labelsize"])


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the numbers of parameters."""
    (title,) = claims(data, settings)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", **vars(settings), steps=_LENGTH),
        measured=_words("caption.measured", **title.numbers),
        source=_words("caption.source"),
        alt=_words("caption.alt", **title.numbers),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    return Notes(*(_words(f"notes.{part}", **title.numbers) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per cell: its blocks of weights and its parameters."""
    blocks = {LSTM: 4, GRU: 3}
    rows = [
        {"cell": name, "blocks": count, "parameters": int(data[name][PARAMETERS])}
        for name, count in blocks.items()
    ]
    return pd.DataFrame(rows)
