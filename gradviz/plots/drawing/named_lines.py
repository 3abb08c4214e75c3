"""The line of every network that has a name of its own: a cell, or a cell with an initialisation.

A name is what `variant_name` makes of a recording: ``lstm_bias_1`` is an LSTM whose forget bias starts at 1.
Every figure draws it with this line, whatever else the figure shows. Each colour has a contrast of at least 3
with its background; names of one cell share a hue and differ in lightness and dash.
"""

from __future__ import annotations

from typing import NamedTuple

Dash = str | tuple[int, tuple[float, ...]]

SOLID = "-"
LONG: Dash = (0, (5, 1.5))
SHORT: Dash = (0, (2, 1.2))
DASH_DOT: Dash = (0, (6, 1.5, 1.5, 1.5))


class NamedLine(NamedTuple):
    """Colours on a light and on a dark background, and the dash."""

    on_light: str
    on_dark: str
    dash: Dash


NAMED_LINES = {
    "rnn": NamedLine("#ae3e2d", "#ae3e2d", SOLID),
    "rnn_orthogonal": NamedLine("#ee654e", "#fd9d88", SHORT),
    "rnn_identity": NamedLine("#cf4a36", "#ee654e", DASH_DOT),
    "rnn_relu": NamedLine("#890707", "#fd826a", LONG),
    "rnn_relu_orthogonal": NamedLine("#650a03", "#fdccc1", SHORT),
    "rnn_relu_identity": NamedLine("#650a03", "#fdccc1", DASH_DOT),
    "lstm": NamedLine("#41658f", "#41658f", SOLID),
    "lstm_bias_1": NamedLine("#6a93c7", "#91b9ef", LONG),
    "lstm_bias_2": NamedLine("#034572", "#c0d9ff", SHORT),
    "lstm_bias_3": NamedLine("#003256", "#a1c9ff", LONG),
    "lstm_chrono": NamedLine("#4f7aab", "#6a93c7", DASH_DOT),
    "lstm_orthogonal": NamedLine("#658ec1", "#80a8dd", SHORT),
    "lstm_unit_gate": NamedLine("#034572", "#c0d9ff", DASH_DOT),
    "gru": NamedLine("#5da165", "#5da165", SOLID),
    "gru_bias_1": NamedLine("#358744", "#77c880", LONG),
    "gru_bias_2": NamedLine("#044d1b", "#98eaa0", SHORT),
    "gru_bias_3": NamedLine("#003911", "#98eaa0", LONG),
    "gru_chrono": NamedLine("#358744", "#87d990", DASH_DOT),
    "gru_orthogonal": NamedLine("#016324", "#66b771", SHORT),
    "gru_unit_gate": NamedLine("#044d1b", "#98eaa0", DASH_DOT),
}
