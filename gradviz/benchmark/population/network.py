"""The models of the population: what people write around a recurrent layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from gradviz.benchmark.population.assignments import Assignment
from gradviz.benchmark.population.recurrent_parts import recurrent_part
from gradviz.benchmark.population.setup import Setup

_PLACES = {
    "plain": ("{cell}", "fc"),
    "nested": ("encoder.rnn", "head"),
    "dict": ("layers.recurrent", "layers.out"),
}
_DECODER = "decoder"
_EMBEDDING = "embedding"


class Network(nn.Module):
    """A recurrent part and a linear head, in the places and under the names of its style."""

    def __init__(self, setup: Setup, task: Assignment):
        super().__init__()
        self.setup = setup
        inputs = task.inputs
        if setup.embeds:
            self.add_module(_EMBEDDING, nn.Linear(task.inputs, inputs := 8))
        names = (name.format(cell=setup.cell.partition("_")[0]) for name in _PLACES[setup.style])
        self._recurrent, self._head = names
        self._put(self._recurrent, recurrent_part(setup, inputs))
        if setup.decodes:
            self.add_module(_DECODER, recurrent_part(setup, inputs))
        self._put(self._head, nn.Linear(setup.hidden * self._states_read(), task.outputs))

    def recurrent(self) -> nn.Module:
        """The layer, or the cells."""
        return self.get_submodule(self._recurrent)

    def forward(self, x: Any) -> Tensor:
        setup = self.setup
        if setup.window is not None:
            x = x[:, -setup.window :]
        if setup.embeds:
            embedding = self.get_submodule(_EMBEDDING)
            is_packed = isinstance(x, PackedSequence)
            x = x._replace(data=embedding(x.data)) if is_packed else embedding(x)
        output, states = run_recurrent(self.recurrent(), x, setup)
        if setup.decodes:
            bridge = _detached(states, setup) if setup.bridge_detached else states
            last = x[:, -2:] if setup.axes == "batch_first" else x[:, -2:].transpose(0, 1)
            output, states = self.get_submodule(_DECODER)(last, bridge)
        read = _read(output, states[0] if isinstance(states, tuple) else states, setup)
        answer = self.get_submodule(self._head)(read)
        if setup.squashed:
            return torch.sigmoid(answer) if answer.shape[-1] == 1 else torch.softmax(answer, dim=-1)
        return answer

    def _put(self, path: str, module: nn.Module) -> None:
        parent: nn.Module = self
        *folders, name = path.split(".")
        for folder in folders:
            if not hasattr(parent, folder):
                parent.add_module(folder, nn.ModuleDict() if self.setup.style == "dict" else nn.Module())
            parent = parent.get_submodule(folder)
        parent.add_module(name, module)

    def _states_read(self) -> int:
        both = ("last_step", "end_states", "every_step", "first_step", "first_two_states")
        return self.setup.directions if self.setup.reads in both else 1


def run_recurrent(part: nn.Module, x: Any, setup: Setup) -> tuple[Tensor, Any]:
    """Outputs and last states of the recurrent part, as the setup calls it."""
    if setup.way == "cells":
        return _loop(part, x, setup)
    if isinstance(x, PackedSequence):
        output, states = part(x)
        return pad_packed_sequence(output, batch_first=True)[0], states
    if setup.axes == "transpose":
        x = x.transpose(0, 1)
    elif setup.axes == "view":
        x = x.contiguous().view(x.shape[1], x.shape[0], x.shape[2])
    if setup.way == "fused" and setup.detach_every is None and setup.hands_on:
        return part(x)
    return _pieces(part, x, setup)


def _pieces(layer: nn.Module, x: Tensor, setup: Setup) -> tuple[Tensor, Any]:
    """The sequence in pieces: of one step each, or between two detached states."""
    time = 1 if setup.axes == "batch_first" else 0
    size = 1 if setup.way == "steps" else (setup.detach_every or -(-x.shape[time] // 3))
    state, outputs, begin = None, [], 0
    for piece in x.split(size, dim=time):
        if state is not None and setup.detach_every and begin % setup.detach_every == 0:
            state = _detached(state, setup)
        output, state = layer(piece, state if setup.hands_on else None)
        outputs.append(output)
        begin += piece.shape[time]
    return torch.cat(outputs, dim=time), state


def _loop(cells: Any, x: Tensor, setup: Setup) -> tuple[Tensor, Any]:
    """Cells in a loop over time, one above the other; outputs with the batch first."""
    states: list[Any] = [None] * len(cells)
    outputs = []
    for time in range(x.shape[1]):
        below = x[:, time]
        if time and setup.detach_every and time % setup.detach_every == 0:
            states = [_detached(state, setup) for state in states]
        for place, cell in enumerate(cells):
            state = states[place] if setup.hands_on else None
            state = cell(below) if state is None else cell(below, _dropped(state, setup))
            states[place] = state
            below = state[0] if isinstance(state, tuple) else state
        outputs.append(below)
    hidden = [state[0] if isinstance(state, tuple) else state for state in states]
    return torch.stack(outputs, dim=1), torch.stack(hidden)


def _dropped(state: Any, setup: Setup) -> Any:
    if not setup.state_dropout:
        return state
    if isinstance(state, tuple):
        return functional.dropout(state[0], setup.state_dropout), state[1]
    return functional.dropout(state, setup.state_dropout)


def _detached(state: Any, setup: Setup) -> Any:
    if isinstance(state, tuple):
        return tuple(_detached(part, setup) for part in state)
    return state.data if setup.by_data else state.detach()


def _read(output: Tensor, h_n: Tensor, setup: Setup) -> Tensor:
    """What the head gets; ``h_n`` has the shape (layer * direction, batch, hidden)."""
    if setup.reads == "end_states" and not setup.unpacked:
        return torch.cat(list(h_n[-setup.directions :]), dim=-1)
    if setup.reads == "first_layer":
        return h_n[0]
    if setup.reads == "last_state":
        return h_n[-1]
    if setup.reads == "first_two_states":
        return torch.cat(list(h_n[:2]), dim=-1)
    batch_first = setup.axes in ("batch_first", "swapped")
    if setup.reads == "every_step":
        return output if batch_first else output.transpose(0, 1)
    place = 0 if setup.reads == "first_step" else -1
    return output[:, place] if batch_first else output[place]
