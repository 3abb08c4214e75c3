"""The matrix products that no exact recording can do without, as the measure of the recorder's time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch

from gradviz.benchmark.steps import Step, Workload
from gradviz.cells.cell_table import spec_of_module


@contextmanager
def floor_products(workload: Workload, *, samples: int | None = 16) -> Iterator[Step]:
    """The products of one recorded training step, on numbers of the right shapes.

    The gates of the chosen sequences are one product with the input and recurrent weights. Their gradients
    come back one time step after the other, each by one product with the transposed recurrent weight. A layer
    above the first hands its gradient down by one product with its transposed input weight.

    Parameters
    ----------
    workload : Workload
        Its recurrent layers go in one direction.
    samples : int, optional
        Number of sequences that are recorded; all if None, or if the batch is smaller.

    Yields
    ------
    callable
        Multiplies.
    """
    layer = workload.model.recurrent
    gates = len(spec_of_module(layer).description.gates) * layer.hidden_size
    batch, steps = workload.inputs.shape[:2]
    sequences = batch if samples is None else min(samples, batch)
    device = workload.inputs.device
    zeros = partial(torch.zeros, device=device)
    w_ih = [getattr(layer, f"weight_ih_l{at}").detach() for at in range(layer.num_layers)]
    w_hh = [getattr(layer, f"weight_hh_l{at}").detach() for at in range(layer.num_layers)]
    forward = [torch.cat(pair, 1) for pair in zip(w_ih, w_hh, strict=True)]
    sources = [zeros(weight.shape[1], steps * sequences) for weight in forward]
    back_in_time = [weight.t().contiguous() for weight in w_hh]
    down = [weight.t().contiguous() for weight in w_ih[1:]]
    at_gates, of_gates = zeros(gates, steps * sequences), zeros(steps, gates, sequences)
    step_by_step = of_gates.unbind(0)
    at_state, at_input = zeros(layer.hidden_size, sequences), zeros(layer.hidden_size, steps * sequences)

    @torch.no_grad()
    def multiply() -> None:
        for weight, source in zip(forward, sources, strict=True):
            torch.mm(weight, source, out=at_gates)
        for weight in back_in_time:
            for of_step in step_by_step:
                torch.mm(weight, of_step, out=at_state)
        for weight in down:
            torch.mm(weight, at_gates, out=at_input)

    yield multiply
