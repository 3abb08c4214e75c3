"""Computes the variables of a recording from one layer's native states and arriving gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from gradviz import vocabulary as v
from gradviz.capture.fused_call import LayerCall
from gradviz.capture.gate_statistics import gate_statistics
from gradviz.capture.gradient_statistics import GradientStatistics
from gradviz.capture.input_gradient import InputGradient
from gradviz.capture.log10_norm import unit_norm
from gradviz.capture.replay_error import replay_error
from gradviz.capture.scaled_gradient import ScaledGradient
from gradviz.capture.scaling import scaled_blocks
from gradviz.capture.sequence_layout import SequenceLayout
from gradviz.capture.spectrum import spectrum, weight_norm
from gradviz.capture.upstream_gradient import UpstreamGradient
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.fused_adjoint import FusedAdjoint
from gradviz.cells.launch_bound import is_launch_bound
from gradviz.cells.layout import CellReplay, Sequences, Weights
from gradviz.cells.workspace import Workspace


class Measured(NamedTuple):
    """Variables of one layer and direction in real time; dims without step, layer and direction.

    ``to_input``: the gradient that it sends to its input, (time, sample, input), in the order of processing;
    None if it was not asked for.
    """

    variables: dict[str, np.ndarray]
    replay_error: float
    to_input: ScaledGradient | None


def direct_gradient(
    gradients: Sequence[Tensor | None],
    ran: LayerCall,
    direction: int,
    layout: SequenceLayout,
    dtype: torch.dtype,
) -> UpstreamGradient:
    """The direct gradient of one direction, from the gradients at (out, h_n) or (out, h_n, c_n).

    Parameters
    ----------
    gradients : sequence of Tensor or None
        ``out``: (time, batch, directions * state) or packed; ``h_n``: (directions, batch, state); ``c_n``:
        (directions, batch, hidden).
    """
    out, h_n, *c_n = gradients
    state = ran.h0.shape[-1]
    direct_h = direct_c = None
    if out is not None:
        direct_h = layout.gather(out[..., direction * state : (direction + 1) * state]).to(dtype)
    if h_n is not None:
        final = layout.states(h_n[direction]).to(dtype)
        direct_h = final.new_zeros(layout.steps, *final.shape) if direct_h is None else direct_h.clone()
        layout.add_at_end(direct_h, final)
    if c_n and c_n[0] is not None:
        final = layout.states(c_n[0][direction]).to(dtype)
        direct_c = final.new_zeros(layout.steps, *final.shape)
        layout.add_at_end(direct_c, final)
    return UpstreamGradient(direct_h, direct_c)


def measure(
    spec: CellSpec,
    ran: LayerCall,
    direction: int,
    layout: SequenceLayout,
    upstream: UpstreamGradient,
    *,
    full: bool,
    to_input: bool,
    computed_in: str,
    workspace: Workspace,
) -> Measured:
    """Replay one direction of a layer and follow its gradient back through time.

    Parameters
    ----------
    spec : CellSpec
    ran : LayerCall
    direction : int
        0 forward, 1 reverse.
    layout : SequenceLayout
    upstream : UpstreamGradient
    full : bool
        Keep signed gradients, gates and states, the norm along each path, and the spectra.
    to_input : bool
        Whether to compute the gradient that the layer sends to its input.
    computed_in : str
        Name of the dtype of the native arithmetic.
    workspace : Workspace
    """
    weights = ran.weights[direction].to(workspace.dtype)
    sequences = _choose_sequences(ran, direction, layout, workspace)
    tiny = torch.finfo(ran.out.dtype).tiny
    replay = replay_states(spec, sequences, weights, computed_in=computed_in, workspace=workspace)
    norms = unit_norm(sequences.h)
    keep = GradientStatistics(
        spec.description, replay, upstream, norms[:-1], weights.w_hh, full=full, tiny=tiny
    )
    sent = InputGradient(replay, weights.w_ih) if to_input else None
    for block in scaled_blocks(replay, upstream):
        keep.add(block)
        if sent is not None:
            sent.add(block)
    found = keep.variables() | state_variables(sequences, replay, norms, full=full)
    found.update(gate_statistics(spec.description, _gates_in_real_time(replay, layout), layout.valid))
    recurrent = weights.w_hh, len(spec.description.gates), weights.w_hr
    found.update(weight_norm(*recurrent))
    if full:
        found.update(spectrum(*recurrent))
    hidden = replay.gates.shape[-1]
    return Measured(
        {name: _to_numpy(name, values, layout, hidden, workspace.dtype) for name, values in found.items()},
        replay_error=replay_error(replay, sequences, layout.valid),
        to_input=None if sent is None else sent.gradient(),
    )


def replay_states(
    spec: CellSpec, sequences: Sequences, weights: Weights, *, computed_in: str, workspace: Workspace
) -> CellReplay:
    """The states of sequences computed again, with the adjoint that suits the device."""
    if spec.layer and is_launch_bound(sequences.x.device) and weights.w_hr is None:
        states = spec.replay_layer(sequences, weights, workspace)
        drift = v.replay_error_limit(computed_in) / 10
        return FusedAdjoint(states, sequences, weights, spec, workspace, drift=drift)
    return spec.replay(sequences, weights, workspace)


def state_variables(
    sequences: Sequences, replay: CellReplay, norms: Tensor, *, full: bool
) -> dict[str, Tensor]:
    """The norms of the states, and with ``full`` the states and gates: (time, sample, ...).

    ``norms``: (time + 1, sample), of the hidden states, h_0 first.
    """
    found = {v.STATE_H: norms[1:]}
    if replay.c is not None:
        found[v.STATE_C] = unit_norm(replay.c)
    if full:
        found[v.H] = sequences.h[1:]
        found[v.GATES] = replay.gates.movedim(0, 2)
        if replay.c is not None:
            found[v.C] = replay.c
    return found


def _choose_sequences(
    ran: LayerCall, direction: int, layout: SequenceLayout, workspace: Workspace
) -> Sequences:
    state = ran.h0.shape[-1]
    x = layout.gather(ran.x).to(workspace.dtype)
    native = layout.gather(ran.out[..., direction * state : (direction + 1) * state])
    h = workspace.take("h", layout.steps + 1, *native.shape[1:])
    h[0] = layout.states(ran.h0[direction])
    h[1:] = native
    c0 = None if ran.c0 is None else layout.states(ran.c0[direction]).to(workspace.dtype)
    return Sequences(x, h, c0)


def _gates_in_real_time(replay: CellReplay, layout: SequenceLayout) -> Tensor:
    """(gate, time, sample, hidden); zero after the end of a sequence."""
    if layout.valid is None:  # their means are reversed later, which is cheaper
        return replay.gates
    return layout.real_time(replay.gates.movedim(0, 2)).nan_to_num_().movedim(2, 0)


def _to_numpy(
    name: str, values: Tensor, layout: SequenceLayout, hidden: int, dtype: torch.dtype
) -> np.ndarray:
    """A copy (the workspace is reused) in real time, with one value for each hidden unit."""
    dims = v.VARIABLES[name].dims
    if v.SAMPLE in dims or (v.TIME in dims and layout.valid is None):
        values = layout.real_time(values)
    return with_all_units(name, values, hidden).to("cpu", dtype, copy=True).numpy()


def with_all_units(name: str, values: Tensor, hidden: int) -> Tensor:
    """With NaN for the units that a projected state does not have."""
    if v.VARIABLES[name].dims[-1] != v.UNIT or values.shape[-1] == hidden:
        return values
    return nn.functional.pad(values, (0, hidden - values.shape[-1]), value=torch.nan)
