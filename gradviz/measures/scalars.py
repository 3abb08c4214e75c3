"""A recording as few numbers a training step, for loggers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.gradient_across_lag import LOST, gradient_across_lag
from gradviz.measures.log10_mean import log10_mean_of
from gradviz.measures.not_finite import GRADIENTS, STATES, not_finite
from gradviz.measures.saturation import BOTH, saturation
from gradviz.measures.underflow_fraction import FRACTION, underflow_fraction
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import named_modules, select_call
from gradviz.vocabulary import (
    CONTINUES_STEP,
    CUT,
    DIRECTION,
    FROZEN_MODULE,
    GATE,
    GATE_LEFT,
    ITERATION,
    LAYER,
    LOG10_GRAD_H,
    METRICS,
    PARAMETERS_NOT_IN_OPTIMIZER,
    PARAMETERS_NOT_ZEROED,
    SAMPLE,
    STATE_H,
    STEP,
    STEP_UNFINISHED,
    TIME,
    UNDERFLOW,
    is_metric,
)

PREFIX = "gradviz"
NOT_FINITE, UNREACHED = "not_finite", "unreached"
AT_FIRST, AT_LAST = f"{LOG10_GRAD_H}_first", f"{LOG10_GRAD_H}_last"

_FACTS = {CONTINUES_STEP, STEP_UNFINISHED, PARAMETERS_NOT_ZEROED, PARAMETERS_NOT_IN_OPTIMIZER}
_OF_A_LAYER = (STEP, LAYER, DIRECTION)
_CHARACTERS = re.compile(r"[^\w.\- /]")  # all that every logger takes in a name

Named = Iterator[tuple[str, np.ndarray]]


@takes_any_selection(STEP)
def scalars(recording: xr.DataTree | xr.Dataset) -> dict[int, dict[str, float]]:
    """The numbers of a recording that are worth a curve in a logger, by training step.

    Parameters
    ----------
    recording : DataTree or Dataset
        From `gradviz.load` or ``tape.tree``, or the recording of one module.

    Returns
    -------
    dict of int to dict of str to float
        For each recorded training step, finite numbers by name. For the whole model:

        ``gradviz/loss``, ``gradviz/grad_norm``, ``gradviz/grad_norm_clipped``, ``gradviz/update_ratio``
            and whatever else was given to ``tape.step``, as given. Norms and ratio need ``optimizer=``.
        ``gradviz/not_finite``
            How many of these curves are infinite or NaN at this step.

        For each module M:

        ``gradviz/M/decades_lost``
            Decades of gradient lost in the first layer between the time step where it begins and the one
            furthest back, in the direction that keeps more: `gradviz.gradient_across_lag`.
        ``gradviz/M/unreached``, ``gradviz/M/not_finite``
            Shares of the states whose gradient is exactly zero; whose gradient or whose own norm is infinite
            or NaN.
        ``gradviz/M/cut``
            Share of the time steps whose incoming state brings no gradient back, if there can be any.

        For each layer, such as ``gradviz/M/layer0/forward/...``:

        ``decades_lost``
            As above, of this layer and direction.
        ``log10_grad_h_first``, ``log10_grad_h_last``
            Decades: log10 of the mean over sequences of ‖dL/dh‖, at time step 0 and at the last time step of
            each sequence.
        ``<gate>_saturated``
            Share of the gate's activations that are saturated on either side: `gradviz.saturation`.
        ``underflow``
            Share of the gradients below the float range of the training: `gradviz.underflow_fraction`.

        Characters of a name that some logger refuses are ``_``.

    Raises
    ------
    TypeError, BadRecording
        If this is not a recording, or its steps were averaged.

    Notes
    -----
    Loggers treat NaN and infinity each in its own way, so none is passed on: a number that is not finite is
    left out. The logarithm of a gradient of exactly zero, and the decades lost where nothing arrives, are
    infinite, so their curves have a gap there; ``unreached`` and ``not_finite``, which are always finite, say
    why.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> rnn = nn.RNN(1, 2, nonlinearity="relu", bias=False)
    >>> rnn.weight_ih_l0.data, rnn.weight_hh_l0.data = torch.ones(2, 1), 0.1 * torch.eye(2)
    >>> with gv.record(rnn) as tape:
    ...     for _ in range(2):
    ...         loss = rnn(torch.ones(6, 3, 1))[0][-1].sum()
    ...         loss.backward()
    ...         tape.step(loss)
    >>> found = gv.scalars(tape.tree)
    >>> list(found)
    [0, 1]
    >>> round(found[1]["gradviz/rnn/decades_lost"], 3)
    5.0
    """
    modules = named_modules(recording)
    if isinstance(recording, xr.DataTree) and recording.children:
        return scalars_of(modules, _curves(recording.to_dataset(inherit=False), ITERATION))
    (dataset,) = modules.values()
    return scalars_of(modules, _curves(dataset, STEP))


def scalars_of(
    modules: Mapping[str, xr.Dataset], curves: Mapping[int, Mapping[str, float]]
) -> dict[int, dict[str, float]]:
    """As `scalars`, of modules by name and of the curves that have a value, by step and name."""
    found: dict[int, dict[str, float]] = {}
    for name, dataset in modules.items():
        steps = [int(step) for step in dataset[STEP].values]
        for step in steps:
            if step not in found:
                found[step] = _of_model(curves.get(step, {}))
        for key, values in _of_module(dataset):
            for step, value in zip(steps, values.tolist(), strict=True):
                _put(found[step], f"{name}/{key}", value)
    return dict(sorted(found.items()))


def _of_model(curves: Mapping[str, float]) -> dict[str, float]:
    """The numbers of a step that are of the whole model, from the curves that have a value there."""
    chosen = {
        name: value
        for name, value in curves.items()
        if name not in _FACTS and not name.startswith(FROZEN_MODULE)
    }
    found: dict[str, float] = {}
    _put(found, NOT_FINITE, sum(not math.isfinite(value) for value in chosen.values()))
    for name, value in chosen.items():
        _put(found, name, value)
    return found


def _put(found: dict[str, float], name: str, value: float) -> None:
    if math.isfinite(value):
        found[_CHARACTERS.sub("_", f"{PREFIX}/{name}")] = float(value)


def _curves(dataset: xr.Dataset, along: str) -> dict[int, dict[str, float]]:
    """The training curves by step; those of a module's recording lie along its steps."""
    if along not in dataset.coords:
        return {}
    labels = np.atleast_1d(dataset[along].values).tolist()
    named = {
        str(name): np.broadcast_to(curve.values, len(labels)).tolist()
        for name, curve in dataset.data_vars.items()
        if curve.dims in ((along,), ()) and (str(name) in METRICS or is_metric(str(name)))
    }
    return {
        int(step): {name: values[place] for name, values in named.items()}
        for place, step in enumerate(labels)
    }


