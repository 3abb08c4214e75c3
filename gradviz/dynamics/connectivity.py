"""Gradient of the loss at each time step with respect to the state at each time step."""

from __future__ import annotations

import math
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn

from gradviz.dynamics.labelled import labelled
from gradviz.dynamics.many_adjoints import many_adjoints
from gradviz.dynamics.module_checks import check_place, select_recurrent
from gradviz.dynamics.step_losses import AtOutput, StepLoss, gradients_at_output
from gradviz.dynamics.trajectory import Trajectory, run_trajectory
from gradviz.dynamics_vocabulary import LOG10_CONNECTIVITY
from gradviz.vocabulary import FORWARD, REVERSE

_MAX_ELEMENTS = 2**20  # of the states of all losses that are processed together


def connectivity(
    model: nn.Module,
    x: Any,
    targets: Tensor,
    *,
    loss: StepLoss | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str = FORWARD,
) -> xr.DataArray:
    """Gradient of the loss at step s with respect to the hidden state at step t, for all s and t.

    One backward pass computes the gradients of all losses at the output of the recurrent module, where the
    loss of a step depends on that step only.  Then one adjoint recursion carries all losses back at once, in
    a representation that exceeds the float range.

    Parameters
    ----------
    model : nn.Module
        A model that answers at every step and calls one of its recurrent modules once.  It runs in
        evaluation mode, so without dropout.
    x : Tensor
        Input of the model: a batch of sequences of one length.
    targets : Tensor
        Classes (batch, time), or values with the shape of the outputs.
    loss : callable, optional
        ``(outputs, targets) -> Tensor (batch, time)`` or (time, batch): the loss of every step and sequence,
        not averaged.  By default cross-entropy for integer targets, else the squared error.  If the model
        returns a tuple, `outputs` is its first element.
    module : str, optional
        Dotted name of the recurrent module, needed if the model has several.
    layer : int, optional
        By default the last.
    direction : {"forward", "reverse"}

    Returns
    -------
    DataArray, dims (loss_time, time)
        ``log10_connectivity``, in decades: log10 of the mean over sequences of ‖dL_s/dh_t‖, where L_s is
        the loss of one step of one sequence.  In an LSTM c_t is held fixed.  -inf where the gradient is
        exactly 0.  NaN where no path exists: at states after the loss (in reverse before it), unless a layer
        above is bidirectional.

    Raises
    ------
    CannotWatch
        If there is no recurrent module, or the loss of a step depends on the module's output at other steps
        or in other sequences.
    UnknownName
        If there is no such module or direction.
    ValueError
        If a shape, a class or the layer does not fit, x is empty, or a loss is not finite or does not depend
        on the module.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> model = gv.SequenceModel("gru", 2, 8, 3, every_step=True)
    >>> found = gv.connectivity(model, torch.randn(4, 10, 2), torch.randint(3, (4, 10)))
    >>> dict(found.sizes)
    {'loss_time': 10, 'time': 10}
    >>> bool(found.isel(loss_time=2, time=5).isnull())
    True
    """
    recurrent = select_recurrent(model, module)
    chosen = recurrent.num_layers - 1 if layer is None else layer
    check_place(recurrent, chosen, direction)
    at_output = gradients_at_output(model, recurrent, x, targets, loss=loss)
    with torch.no_grad():
        layers = [_trajectories(recurrent, at_output, k) for k in range(chosen, recurrent.num_layers)]
        gradient = at_output.gradient.double()
        steps = torch.arange(len(gradient), device=gradient.device)
        together = max(1, _MAX_ELEMENTS // gradient.numel())
        place = int(direction == REVERSE)
        norms = torch.cat([_norms(layers, place, gradient, losses) for losses in steps.split(together)])
    if chosen == recurrent.num_layers - 1 or not recurrent.bidirectional:
        no_path = torch.ones_like(norms, dtype=torch.bool).triu(1)
        norms = norms.masked_fill(no_path.t() if place else no_path, torch.nan)
    return labelled(LOG10_CONNECTIVITY, norms)


def _trajectories(recurrent: nn.RNNBase, at_output: AtOutput, layer: int) -> list[Trajectory]:
    """Trajectory of each direction of that layer."""
    h0, c0 = at_output.h0, at_output.c0
    directions = (FORWARD, REVERSE)[: 2 if recurrent.bidirectional else 1]
    return [
        run_trajectory(recurrent, at_output.x, layer=layer, direction=d, h0=h0, c0=c0) for d in directions
    ]


def _norms(layers: list[list[Trajectory]], place: int, gradient: Tensor, losses: Tensor) -> Tensor:
    """Log10 of the mean norms, (loss, time), in the first of the layers, for some of the losses.

    ``losses``: consecutive steps.  ``place``: index of the direction.  ``gradient``: at the output of the
    last layer, (time, sample, features).
    """
    direct = gradient.new_zeros(len(losses), *gradient.shape)
    direct[losses - losses[0], losses] = gradient[losses]  # each at its own step
    for trajectories in reversed(layers[1:]):
        direct = _below(trajectories, direct)
    trajectory = layers[0][place]
    found = many_adjoints(trajectory, direct.chunk(len(layers[0]), -1)[place])
    return _log10_mean(found.log10_norm)


def _below(trajectories: list[Trajectory], direct: Tensor) -> Tensor:
    """Gradients at the input of a layer, (loss, time, sample, features), from those at its output."""
    parts = direct.chunk(len(trajectories), -1)
    found = [
        many_adjoints(trajectory, part, to_inputs=True).at_inputs
        for trajectory, part in zip(trajectories, parts, strict=True)
    ]
    return torch.stack([one for one in found if one is not None]).sum(0)


def _log10_mean(log10_norms: Tensor) -> Tensor:
    """Log10 of the mean over sequences, (loss, time) from (loss, time, sample)."""
    natural = (log10_norms * math.log(10)).logsumexp(-1)
    return natural / math.log(10) - math.log10(log10_norms.shape[-1])
