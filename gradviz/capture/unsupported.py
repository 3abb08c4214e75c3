"""Checks for what cannot be recorded; each raises an error that says what to do instead."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from gradviz.capture.private_torch import is_batched, is_transformed
from gradviz.errors import CannotWatch


def check_not_transformed(name: str) -> None:
    """Raise if the call is being traced or transformed.

    Raises
    ------
    CannotWatch
        Under ``torch.jit.trace`` and ``torch.func``.
    """
    if torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
        what, instead = "traced", "trace it outside of gradviz.record"
    elif is_transformed():
        what, instead = "transformed by torch.func", "record it with loss.backward()"
    else:
        return
    raise CannotWatch(f"{name!r} is being {what}, so its gradient cannot be followed; {instead}")


def check_plain_backward(gradients: Iterable[Tensor | None]) -> None:
    """Raise during a backward pass that builds a graph, or that takes batched gradients.

    Raises
    ------
    CannotWatch
        With ``create_graph=True``, and with ``is_grads_batched=True``.
    """
    if torch.is_grad_enabled():
        raise CannotWatch(
            "a backward pass with create_graph=True cannot be recorded: "
            "take second derivatives outside of gradviz.record"
        )
    if any(is_batched(one) for one in gradients if one is not None):
        raise CannotWatch(
            "a backward pass of batched gradients (is_grads_batched=True, vectorize=True) cannot be "
            "recorded: take it outside of gradviz.record"
        )
