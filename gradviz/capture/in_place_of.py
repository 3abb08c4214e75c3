"""Call a function as if another frame had called it, so that a warning names that frame's line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FrameType, FunctionType
from typing import Any

import torch

from gradviz.capture.private_torch import leave_frame_alone

_CALL = compile("lambda f, args, kwargs: f(*args, **kwargs)", "<call>", "eval")
_TEMPLATE: CodeType = next(one for one in _CALL.co_consts if isinstance(one, CodeType))
_DISPATCH = torch.overrides.handle_torch_function.__code__


def call_in_place_of(
    frame: FrameType, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """The result of a function that warns at the line at which ``frame`` is.

    Parameters
    ----------
    frame : frame
        Whose call was intercepted.  If ``function`` is written in Python, it has been entered once already
        and has handed itself over; then the frame that called it first counts.
    function : callable
    args : tuple
    kwargs : dict
    """
    if isinstance(function, FunctionType):
        while frame.f_back is not None and frame.f_code in (_DISPATCH, function.__code__):
            frame = frame.f_back
    code = _at(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
    return FunctionType(code, frame.f_globals)(function, args, kwargs)


leave_frame_alone(call_in_place_of)


def run_natively(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The result of a recurrent function of PyTorch, called in place of the innermost frame of others."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("gradviz."):
        frame = frame.f_back
    return call_in_place_of(frame, function, args, kwargs)


@lru_cache(maxsize=4096)
def _at(file: str, line: int, name: str) -> CodeType:
    return _TEMPLATE.replace(co_filename=file, co_firstlineno=line, co_name=name)
