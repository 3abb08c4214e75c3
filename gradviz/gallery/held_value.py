"""LSTMs of one unit that are trained to keep a number, and one recorded pass of each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from gradviz.capture.record import record
from gradviz.gallery.gallery_figure import Data
from gradviz.models.initialise import initialise
from gradviz.models.sequence import SequenceModel
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import FULL, GATE, GATES, LOG10_GRAD_C, SAMPLE, STEP, TIME, C, H

VALUE, OUTPUT_GATE, ANSWER = "value", "output_gate", "answer"
FORGET_BIAS, LEARNING_RATE, BATCH, SEQUENCES = 3.0, 2e-2, 32, 64

_INPUTS = 3  # the number or noise; whether it is the number; whether to answer


class Holding(NamedTuple):
    """What is trained.

    Attributes
    ----------
    span : int
        Time steps of noise between the number and the question.
    steps : int
        Training steps; the span of each is drawn anew, up to the whole one.
    noise : float
        Standard deviation.
    seeds : int
        How many LSTMs.
    """

    span: int
    steps: int
    noise: float
    seeds: int


def held_values(holding: Holding) -> Data:
    """A pass of each trained LSTM, by seed.

    Returns
    -------
    dict of str to DataTree
        Dims ``time`` and ``sample``: states, output gate and log10 of the gradient of the answer at the cell
        state; the number that was shown and the answer.
    """
    return {str(seed): xr.DataTree(_trained(holding, seed)) for seed in range(holding.seeds)}


def _trained(holding: Holding, seed: int) -> xr.Dataset:
    torch.manual_seed(seed)
    model = SequenceModel("lstm", _INPUTS, 1, 1, every_step=True)
    initialise(model, "forget_bias", value=FORGET_BIAS)
    shown = batch(SEQUENCES, holding.span, holding.noise, torch.Generator().manual_seed(seed + 1000))
    _train(model, holding, torch.Generator().manual_seed(seed))
    return _pass(model, shown)


def batch(size: int, span: int, noise: float, generator: torch.Generator) -> Tensor:
    """Inputs, shape (size, span + 2, 3): a number from U[-1, 1], noise, the question."""
    inputs = torch.zeros(size, span + 2, _INPUTS)
    inputs[:, 0, 0] = 2 * torch.rand(size, generator=generator) - 1
    inputs[:, 0, 1] = 1
    inputs[:, 1:-1, 0] = noise * torch.randn(size, span, generator=generator)
    inputs[:, -1, 2] = 1
    return inputs


def _train(model: SequenceModel, holding: Holding, generator: torch.Generator) -> None:
    """Minimise the squared error of the answer plus that of the outputs before it, which should be 0."""
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    for _ in range(holding.steps):
        span = int(torch.randint(1, holding.span + 1, (1,), generator=generator))
        inputs = batch(BATCH, span, holding.noise, generator)
        outputs = model(inputs)
        assert isinstance(outputs, Tensor)
        loss = (outputs[:, -1, 0] - inputs[:, 0, 0]).square().mean() + outputs[:, :-1].square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()


def _pass(model: SequenceModel, inputs: Tensor) -> xr.Dataset:
    with record(model, samples=None, detail=FULL) as tape:
        outputs = model(inputs)
        assert isinstance(outputs, Tensor)
        outputs[:, -1].sum().backward()
    series = select_series(select_module(tape.tree)).isel({STEP: 0})
    gate = series[GATES].sel({GATE: "output"}, drop=True)
    drawn = {C: series[C], H: series[H], OUTPUT_GATE: gate, LOG10_GRAD_C: series[LOG10_GRAD_C]}
    of_states = {
        name: ((TIME, SAMPLE), np.asarray(values.squeeze().transpose(TIME, SAMPLE), dtype=np.float64))
        for name, values in drawn.items()
    }
    return xr.Dataset(
        {
            **of_states,
            VALUE: (SAMPLE, inputs[:, 0, 0].double().numpy()),
            ANSWER: (SAMPLE, outputs[:, -1, 0].detach().double().numpy()),
        }
    )
