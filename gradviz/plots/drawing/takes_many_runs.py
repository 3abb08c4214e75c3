"""Lets a plot of several runs take the Dataset that `gradviz.load_runs` returns."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import xarray as xr

from gradviz.plots.drawing.runs import runs_with
from gradviz.runs.split_runs import holds_runs

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def takes_many_runs(
    *needed: str, named_by: str | None = None
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Decorate a plot of several recordings by label, so that it takes many runs in one Dataset too.

    Parameters
    ----------
    *needed : str
        Variables that are drawn; runs without one of them are left out.
    named_by : str, optional
        An option of the plot that names another one.

    Returns
    -------
    callable
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        signature = inspect.signature(function)
        first = next(iter(signature.parameters))
        call: Callable[..., Any] = function

        @functools.wraps(function)
        def with_each_run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            data: Any = args[0] if args else kwargs.get(first)
            if not isinstance(data, xr.Dataset) or not holds_runs(data):
                return function(*args, **kwargs)
            named = [kwargs.get(named_by, signature.parameters[named_by].default)] if named_by else []
            rest = {key: value for key, value in kwargs.items() if key != first}
            result: Result = call(runs_with(data, (*needed, *map(str, named))), *args[1:], **rest)
            return result

        return with_each_run

    return decorate
