"""The states of one layer and direction for an input: the point at which its steps are linearised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradviz.capture.fused_call import FusedCall, LayerCall, run_layers
from gradviz.capture.sequence_layout import PaddedLayout
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.cell_table import spec_of_module
from gradviz.cells.layout import Sequences, Weights
from gradviz.cells.linear_steps import LinearSteps
from gradviz.cells.workspace import Workspace
from gradviz.dynamics.module_checks import check_input, check_place, check_recurrent, initial_state
from gradviz.vocabulary import FORWARD, REVERSE

_MAX_ELEMENTS = 2**22  # in the Jacobians of one block of steps


@dataclass(frozen=True)
class Trajectory:
    """Run of one layer and direction.

    Attributes
    ----------
    spec : CellSpec
    sequences : Sequences
        Inputs and states in the order of processing.
    weights : Weights
    reverse : bool
        Whether the order of processing is from the last time step to the first.
    """

    spec: CellSpec
    sequences: Sequences
    weights: Weights
    reverse: bool

    @property
    def steps(self) -> int:
        return len(self.sequences.x)

    @property
    def samples(self) -> int:
        return self.sequences.x.shape[1]

    @property
    def parts(self) -> dict[str, int]:
        """Size of each part of the state: h, and c for an LSTM."""
        parts = {"h": self.sequences.h.shape[-1]}
        return parts if self.sequences.c0 is None else {**parts, "c": self.sequences.c0.shape[-1]}

    @property
    def size(self) -> int:
        """Size of the whole state."""
        return sum(self.parts.values())

    def real_time(self, values: Tensor) -> Tensor:
        """Values (time, ...) in the order of time, from the order of processing."""
        return values.flip(0) if self.reverse else values

    def linear_steps(
        self, *, dtype: torch.dtype | None = None, backward: bool = False
    ) -> Iterator[LinearSteps]:
        """Linearised steps, in blocks of bounded memory; a block is valid until the next one is requested.

        Parameters
        ----------
        dtype : torch.dtype, optional
            Precision of the arithmetic; by default that of the states, but at least float32.
        backward : bool
            Whether the blocks run from the last to the first.
        """
        x, h, c0 = self.sequences
        dtype = dtype or torch.promote_types(h.dtype, torch.float32)
        sequences = Sequences(x.to(dtype), h.to(dtype), None if c0 is None else c0.to(dtype))
        replay = self.spec.replay_layer(sequences, self.weights.to(dtype), Workspace(dtype, h.device))
        length = max(1, _MAX_ELEMENTS // (self.samples * self.size**2))
        starts = range(0, self.steps, length)
        for first in reversed(starts) if backward else starts:
            yield replay.linear_steps(first, min(first + length, self.steps))


def run_trajectory(
    module: nn.Module,
    x: Tensor,
    *,
    layer: int = 0,
    direction: str = FORWARD,
    h0: Tensor | None = None,
    c0: Tensor | None = None,
) -> Trajectory:
    """Run the module up to a layer, without dropout, and return the states of that layer.

    Parameters
    ----------
    module : nn.RNN, nn.LSTM or nn.GRU
    x : Tensor, shape (time, batch, input), or (batch, time, input) if the module is ``batch_first``
        Input of the module; or one sequence (time, input).
    layer : int
    direction : {"forward", "reverse"}
    h0, c0 : Tensor, optional
        Initial states as the module expects them, (layers * directions, batch, ...); zero by default.

    Returns
    -------
    Trajectory

    Raises
    ------
    CannotWatch
        If the module is not recurrent, or `x` is a PackedSequence.
    UnknownName
        If there is no such direction.
    ValueError
        If a shape, a dtype, the layer or the direction does not fit the module, or a state is not finite.
    """
    recurrent = check_recurrent(module)
    check_input(recurrent, x)
    check_place(recurrent, layer, direction)
    with torch.no_grad():
        call = _call(recurrent, x, layer, (h0, c0))
        ran: list[LayerCall] = []
        run_layers(call, lambda one, _: ran.append(one))
    return _trajectory(call.spec, ran[-1], reverse=direction == REVERSE)


def _call(
    module: nn.RNNBase, x: Tensor, layer: int, states: tuple[Tensor | None, Tensor | None]
) -> FusedCall:
    """Call of the layers up to that one, with time first."""
    batched = x if x.dim() == 3 else x.unsqueeze(0 if module.batch_first else 1)
    time_first = batched.transpose(0, 1) if module.batch_first else batched
    directions = 2 if module.bidirectional else 1
    rows = (layer + 1) * directions
    h0, c0 = (initial_state(module, name, given, x) for name, given in zip(("h0", "c0"), states, strict=True))
    by_direction = module.all_weights[:rows]
    return FusedCall(
        spec=spec_of_module(module),
        x=time_first,
        batch_sizes=None,
        h0=h0[:rows],
        c0=c0[:rows] if isinstance(module, nn.LSTM) else None,
        weights=[
            [w for weights in by_direction[row : row + directions] for w in weights]
            for row in range(0, rows, directions)
        ],
        has_biases=module.bias,
        dropout=0.0,
        train=False,
        bidirectional=module.bidirectional,
        batch_first=False,
    )


def _trajectory(spec: CellSpec, ran: LayerCall, *, reverse: bool) -> Trajectory:
    direction = int(reverse)
    steps, batch = ran.x.shape[:2]
    layout = PaddedLayout(steps, torch.arange(batch, device=ran.x.device), batch=batch, reverse=reverse)
    h0 = ran.h0[direction]
    out = ran.out.chunk(len(ran.weights), -1)[direction]
    h = torch.cat([h0.unsqueeze(0), layout.gather(out)])
    if not torch.isfinite(h).all():
        first = int((~torch.isfinite(h)).flatten(1).any(1).nonzero()[0])
        raise ValueError(
            f"the hidden state is not finite at step {first} of {steps} (0 is h0), so the step cannot be "
            "linearised; look for NaN or infinity in x, the initial states and the weights"
        )
    sequences = Sequences(layout.gather(ran.x), h, None if ran.c0 is None else ran.c0[direction])
    return Trajectory(spec, sequences, ran.weights[direction], reverse)
