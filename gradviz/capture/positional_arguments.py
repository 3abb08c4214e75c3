"""The arguments of a recurrent function of PyTorch by position, however they were passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

_STEP = ("input", "hx", "w_ih", "w_hh", "b_ih", "b_hh")
_OPTIONS = ("params", "has_biases", "num_layers", "dropout", "train", "bidirectional")
_PADDED = ("input", "hx", *_OPTIONS, "batch_first")
_PACKED = ("data", "batch_sizes", "hx", *_OPTIONS)
_STEP_FUNCTIONS = frozenset({torch.lstm_cell, torch.gru_cell, torch.rnn_tanh_cell, torch.rnn_relu_cell})
_LAYER_FUNCTIONS = frozenset({torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu})


def positional_arguments(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Any, ...] | None:
    """All arguments in the order of the function's signature.

    Parameters
    ----------
    function : callable
        For example ``torch.lstm`` or ``torch.gru_cell``.
    args : tuple
    kwargs : mapping

    Returns
    -------
    tuple or None
        A step's biases are None if they are not given.  None instead of a tuple if an argument is missing or
        unknown, which PyTorch itself then reports, or if keyword arguments come with another function.
    """
    names: tuple[str, ...]
    defaults: dict[str, Any]
    if function in _STEP_FUNCTIONS:
        names, defaults = _STEP, dict.fromkeys(("b_ih", "b_hh"))
    elif not kwargs:
        return args
    elif function in _LAYER_FUNCTIONS:
        names, defaults = (_PACKED if _is_packed(args, kwargs) else _PADDED), {}
    else:
        return None
    given = {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
    if set(given) != set(names) or len(args) > len(names):
        return None
    return tuple(given[name] for name in names)


def _is_packed(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    if "batch_sizes" in kwargs or "data" in kwargs:
        return True
    weights_at = next((place for place, value in enumerate(args) if isinstance(value, list)), len(args))
    return weights_at == _PACKED.index("params")
