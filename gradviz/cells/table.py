"""The cells by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gradviz.cells.gru import GRUReplay
from gradviz.cells.layout import Sequences, Weights
from gradviz.cells.lstm import LSTMReplay
from gradviz.cells.rnn import RNNReplay
from gradviz.cells.workspace import Workspace

REPLAY: dict[str, Callable[[Sequences, Weights, Workspace], RNNReplay | LSTMReplay | GRUReplay]] = {
    "rnn": RNNReplay,
    "rnn_relu": partial(RNNReplay, relu=True),
    "lstm": LSTMReplay,
    "gru": GRUReplay,
}
