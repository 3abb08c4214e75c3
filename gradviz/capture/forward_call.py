"""One call of a recurrent module without its gradient: native, with copies of what its gates depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.cell_call import attributes_of_cell
from gradviz.capture.fused_call import FusedCall, LayerCall, by_direction, run_layers
from gradviz.capture.in_place_of import run_natively
from gradviz.capture.kept_values import KeptWeights, kept
from gradviz.capture.module_call import attributes_of_layers
from gradviz.capture.piece import Piece, PieceLayer
from gradviz.capture.replay_error import computed_in
from gradviz.capture.sequence_layout import PackedLayout, PaddedLayout, SequenceLayout
from gradviz.cells.cell_spec import CellSpec


@dataclass(eq=False)
class ForwardCall:
    """A call as it ran.

    ``forward``, ``reverse``: its directions as pieces of a sequence; ``reverse`` is None for one direction.
    ``handed_on``: the last states that the model was given, without their graph, in the memory that it has.
    ``batch_sizes``: of a packed sequence.  ``attributes``: facts about the module.
    """

    spec: CellSpec
    forward: Piece
    reverse: Piece | None
    handed_on: tuple[Tensor, ...]
    batch_sizes: Tensor | None
    computed_in: str
    attributes: dict[str, Any]
    is_cell: bool

    def layout(self, rows: Tensor, direction: int) -> SequenceLayout:
        """How one direction processes the rows; ``rows``: (sample,), in the order of the function."""
        return _layout(self.forward.steps, self.forward.batch, self.batch_sizes, rows, direction)

    def restore_order(self, indices: Tensor) -> None:
        """Note that the module has put the batch back into its order: the sequence of each row."""
        sequence = torch.argsort(kept(indices))
        for piece in (self.forward, self.reverse):
            if piece is not None:
                piece.sequence = sequence


def run_forward_layer(
    call: FusedCall, name: str, weights: KeptWeights, number: int
) -> tuple[Any, ForwardCall]:
    """Run one call of a fused function natively, layer by layer; what it returned, and the call."""
    layers: list[list[PieceLayer]] = [[] for _ in range(call.directions)]

    def keep(ran: LayerCall, outputs: tuple[Tensor, ...]) -> None:
        x, out = kept(ran.x), kept(ran.out)
        state = ran.h0.shape[-1]
        for d, (of_direction, own) in enumerate(zip(layers, by_direction(call, ran.layer), strict=True)):
            given = (ran.h0[d],) if ran.c0 is None else (ran.h0[d], ran.c0[d])
            of_direction.append(
                PieceLayer(
                    x=x,
                    before=tuple(kept(part) for part in given),
                    out=out[..., d * state : (d + 1) * state],
                    weights=weights.of(call.spec, own, name=name, layer=ran.layer, direction=d),
                    run_again=_never,
                    h_at=None,
                )
            )

    result = run_layers(call, keep)
    batch_sizes = None if call.batch_sizes is None else kept(call.batch_sizes)
    steps = len(call.x) if batch_sizes is None else len(batch_sizes)
    with torch.inference_mode(False):
        rows = torch.arange(call.batch, device=call.x.device)
        pieces = [
            Piece(
                module=name,
                number=number,
                layers=of_direction,
                steps=steps,
                batch=call.batch,
                layout=_layout(steps, call.batch, batch_sizes, rows, d),
                given=(),
                given_at=(),
                returned=tuple(kept(state) for state in result[1:]),
                sequence=rows,
                is_bidirectional=call.bidirectional,
            )
            for d, of_direction in enumerate(layers)
        ]
    ran = ForwardCall(
        spec=call.spec,
        forward=pieces[0],
        reverse=pieces[1] if call.bidirectional else None,
        handed_on=tuple(state.detach() for state in result[1:]),
        batch_sizes=batch_sizes,
        computed_in=computed_in(call.x.dtype, call.x.device),
        attributes=attributes_of_layers(call),
        is_cell=False,
    )
    return result, ran


def run_forward_cell(
    spec: CellSpec, name: str, args: tuple[Any, ...], weights: KeptWeights, number: int
) -> tuple[Any, ForwardCall]:
    """Run one call of a cell natively; what it returned, and the call."""
    x, given, *own = args
    before = tuple(kept(part) for part in spec.split_state(given))
    copied = weights.of(spec, own, name=name)
    returned = run_natively(spec.step_function, *args)
    after = spec.split_state(returned)
    layer = PieceLayer(
        x=kept(x).unsqueeze(0),
        before=before,
        out=kept(after[0]).unsqueeze(0),
        weights=copied,
        run_again=_never,
        h_at=None,
    )
    with torch.inference_mode(False):
        rows = torch.arange(len(x), device=x.device)
        piece = Piece(
            module=name,
            number=number,
            layers=[layer],
            steps=1,
            batch=len(x),
            layout=PaddedLayout(1, rows, batch=len(x), reverse=False),
            given=(),
            given_at=(),
            returned=tuple(kept(part) for part in after),
            sequence=rows,
        )
    ran = ForwardCall(
        spec=spec,
        forward=piece,
        reverse=None,
        handed_on=tuple(part.detach() for part in after),
        batch_sizes=None,
        computed_in=computed_in(x.dtype, x.device),
        attributes=attributes_of_cell(piece) | {v.IN_A_LOOP: 1},
        is_cell=True,
    )
    return returned, ran


def _layout(
    steps: int, batch: int, batch_sizes: Tensor | None, rows: Tensor, direction: int
) -> SequenceLayout:
    if batch_sizes is None:
        return PaddedLayout(steps, rows, batch=batch, reverse=bool(direction))
    return PackedLayout(batch_sizes, rows, reverse=bool(direction))


def _never() -> Tensor:
    raise RuntimeError("a copy of a state has been changed")
