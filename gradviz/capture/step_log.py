"""Gives the numbers of every recorded step to a logger of the user, and never stops a training for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from gradviz.capture.warn_user import warn_user
from gradviz.errors import NotLoggedWarning

Log = Callable[..., Any]
# Functions of which a call only makes an object that would have to be awaited or iterated.
_LATE = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)


class StepLog:
    """Calls ``log(summary, step=step)``; an exception becomes a warning, once.

    Parameters
    ----------
    log : callable

    Raises
    ------
    TypeError
        If it cannot be called like that.
    """

    def __init__(self, log: Log):
        _check(log)
        self._log = log
        self._has_warned = False

    def __call__(self, step: int, summary: Callable[[], dict[str, float]]) -> None:
        """Log a step.

        Parameters
        ----------
        step : int
        summary : callable
            Returns its numbers.
        """
        try:
            self._log(summary(), step=step)
        except Exception as error:
            if self._has_warned:
                return
            self._has_warned = True
            warn_user(
                f"log failed at training step {step} with {type(error).__name__}: {error}. The training and "
                "its recording go on; log is called again at every recorded step, without another warning.",
                NotLoggedWarning,
            )


def _check(log: Log) -> None:
    wanted = "a function of a dict and step=, such as wandb.log after wandb.init(), or mlflow.log_metrics"
    if not callable(log):
        raise TypeError(f"log is {wanted}; got {type(log).__name__}")
    if any(is_late(each) for is_late in _LATE for each in (log, type(log).__call__)):
        raise TypeError(
            f"log is {wanted}; {_name(log)} is async or a generator, so a call of it logs nothing"
        )
    try:
        signature = inspect.signature(log)
    except (TypeError, ValueError):  # of a function in C that does not tell
        return
    try:
        signature.bind({}, step=0)
    except TypeError as error:
        raise TypeError(
            f"log is {wanted}; {_name(log)}{signature} cannot be called like that: {error}"
        ) from None


def _name(log: Log) -> str:
    return getattr(log, "__qualname__", type(log).__name__)
