"""From which steps' losses a state gets its gradient: loss against state, step by step."""

from __future__ import annotations

import math
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn

from gradviz.dynamics.labelled import labelled
from gradviz.dynamics.many_adjoints import many_adjoints
from gradviz.dynamics.module_checks import check_place, only_recurrent
from gradviz.dynamics.step_losses import AtOutput, StepLoss, gradients_at_output
from gradviz.dynamics.trajectory import Trajectory, run_trajectory
from gradviz.dynamics_vocabulary import LOG10_CONNECTIVITY
from gradviz.vocabulary import FORWARD, REVERSE

_MOST_NUMBERS = 2**20  # in one array of states, of the losses that are carried together


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
    """Gradient of the loss at step s at the hidden state of step t, for every s and t.

    One backward pass takes all losses to the recurrent module's output, where each touches its own step; then
    one adjoint recursion carries them all at once, one right-hand side each, far beyond float range.

    Parameters
    ----------
    model : nn.Module
        Answers at every step, and holds a recurrent module that it calls once.  It runs in evaluation mode,
        so without dropout.
    x : Tensor
        What the model takes: a batch of sequences of one length.
    targets : Tensor
        Classes (batch, time), or values of the outputs' shape.
    loss : callable, optional
        ``(outputs, targets) -> Tensor (batch, time)`` or (time, batch): the loss of every step and sequence,
        not averaged.  By default cross-entropy for integer targets, the squared error for others.  Of a model
        that answers with a tuple, `outputs` is its first.
    module : str, optional
        Dotted name, needed where the model holds several recurrent modules.
    layer : int, optional
        By default the last.
    direction : {"forward", "reverse"}

    Returns
    -------
    DataArray, dims (loss_time, time)
        ``log10_connectivity``, decades: log10 of the mean over sequences of ‖dL_s/dh_t‖, L_s being the loss
        of one step of one sequence; of an LSTM with c_t held fixed.  -inf where it is exactly 0.  NaN where
        there is no way: at states after the loss (in reverse before it), unless a layer above looks both
        ways.

    Raises
    ------
    CannotWatch
        If there is no such module, or the loss of a step depends on other steps of its output, or on other
        sequences.
    UnknownName
        For another module or direction.
    ValueError
        If a shape, a class or the layer does not fit, x is empty, or a loss is not finite or does not depend
        on the module.
    """
    recurrent = only_recurrent(model, module)
    chosen = recurrent.num_layers - 1 if layer is None else layer
    check_place(recurrent, chosen, direction)
    at_output = gradients_at_output(model, recurrent, x, targets, loss=loss)
    with torch.no_grad():
        layers = [_trajectories(recurrent, at_output, k) for k in range(chosen, recurrent.num_layers)]
        gradient = at_output.gradient.double()
        steps = torch.arange(len(gradient), device=gradient.device)
        together = max(1, _MOST_NUMBERS // gradient.numel())
        place = int(direction == REVERSE)
        norms = torch.cat([_norms(layers, place, gradient, losses) for losses in steps.split(together)])
    if chosen == recurrent.num_layers - 1 or not recurrent.bidirectional:
        no_way = torch.ones_like(norms, dtype=torch.bool).triu(1)
        norms = norms.masked_fill(no_way.t() if place else no_way, torch.nan)
    return labelled(LOG10_CONNECTIVITY, norms)


def _trajectories(recurrent: nn.RNNBase, at_output: AtOutput, layer: int) -> list[Trajectory]:
    """Of each direction of that layer."""
    h0, c0 = at_output.h0, at_output.c0
    directions = (FORWARD, REVERSE)[: 2 if recurrent.bidirectional else 1]
    return [
        run_trajectory(recurrent, at_output.x, layer=layer, direction=d, h0=h0, c0=c0) for d in directions
    ]


def _norms(layers: list[list[Trajectory]], place: int, gradient: Tensor, losses: Tensor) -> Tensor:
    """Log10 of the mean norms of some of the losses, (loss, time), in the first of the layers.

    ``losses``: consecutive steps.  ``place``: of the direction.  ``gradient``: (time, sample, features), at
    the last layer's output.
    """
    direct = gradient.new_zeros(len(losses), *gradient.shape)
    direct[losses - losses[0], losses] = gradient[losses]  # each at its own step
    for trajectories in reversed(layers[1:]):
        direct = _below(trajectories, direct)
    trajectory = layers[0][place]
    found = many_adjoints(trajectory, direct.chunk(len(layers[0]), -1)[place])
    return _log10_mean(found.log10_norm)


def _below(trajectories: list[Trajectory], direct: Tensor) -> Tensor:
    """Gradients at a layer's input, (loss, time, sample, features), from those at its output."""
    parts = direct.chunk(len(trajectories), -1)
    found = [
        many_adjoints(trajectory, part, to_inputs=True).at_inputs
        for trajectory, part in zip(trajectories, parts, strict=True)
    ]
    return torch.stack([one for one in found if one is not None]).sum(0)


def _log10_mean(log10_norms: Tensor) -> Tensor:
    """Over sequences, (loss, time) from (loss, time, sample)."""
    natural = (log10_norms * math.log(10)).logsumexp(-1)
    return natural / math.log(10) - math.log10(log10_norms.shape[-1])
