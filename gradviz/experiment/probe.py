"""Record one pass of a model that is not training yet, and leave the model as it was."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.capture.record import record
from gradviz.capture.watch import recurrent_modules
from gradviz.errors import CannotWatch, NothingRecorded
from gradviz.experiment.probe_loss import last_step_loss
from gradviz.experiment.random_input import RandomInput, UnknownInput, random_input
from gradviz.recording.provenance import provenance
from gradviz.recording.tree import assemble
from gradviz.vocabulary import MODEL_IS_LAYER, NOTHING_RECORDED, PROBE_INPUT, PROBE_LOSS

_SAMPLES = 16


def probe(
    model: nn.Module, *, inputs: Any = None, loss: Callable[[Any], Tensor] | None = None, seed: int = 0
) -> xr.DataTree:
    """Record how the gradient flows through a model in one forward and backward pass.

    The model stays as it was: weights, their gradients, buffers, training mode and random numbers.

    Parameters
    ----------
    model : nn.Module
        With a recurrent module in it.
    inputs : Tensor, PackedSequence, tuple, dict or RandomInput, optional
        What the model takes; a tuple or a dict are its arguments. By default 16 sequences of 100 random
        steps, whose shape is read off the first embedding, recurrent or linear layer.
    loss : callable, optional
        Of the model's output, giving a scalar, for example ``lambda output: criterion(output, targets)``. By
        default a random projection of the output at its last time step, so that what arrives at a
        step t has come all the way from the last one.
    seed : int
        Of the random input, of the projection, and of dropout during the pass.

    Returns
    -------
    DataTree
        As `gradviz.record` makes it, with ``detail="full"``, of 16 sequences. Attributes ``probe_input``
        and ``probe_loss`` say what was run. If no gradient came through a recurrent module, it holds
        none, and the attribute ``nothing_recorded`` says why.

    Raises
    ------
    CannotWatch
        If there is no recurrent module in the model, or it is scripted.
    UnknownInput
        If the shape of the input cannot be told, or the model does not take what was inferred.
    TypeError, ValueError
        If the loss is no scalar, or the output holds nothing that a loss can be made of.
    """
    if not recurrent_modules(model):
        raise CannotWatch(
            f"{type(model).__name__} has no recurrent module to probe (nn.RNN, nn.LSTM, nn.GRU, their cells)"
        )
    given = random_input(model, seed=seed) if inputs is None else inputs
    described = given.described if isinstance(given, RandomInput) else "inputs as given"
    measured_by = "loss as given" if loss else "a random projection of the output at the last time step"
    metadata: dict[str, object] = {PROBE_INPUT: described, PROBE_LOSS: measured_by}
    if isinstance(model, nn.RNNBase):
        metadata[MODEL_IS_LAYER] = 1
    with _as_it_was(model), torch.enable_grad():
        torch.manual_seed(seed)
        tape = record(model, samples=_SAMPLES, detail="full", metadata=metadata)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "nothing was recorded", RuntimeWarning)
            with tape:
                output = _forward(model, given)
                scalar = _scalar(loss(output)) if loss else last_step_loss(output, _layout(given), seed=seed)
                if scalar.requires_grad:
                    scalar.backward()
        try:
            return tape.tree
        except NothingRecorded:
            why = (
                "it ran, but nothing came back to it" if tape.saw_call else "it did not run with gradients on"
            )
            return assemble({}, xr.Dataset(), provenance({**metadata, NOTHING_RECORDED: why}))


@contextmanager
def _as_it_was(model: nn.Module) -> Iterator[None]:
    """Gradients, buffers and random numbers are given back."""
    gradients = [(part, part.grad) for part in model.parameters()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    for part, _ in gradients:
        part.grad = None
    try:
        with torch.random.fork_rng():
            yield
    finally:
        for part, gradient in gradients:
            part.grad = gradient
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


def _forward(model: nn.Module, given: Any) -> Any:
    if isinstance(given, RandomInput):
        values = given.values.clone().requires_grad_() if given.values.is_floating_point() else given.values
        try:
            return model(values)
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            raise UnknownInput(
                f"{type(model).__name__} does not take {given.described}: {error}; give the shape of its "
                "input (--input-shape) or inputs="
            ) from error
    if isinstance(given, PackedSequence) or not isinstance(given, (tuple, list, Mapping)):
        return model(given)
    return model(**given) if isinstance(given, Mapping) else model(*given)


def _layout(given: Any) -> int | None:
    """Which axis of the output is time, if it is known."""
    return given.time_axis if isinstance(given, RandomInput) else None


def _scalar(loss: Any) -> Tensor:
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        came = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise TypeError(f"loss must give a tensor of one number, not {came}")
    return loss
