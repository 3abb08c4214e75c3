"""The adjoint recursion of one layer for many losses at once; each loss is a row of the batch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gradviz.capture.log10_norm import log10_norm
from gradviz.capture.scaled_gradient import times_power_of_two
from gradviz.capture.scaling import scaled_blocks
from gradviz.capture.upstream_gradient import UpstreamGradient
from gradviz.cells.layout import Sequences
from gradviz.cells.workspace import Workspace
from gradviz.dynamics.trajectory import Trajectory


class ManyAdjoints(NamedTuple):
    """Gradients of each loss, in the order of time.

    ``log10_norm``: (loss, time, sample), log10 of ‖dL/dh_t‖.  ``at_inputs``: (loss, time, sample, input),
    dL/dx_t, zero where it is below the range of float64; None if it was not requested.
    """

    log10_norm: Tensor
    at_inputs: Tensor | None


def many_adjoints(trajectory: Trajectory, direct: Tensor, *, to_inputs: bool = False) -> ManyAdjoints:
    """Total gradients at the hidden states of a layer and direction, for many losses.

    Parameters
    ----------
    trajectory : Trajectory
    direct : Tensor, shape (loss, time, sample, state), float64
        Direct gradients, in the order of time.
    to_inputs : bool
        Whether to compute the gradients at the inputs of the layer too.

    Returns
    -------
    ManyAdjoints
    """
    losses, steps, samples, _ = direct.shape
    upstream = trajectory.real_time(direct.transpose(0, 1).flatten(1, 2))  # (time, loss * sample, state)
    nonzero = upstream.flatten(1).any(1).nonzero()
    stop = int(nonzero[-1]) + 1 if len(nonzero) else 1  # no gradient reaches a later step
    x, h, c0 = trajectory.sequences
    repeated = Sequences(
        x[:stop].double().repeat(1, losses, 1),
        h[: stop + 1].double().repeat(1, losses, 1),
        None if c0 is None else c0.double().repeat(losses, 1),
    )
    weights = trajectory.weights.to(torch.float64)
    replay = trajectory.spec.replay_layer(repeated, weights, Workspace(torch.float64, x.device))
    norms = upstream.new_full((steps, losses * samples), -torch.inf)
    at_inputs = upstream.new_zeros(steps, losses * samples, x.shape[-1] if to_inputs else 0)
    for block in scaled_blocks(replay, UpstreamGradient(upstream[:stop].clone(), None)):
        here = slice(block.first, block.stop)
        norms[here] = log10_norm(block.norm_h, block.exponent)
        if to_inputs:
            reached = block.rest.grad_gates.flatten(2) @ weights.w_ih
            at_inputs[here] = times_power_of_two(reached, block.exponent)
    norms, at_inputs = (
        trajectory.real_time(values).unflatten(1, (losses, samples)).transpose(0, 1)
        for values in (norms, at_inputs)
    )
    return ManyAdjoints(norms, at_inputs if to_inputs else None)
