"""The line of each cell in a lesson, which has no other network of that cell: lighter in the dark."""

from __future__ import annotations

from typing import NamedTuple

from gradviz.plots.drawing.named_lines import NAMED_LINES


class CellLine(NamedTuple):
    """Colours on a light and on a dark page, as `coloured` takes them."""

    light: str
    dark: str


RNN_LINE = CellLine(NAMED_LINES["rnn"].on_light, "#ee654e")
LSTM_LINE = CellLine(NAMED_LINES["lstm"].on_light, "#91b9ef")
