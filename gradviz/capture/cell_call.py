"""One call of a recurrent cell, such as nn.LSTMCell, as a piece of a sequence."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.autograd_graph import place_of
from gradviz.capture.in_place_of import run_natively
from gradviz.capture.piece import Piece, PieceLayer
from gradviz.capture.replay_error import autocast_now
from gradviz.capture.sequence_layout import PaddedLayout
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import Weights


def run_cell(spec: CellSpec, name: str, args: tuple[Any, ...], weights: Weights) -> tuple[Any, Piece]:
    """Run one call natively.

    Returns
    -------
    returned
        What the function returned.
    Piece
    """
    x, given, *own = args
    state = spec.split_state(given)
    returned = run_natively(spec.step_function, x, given, *own)
    after = spec.split_state(returned)
    rows = torch.arange(len(x), device=x.device)
    before = tuple(part.detach() for part in state)
    again = [x.detach(), spec.join_state(before), *(None if w is None else w.detach() for w in own)]
    autocast = autocast_now(x.device)

    def run_again() -> Tensor:
        with autocast():
            return spec.split_state(spec.step_function(*again))[0].unsqueeze(0)

    layer = PieceLayer(
        x=x.detach().unsqueeze(0),
        before=before,
        out=after[0].detach().unsqueeze(0),
        weights=weights,
        run_again=run_again,
        h_at=place_of(after[0]),
        c_at=place_of(after[1]) if spec.has_cell_state else None,
    )
    piece = Piece(
        module=name,
        number=0,
        layers=[layer],
        steps=1,
        batch=len(x),
        layout=PaddedLayout(1, rows, batch=len(x), reverse=False),
        given=before,
        given_at=tuple(place_of(part) for part in state),
        returned=tuple(part.detach() for part in after),
        sequence=rows,
    )
    return returned, piece


def attributes_of_cell(piece: Piece) -> dict[str, str | int | float]:
    """Facts about a cell, from its first call."""
    layer = piece.layers[0]
    return {
        v.HIDDEN_SIZE: layer.out.shape[-1],
        v.INPUT_SIZE: layer.x.shape[-1],
        v.NUM_LAYERS: 1,
        v.BIDIRECTIONAL: 0,
        v.BATCH_FIRST: 0,
    }
