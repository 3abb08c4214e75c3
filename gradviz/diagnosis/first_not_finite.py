"""Where in a training the first value is infinite or not a number."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import xarray as xr

from gradviz.diagnosis.diagnosed_step import diagnosed_step, with_every_dim
from gradviz.diagnosis.finding import Amount, Place
from gradviz.measures.losses_of_finished_steps import losses_of_finished_steps
from gradviz.measures.not_finite import FIRST, GRADIENTS, INPUTS, STATES, finite_losses, not_finite
from gradviz.recording.forward_only import is_forward_only
from gradviz.recording.tree import module_names, select_module
from gradviz.vocabulary import (
    DIRECTION,
    INPUT_NORM,
    ITERATION,
    LAYER,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
    LOSS,
    SAMPLE,
    STATE_H,
    STEP,
    TIME,
)

_VARIABLE = {INPUTS: INPUT_NORM, STATES: STATE_H, GRADIENTS: LOG10_GRAD_H}


class FirstNotFinite(NamedTuple):
    """The first training step with a value that is not finite, and where in it that is.

    Attributes
    ----------
    step : int
    what : str
        ``inputs_not_finite``, ``states_not_finite``, ``gradients_not_finite`` (of a module), or ``loss``.
    where : Place
    amount : Amount or None
        The fraction of such values; for a loss the step itself.
    time, sample : int or None
        The first time step and the first sequence with such a value; None for a loss.
    is_infinite : bool
        Whether the value is infinite and not NaN, as far as its norm tells.
    is_first_recorded : bool
        Whether there is no recorded step before it.
    """

    step: int
    what: str
    where: Place
    amount: Amount | None
    time: int | None
    sample: int | None
    is_infinite: bool
    is_first_recorded: bool


def first_not_finite(recording: xr.DataTree) -> FirstNotFinite | None:
    """The first value that is not finite, in the order in which a training step computes them.

    That is the inputs and states of the modules in the order of their first call, then the loss, then
    gradients.

    Parameters
    ----------
    recording : DataTree

    Returns
    -------
    FirstNotFinite or None
        None if everything recorded is finite.
    """
    found = [bad for place, name in enumerate(module_names(recording)) for bad in _of_module(recording, name)]
    loss = _of_loss(recording, {bad.step for bad in found})
    order = {INPUTS: 0, STATES: 0, LOSS: 1, GRADIENTS: 2}
    # sorting is stable: modules stay in the order of their calls, and inputs come before states
    return min([*found, *loss], key=lambda bad: (bad.step, order[bad.what]), default=None)


def _of_module(recording: xr.DataTree, name: str) -> list[FirstNotFinite]:
    dataset = with_every_dim(select_module(recording, module=name))
    if not {STATE_H, LOG10_GRAD_H, LOG10_GRAD_H_DIRECT} & set(dataset):
        return []
    fractions = not_finite(dataset)
    found = []
    for variable in (INPUTS, STATES, GRADIENTS):
        if variable not in fractions:
            continue
        of_step = fractions[variable].max([dim for dim in fractions[variable].dims if dim != STEP])
        bad = np.flatnonzero(of_step.values > 0)
        if len(bad):
            found.append(_described(recording, name, fractions[variable], int(bad[0])))
    return found


def _described(recording: xr.DataTree, name: str, fractions: xr.DataArray, place: int) -> FirstNotFinite:
    at_step = fractions.isel({STEP: place})
    step, variable = int(at_step[STEP]), str(fractions.name)
    labels: dict[str, object] = {}
    for dim in (LAYER, DIRECTION):
        if dim in at_step.dims:
            others = [other for other in at_step.dims if other != dim]
            labels[dim] = at_step[dim].values[int(np.nanargmax(at_step.max(others).values))].item()
            at_step = at_step.sel({dim: labels[dim]})
    amount = Amount(
        name=str(fractions.attrs["long_name"]),
        value=float(at_step),
        unit=str(fractions.attrs["units"]),
        function="not_finite",
        variable=variable,
        options={"module": name},
        where={**labels, STEP: step},
    )
    dataset = diagnosed_step(recording, name, step=step).isel({STEP: 0})
    values = _values(dataset, variable).sel(labels)
    bad = values == np.inf if variable == GRADIENTS else ~(values < np.inf)
    at = np.argwhere((bad & _is_real(dataset)).transpose(TIME, SAMPLE).values)
    time, sample = (int(dataset[TIME][at[0][0]]), int(dataset[SAMPLE][at[0][1]])) if len(at) else (None, None)
    layer, direction = labels.get(LAYER), labels.get(DIRECTION)
    return FirstNotFinite(
        step=step,
        what=variable,
        where=Place(name, layer, direction),  # type: ignore[arg-type]
        amount=amount,
        time=time,
        sample=sample,
        is_infinite=bool((values == np.inf).any()) and variable != GRADIENTS,
        is_first_recorded=place == 0,
    )


def _values(dataset: xr.Dataset, variable: str) -> xr.DataArray:
    name = _VARIABLE[variable]
    return dataset[name if name in dataset else LOG10_GRAD_H_DIRECT]


def _is_real(dataset: xr.Dataset) -> xr.DataArray:
    """Where a sequence has a time step, dims (time, sample)."""
    states = dataset[STATE_H].notnull()
    if not is_forward_only(dataset):
        name = LOG10_GRAD_H if LOG10_GRAD_H in dataset else LOG10_GRAD_H_DIRECT
        states = states | dataset[name].notnull()
    return states.any([dim for dim in states.dims if dim not in (TIME, SAMPLE)])


def _of_loss(recording: xr.DataTree, suspicious: set[int]) -> list[FirstNotFinite]:
    """The first loss that is not finite; a gap in the losses counts only at a step with other such values."""
    if LOSS not in recording.data_vars:
        return []
    first = finite_losses(recording)[FIRST]
    losses = losses_of_finished_steps(recording)
    steps = [] if math.isnan(float(first)) else [int(first)]
    known = losses[ITERATION].values[losses.isnull().values]
    steps += sorted(suspicious & set(known.tolist())) if losses.notnull().any() else []
    if not steps:
        return []
    step = min(steps)
    value = float(losses.sel({ITERATION: step}))
    amount = None
    if step == (None if math.isnan(float(first)) else int(first)):
        attrs = first.attrs
        amount = Amount(attrs["long_name"], float(first), attrs["units"], "finite_losses", FIRST)
    is_first = step == int(losses[ITERATION][0])
    return [FirstNotFinite(step, LOSS, Place(), amount, None, None, math.isinf(value), is_first)]
