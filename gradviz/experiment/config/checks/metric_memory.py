"""Whether a metric remembers: such a one would have other values in a run that is resumed."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence


def remembers(metric: Callable[..., Any], outputs: Any, targets: Any) -> bool:
    """Whether a metric depends on what it was called with before, or keeps what it is called with.

    Parameters
    ----------
    metric : callable
        A function, a method or an object that is called.
    outputs, targets : Tensor or PackedSequence
        Of one batch.

    Returns
    -------
    bool
        It is called with these, with other outputs, and with these again. What it holds (the variables of its
        module, of its object and of the function around it) must be the same after the third call as after
        the second: a table that is filled once, as a cache, is not a memory.

    Raises
    ------
    Exception
        Whatever the metric raises.

    Examples
    --------
    >>> import torch
    >>> from gradviz.experiment.config.checks.metric_memory import remembers
    >>> def mean(outputs, targets, seen=[]):
    ...     seen.append((outputs - targets).mean())
    ...     return sum(seen) / len(seen)
    >>> remembers(mean, torch.ones(2, 1), torch.zeros(2, 1))
    True
    """
    first = _value(metric, outputs, targets)
    _value(metric, _other(outputs), targets)
    kept = _held(metric)
    again = _value(metric, outputs, targets)
    same_value = torch.equal(torch.nan_to_num(torch.tensor(first)), torch.nan_to_num(torch.tensor(again)))
    return not same_value or _held(metric) != kept


def _value(metric: Callable[..., Any], outputs: Any, targets: Any) -> float:
    torch.manual_seed(0)
    return float(metric(outputs, targets))


def _other(outputs: Any) -> Any:
    """Outputs of the same shape with other values."""
    if isinstance(outputs, PackedSequence):
        return outputs._replace(data=_other(outputs.data))
    return 1 - outputs if isinstance(outputs, Tensor) and outputs.dtype != torch.bool else outputs


def _held(metric: Any) -> list[bytes]:
    """All that a metric can keep between two calls, as far as it can be written as bytes."""
    found = []
    for value in _variables(metric):
        if isinstance(value, ModuleType | FunctionType | type):
            continue
        try:
            found.append(pickle.dumps(value))
        except Exception:  # what cannot be written, such as an open file, is not compared
            continue
    return found


def _variables(metric: Any) -> Iterator[Any]:
    owner = getattr(metric, "__self__", None)
    if owner is not None:
        yield vars(owner) if hasattr(owner, "__dict__") else owner
    function = getattr(metric, "__func__", metric)
    if not isinstance(function, FunctionType):
        yield getattr(function, "__dict__", None)
        function = inspect.getattr_static(type(function), "__call__", None)
    if not isinstance(function, FunctionType):
        return
    yield function.__defaults__
    yield function.__kwdefaults__
    yield function.__dict__
    for cell in function.__closure__ or ():
        yield cell.cell_contents
    if not function.__module__.startswith("gradviz."):
        yield from [value for name, value in function.__globals__.items() if not name.startswith("__")]
