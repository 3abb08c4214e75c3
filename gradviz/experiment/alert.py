"""An early warning: the gradient of a training vanishes so far that it will hardly learn its task."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from gradviz.arguments import check_bool, check_whole_number
from gradviz.capture.tape import Tape
from gradviz.diagnosis.diagnose import diagnose
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.reliability import outcomes
from gradviz.diagnosis.shown_memory import shows_memory
from gradviz.diagnosis.thresholds import HOPELESS, HOPELESS_FROM
from gradviz.diagnosis.what_follows import in_words, lost_in_words
from gradviz.errors import BadRecording, CannotTellWarning, unknown_name
from gradviz.measures.gradient_along_path import LOST_ON_PATH, lost_over_at_most, path_ends
from gradviz.short_view import ShortView
from gradviz.vocabulary import CONTINUES, LAG, LOG10_GRAD_H, LOG10_GRAD_STATE

if TYPE_CHECKING:
    from gradviz.diagnosis.diagnosis import Diagnosis


@dataclass(frozen=True)
class Alert:
    """Why a training will hardly learn its task.

    Attributes
    ----------
    step : int
        The training step.
    lag : int
        Time steps that the task has to bridge.
    decades_lost : float
        Decades of gradient that are lost over the lag at this step.
    failed, trained : int
        Of so many trainings that had lost as much, so many did not learn their task; see
        `gradviz.diagnosis.reliability.outcomes`.
    recording : DataTree
        The step.
    measured_lag : int or None
        Time steps over which it was measured, where the sequences are too short for the lag.

    Examples
    --------
    >>> from gradviz.experiment.alert import Alert
    >>> import xarray as xr
    >>> alert = Alert(step=30, lag=40, decades_lost=22.0, failed=97, trained=100, recording=xr.DataTree())
    >>> print(str(alert).partition(". ")[0])
    At training step 30, 22.0 decades of gradient are lost over 40 time steps
    """

    step: int
    lag: int
    decades_lost: float
    failed: int
    trained: int
    recording: xr.DataTree
    measured_lag: int | None = None

    @property
    def diagnosis(self) -> Diagnosis:
        """The findings at this step, with their remedies; calculated when it is asked for."""
        return diagnose(self.recording, lag=self.lag)

    def __repr__(self) -> str:
        return ShortView(f"Alert: {self}").text()

    def _repr_html_(self) -> str:
        return ShortView(f"Alert: {self}", footer=_OF_AN_ALERT).html()

    def __str__(self) -> str:
        over = counted(self.lag if self.measured_lag is None else self.measured_lag, "time step")
        longest = (
            "" if self.measured_lag is None else f", the longest lag in sequences too short for {self.lag}"
        )
        return (
            f"At training step {self.step}, {lost_in_words(self.decades_lost)} lost over {over}{longest}. "
            f"{in_words(self.failed, self.trained)}"
        )


_OF_AN_ALERT = "print(alert.diagnosis) says what to do; alert.recording is the training step"


def alert(
    tape: Tape,
    callback: Callable[[Alert], object],
    *,
    lag: int,
    fixed: bool = True,
    module: str | None = None,
) -> None:
    """Call a function once, as soon as a training will hardly learn its task.

    Judged are the recorded training steps from step 30 on. The alert is for a task with one fixed lag, whose
    answer at the end depends on an input that lies the lag before it.

    Parameters
    ----------
    tape : Tape
        A recording that is open, as `gradviz.record` returns it.
    callback : callable ``Alert -> anything``
        Called at most once, at the end of a ``tape.step``. An exception that it raises leaves
        ``tape.step`` after the step has been stored; so it can end the training.
    lag : int
        Time steps that the task has to bridge.
    fixed : bool
        Must be true. Where shorter lags are rewarded too, a vanishing gradient does not tell whether the
        task will be learned: training may bridge the lag step by step.
    module : str, optional
        The recurrent module in which the way back over the lag begins, such as a decoder. By default every
        one that no other continues: the alert comes when the gradient has vanished in each of them.

    Raises
    ------
    ValueError
        If the lag is not a whole number of at least 1, ``fixed`` is not true, or the recording is closed or
        of forward passes only.
    UnknownName
        If the model has no such recurrent module.
    TypeError
        If the callback cannot be called, or the tape is none.

    Warns
    -----
    CannotTellWarning
        Once, if the gradient does not show how far a module remembers, since the loss reads most time steps;
        no alert will come then.

    Notes
    -----
    The limit was chosen so that of the trainings in ``experiments/vanishing`` that learned their task at
    most 2 % would have been stopped; the README there has the numbers.

    References
    ----------
    Zhang et al. (2024), "BTTackler: a diagnosis-based framework for efficient deep learning hyperparameter
    optimization", for early stops by a diagnosis.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> rnn = torch.nn.RNN(2, 8, batch_first=True)
    >>> _ = rnn.weight_hh_l0.data.mul_(0.2)
    >>> with gv.record(rnn, every=10) as tape:
    ...     gv.alert(tape, lambda alert: print("step", alert.step, "lag", alert.lag), lag=60)
    ...     for _ in range(50):
    ...         rnn(torch.randn(4, 61, 2))[0][:, -1].sum().backward()
    ...         tape.step()
    step 30 lag 60
    """
    if not isinstance(tape, Tape):
        raise TypeError(f"a tape is what gv.record returns; got {type(tape).__name__}")
    lag = check_whole_number("lag", lag, at_least=1)
    check_bool("fixed", fixed)
    if not fixed:
        raise ValueError(
            "fixed = False: where a task rewards shorter lags too, a vanishing gradient does not tell "
            "whether it will be learned, so there is nothing to warn of; gv.diagnose(tape.tree) states what "
            "is lost"
        )
    if tape.is_closed:
        raise ValueError("this recording is closed; call gv.alert inside its with block, before the training")
    if not callable(callback):
        raise TypeError(f"the callback is a function of an Alert; got {type(callback).__name__}")
    if module is not None and module not in tape.names:
        raise unknown_name("module", module, tape.names)
    if not tape.has_gradients:
        raise ValueError("this recording has no gradients: detail='forward'; leave detail out")
    tape.on_step(_Watcher(callback, lag, module))


class _Watcher:
    """Judges the steps until the callback has been called, or it is clear that it cannot be told."""

    def __init__(self, callback: Callable[[Alert], object], lag: int, module: str | None):
        self._callback, self._lag, self._module = callback, lag, module
        self._is_over, self._shows_memory = False, False

    def __call__(self, step: int, tree: xr.DataTree) -> None:
        if self._is_over or step < HOPELESS_FROM:
            return
        if self._shows_memory and not _may_have_lost(tree, HOPELESS, self._module):
            return
        lost = decades_lost(tree, self._lag, module=self._module)
        if lost is None:
            self._is_over = True
            warnings.warn(_CANNOT_TELL, CannotTellWarning, stacklevel=2)
            return
        self._shows_memory = True
        if lost >= HOPELESS:
            self._is_over = True
            seen = outcomes(lost, step=step)
            measured = measured_lag(tree, self._lag, module=self._module)
            shorter = measured if measured < self._lag else None
            self._callback(Alert(step, self._lag, lost, seen.failed, seen.trained, tree, shorter))


_CANNOT_TELL = (
    "gv.alert cannot tell whether this training will learn: the loss reads most time steps, so the gradient "
    "does not show how far back the states matter; no alert will come"
)


def decades_lost(tree: xr.DataTree, lag: int, *, module: str | None = None) -> float | None:
    """Decades lost over the lag, by `gradviz.gradient_along_path`; of several paths the least.

    Parameters
    ----------
    tree : DataTree
        The recording of one training step.
    lag : int
        Where sequences are shorter, it is measured over the longest.
    module : str, optional
        The module in which the path ends. By default every module that no other one continues.

    Returns
    -------
    float or None
        NaN if there is no gradient at this step. None if the gradient of any of these modules does not show
        how far back its states matter.
    """
    names = _ends(tree, module)
    if not all(shows_memory(tree, name) for name in names):
        return None
    found = [_along_path(tree, name, lag) for name in names]
    return math.nan if not found or any(map(math.isnan, found)) else min(found)


def measured_lag(tree: xr.DataTree, lag: int, *, module: str | None = None) -> int:
    """Time steps over which `decades_lost` measures: the lag, or the longest if sequences are shorter.

    Parameters
    ----------
    tree : DataTree
    lag : int
    module : str, optional
    """
    found = [lost_over_at_most(tree, lag, module=name).attrs[LAG] for name in _ends(tree, module)]
    return int(min(found))


def _ends(tree: xr.DataTree, module: str | None) -> list[str]:
    if module is None:
        return path_ends(tree)
    return [module] if module in tree.children else []


def _along_path(tree: xr.DataTree, name: str, lag: int) -> float:
    try:
        return float(lost_over_at_most(tree, lag, module=name)[LOST_ON_PATH].item())
    except BadRecording:  # no sequence has two steps
        return math.nan


def _may_have_lost(tree: xr.DataTree, decades: float, module: str | None) -> bool:
    """False if no two norms on a path are so many decades apart, so that it cannot have lost them.

    A mean of norms lies between the smallest and the largest of them. This takes a hundredth of the time.
    """
    for name in _ends(tree, module):
        dataset = tree.children[name].to_dataset(inherit=False)
        norms = dataset[LOG10_GRAD_H].values
        known = norms[~np.isnan(norms)]
        is_all = CONTINUES not in dataset.attrs and LOG10_GRAD_STATE not in dataset
        if is_all and (not known.size or float(known.max()) - float(known.min()) < decades):
            return False
    return True