def _of_module(dataset: xr.Dataset) -> Named:
    """Names and values, shape (step,)."""
    pooled = select_call(dataset)
    layers = _PerLayer(pooled)
    lost = _lost(pooled)
    if lost is not None:
        yield LOST, np.fmin.reduce(lost[:, 0], axis=1)
    yield from _shares(pooled)
    if lost is not None:
        yield from layers.named(LOST, lost)
    if LOG10_GRAD_H in pooled:
        yield from layers.named(AT_FIRST, _at(pooled, last=False))
        yield from layers.named(AT_LAST, _at(pooled, last=True))
    if GATE_LEFT in pooled:
        both = saturation(pooled)[BOTH].variable.transpose(GATE, *_OF_A_LAYER).values
        for gate, values in zip(pooled[GATE].values, both, strict=True):
            yield from layers.named(f"{gate}_saturated", values)
    if UNDERFLOW in pooled:
        found = underflow_fraction(pooled)[FRACTION].variable
        yield from layers.named(UNDERFLOW, found.transpose(*_OF_A_LAYER).values)


def series_name(layer: int, direction: str) -> str:
    """The part of a name that says of which layer and direction a number is."""
    return f"layer{layer}/{direction}"


class _PerLayer:
    """The names of the layers and directions of a module."""

    def __init__(self, dataset: xr.Dataset):
        self._layers, self._directions = dataset[LAYER].values.tolist(), dataset[DIRECTION].values.tolist()

    def named(self, name: str, values: np.ndarray) -> Named:
        """Values, shape (step, layer, direction), by name."""
        for place, layer in enumerate(self._layers):
            for side, direction in enumerate(self._directions):
                yield f"{series_name(layer, direction)}/{name}", values[:, place, side]


def _lost(dataset: xr.Dataset) -> np.ndarray | None:
    """Decades lost over the longest lag of each step, (step, layer, direction); None if no step has one."""
    if LOG10_GRAD_H not in dataset:
        return None
    try:
        lost = gradient_across_lag(dataset)[LOST].variable.transpose(*_OF_A_LAYER).values
    except BadRecording:  # no sequence has two time steps with a gradient
        return None
    shorter = np.flatnonzero(np.isnan(lost).all((1, 2)))  # than the longest of all steps
    if len(shorter) and len(lost) > 1:
        lost = lost.copy()
        for place in shorter:
            alone = _lost(dataset.isel({STEP: [place]}))
            if alone is not None:
                lost[place] = alone[0]
    return lost


def _shares(dataset: xr.Dataset) -> Named:
    if LOG10_GRAD_H in dataset:
        norms = dataset.variables[LOG10_GRAD_H].transpose(STEP, ...).values
        yield UNREACHED, _share(norms == -np.inf, ~np.isnan(norms))
    if STATE_H in dataset:
        found = not_finite(dataset)
        worst = [
            found[name].variable.transpose(STEP, ...).values for name in (GRADIENTS, STATES) if name in found
        ]
        yield NOT_FINITE, np.max([each.max((1, 2), initial=0.0) for each in worst], axis=0)
    if CUT in dataset:
        cut = dataset.variables[CUT].transpose(STEP, ...).values
        yield CUT, _share(cut == 1, ~np.isnan(cut))


def _share(chosen: np.ndarray, of: np.ndarray) -> np.ndarray:
    axes = tuple(range(1, chosen.ndim))
    with np.errstate(invalid="ignore"):
        return np.asarray(chosen.sum(axes) / of.sum(axes))


def _at(dataset: xr.Dataset, *, last: bool) -> np.ndarray:
    """Mean norm at the first or at each sequence's last time step, in decades; (step, layer, direction)."""
    norms = dataset.variables[LOG10_GRAD_H].transpose(*_OF_A_LAYER, SAMPLE, TIME).values
    if not last:
        return log10_mean_of(norms[..., 0], -1)
    end = norms.shape[-1] - 1 - (~np.isnan(norms))[..., ::-1].argmax(-1)
    return log10_mean_of(np.take_along_axis(norms, end[..., None], axis=-1)[..., 0], -1)
