"""The Jacobian of each step of a recurrent layer, in closed form."""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from gradviz.dynamics.labelled import labelled
from gradviz.dynamics.trajectory import run_trajectory
from gradviz.dynamics_vocabulary import PART, STATE, STATE_FROM, STEP_JACOBIAN
from gradviz.vocabulary import FORWARD


def step_jacobians(
    module: nn.Module,
    x: Tensor,
    *,
    layer: int = 0,
    direction: str = FORWARD,
    h0: Tensor | None = None,
    c0: Tensor | None = None,
) -> xr.DataArray:
    """Jacobian of the state of each step by the state of the step processed before it.

    Parameters
    ----------
    module : nn.RNN, nn.LSTM or nn.GRU
        Dropout between its layers is not applied, in training mode either.
    x : Tensor, shape (time, batch, input), or (batch, time, input) if the module is ``batch_first``
        Input of the module; or one sequence (time, input).
    layer : int
        The layers below it run as usual; their states are held fixed.
    direction : {"forward", "reverse"}
        In reverse the step before time t is t + 1.
    h0, c0 : Tensor, optional
        Initial states as the module expects them; zero by default.

    Returns
    -------
    DataArray, dims (time, sample, state, state_from)
        ``step_jacobian``: at time t the derivative of the state at t, without units, in the dtype of the
        module or float32 if that is less precise.  The state is h, or (h, c) for an LSTM; the coordinate
        ``part`` says which of them an element belongs to.

    Raises
    ------
    CannotWatch
        If the module is not recurrent, or `x` is a PackedSequence.
    ValueError
        If a shape, a dtype, the layer or the direction does not fit, or a state is not finite.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks", eq. 5.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> jacobians = gv.step_jacobians(torch.nn.LSTM(2, 4, batch_first=True), torch.randn(3, 20, 2))
    >>> dict(jacobians.sizes)
    {'time': 20, 'sample': 3, 'state': 8, 'state_from': 8}
    """
    trajectory = run_trajectory(module, x, layer=layer, direction=direction, h0=h0, c0=c0)
    with torch.no_grad():
        jacobians = torch.cat([steps.jacobians() for steps in trajectory.linear_steps()])
    part = np.repeat(list(trajectory.parts), list(trajectory.parts.values()))
    return labelled(STEP_JACOBIAN, trajectory.real_time(jacobians)).assign_coords(
        {PART: (STATE, part), f"{PART}_from": (STATE_FROM, part)}
    )
