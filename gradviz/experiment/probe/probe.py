"""Record one pass of a model that is not training yet, and leave the model as it was."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.capture.record import record
from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.errors import CannotWatch, NothingRecorded
from gradviz.experiment.probe.probe_loss import last_step_loss
from gradviz.experiment.probe.random_input import RandomInput, UnknownInput, check_shapes_known, random_input
from gradviz.experiment.probe.time_axis import Axes, seen_axes
from gradviz.recording.assemble import assemble
from gradviz.recording.provenance import provenance
from gradviz.vocabulary import MODEL_IS_LAYER, NOTHING_RECORDED, PROBE_INPUT, PROBE_LOSS

_SAMPLES = 16


def probe(
    model: nn.Module,
    *,
    inputs: Any = None,
    loss: Callable[[Any], Tensor] | None = None,
    length: int = 100,
    seed: int = 0,
) -> xr.DataTree:
    """Record how the gradient flows through a model in one forward and backward pass.

    The model stays as it was: weights, their gradients, buffers, training mode and random numbers.

    Parameters
    ----------
    model : nn.Module
        With a recurrent module in it.
    inputs : Tensor, PackedSequence, tuple, dict or RandomInput, optional
        What the model takes; a tuple or a dict are its arguments. By default 16 random sequences of
        `length` steps, whose shape is read off the first embedding, recurrent or linear layer.
    loss : callable, optional
        Of the model's output, giving a scalar, for example ``lambda output: criterion(output, targets)``. By
        default a random projection of the output at its last time step, so that what arrives at a
        step t has come all the way from the last one.
    length : int
        Time steps of the random input.
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
        If the shape of the input cannot be told, the model does not take what was inferred, or it has
        weights whose shape is not known yet.
    TypeError, ValueError
        If the loss is no function or gives no scalar, or the output holds nothing that a loss can be made of.
    """
    if not recurrent_modules(model):
        raise CannotWatch(
            f"{type(model).__name__} has no recurrent module to probe (nn.RNN, nn.LSTM, nn.GRU, their cells)"
        )
    if loss is not None and not callable(loss):
        raise TypeError(
            f"loss must be a function of the model's output, not {type(loss).__name__}; for example lambda "
            "output: criterion(output, targets)"
        )
    check_shapes_known(model)
    given = random_input(model, length=length, seed=seed) if inputs is None else inputs
    with _as_it_was(model):
        tree, ran_over = _recorded(model, given, loss, seed)
        if isinstance(given, RandomInput) and _is_swapped(given, ran_over):
            tree, _ = _recorded(model, given.swapped(), loss, seed)
        return tree


def _recorded(
    model: nn.Module, given: Any, loss: Callable[[Any], Tensor] | None, seed: int
) -> tuple[xr.DataTree, list[Axes]]:
    description = given.description if isinstance(given, RandomInput) else "inputs as given"
    measured_by = (
        "loss as given" if loss else "a random projection of the output, at its last time step if it has any"
    )
    metadata: dict[str, object] = {PROBE_INPUT: description, PROBE_LOSS: measured_by}
    if isinstance(model, (nn.RNNBase, nn.RNNCellBase)):
        metadata[MODEL_IS_LAYER] = 1
    torch.manual_seed(seed)
    tape = record(model, samples=_SAMPLES, detail="full", metadata=metadata)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "nothing was recorded", RuntimeWarning)
        with tape:
            with seen_axes(model) as seen:
                output = _forward(model, given)
            scalar = _scalar(loss(output)) if loss else last_step_loss(output, seen.axes, seed=seed)
            if scalar.requires_grad:
                scalar.backward()
    try:
        return tape.tree, seen.axes
    except NothingRecorded:
        said = provenance({**metadata, NOTHING_RECORDED: _why_nothing(tape.names, scalar, seen.axes)})
        return assemble({}, xr.Dataset(), said), seen.axes


def _why_nothing(names: Sequence[str], loss: Tensor, ran_over: Sequence[Axes]) -> str:
    if not ran_over:
        return f"the model did not call {', '.join(names)}"
    if not loss.requires_grad:
        return (
            "the loss needs no gradient: the output is detached or made under torch.no_grad(), or every "
            "weight is frozen"
        )
    return f"the loss does not depend on what {', '.join(names)} gave"


def _is_swapped(given: RandomInput, ran_over: Sequence[Axes]) -> bool:
    """Whether the recurrent modules ran along the batch of random input, as the model turns it round."""
    if given.time_axis is None:
        return False
    made_for = given.values.shape[given.time_axis], given.values.shape[1 - given.time_axis]
    read = {(axes.length, axes.batch) for axes in ran_over}
    return made_for not in read and made_for[::-1] in read


@contextmanager
def _as_it_was(model: nn.Module) -> Iterator[None]:
    """Gradients, buffers and random numbers are given back; within, gradients are on."""
    gradients = [(part, part.grad) for part in model.parameters()]
    places = [
        (module._buffers, name, held) for module in model.modules() for name, held in module._buffers.items()
    ]
    values = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    for part, _ in gradients:
        part.grad = None
    try:
        with torch.random.fork_rng(), torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        for part, gradient in gradients:
            part.grad = gradient
        with torch.no_grad():
            for buffer, before in values:
                buffer.copy_(before)
        for buffers, name, held in places:
            buffers[name] = held


def _forward(model: nn.Module, given: Any) -> Any:
    if isinstance(given, RandomInput):
        try:
            return model(_with_gradient(given.values))
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            raise UnknownInput(
                f"{type(model).__name__} does not take {given.description}: {error}; give the shape of its "
                "input (--input-shape); if it takes several, give them all (inputs=, or a factory that "
                "gives (model, inputs))"
            ) from error
    if isinstance(given, Tensor):
        return model(_with_gradient(given))
    if isinstance(given, PackedSequence) or not isinstance(given, (tuple, list, Mapping)):
        return model(given)
    return model(**given) if isinstance(given, Mapping) else model(*given)


def _with_gradient(values: Tensor) -> Tensor:
    """A copy that wants a gradient, so that layers whose weights are frozen are seen too.

    It is no leaf of the graph: a model may change it in place.
    """
    return values.detach().clone().requires_grad_().clone() if values.is_floating_point() else values


def _scalar(loss: Any) -> Tensor:
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        came = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise TypeError(f"loss must give a tensor of one number, not {came}")
    return loss
