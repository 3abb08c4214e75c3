"""Record one pass of a model that is not training yet, and leave the model unchanged."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn

from gradviz.arguments import check_whole_number
from gradviz.capture.record import record
from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.capture.unregistered import how_to_register
from gradviz.errors import CannotWatch, NothingRecorded, NothingRecordedWarning
from gradviz.experiment.probe.call_model import call_model, with_gradient
from gradviz.experiment.probe.probe_loss import last_step_loss, picks_a_step
from gradviz.experiment.probe.random_input import (
    DEFAULT_LENGTH,
    RandomInput,
    UnknownInput,
    check_shapes_known,
    random_input,
)
from gradviz.experiment.probe.scalar_loss import scalar_loss
from gradviz.experiment.probe.time_axis import Axes, seen_axes
from gradviz.recording.assemble import assemble
from gradviz.recording.provenance import provenance
from gradviz.vocabulary import (
    MODEL_IS_LAYER,
    NOTHING_RECORDED,
    PROBE_GIVEN,
    PROBE_INPUT,
    PROBE_KIND,
    PROBE_LAST_STEP,
    PROBE_LOSS,
    PROBE_LOSS_KIND,
    PROBE_PICKED_STEP,
    PROBE_RANDOM,
)

_SAMPLES = 16


def probe(
    model: nn.Module,
    *,
    inputs: Any = None,
    loss: Callable[[Any], Tensor] | None = None,
    length: int | None = None,
    lag: int | None = None,
    seed: int = 0,
) -> xr.DataTree:
    """Record the gradient in a model's recurrent modules during one forward and backward pass.

    The model is left unchanged: its weights, their gradients, its buffers, its training mode, and the state
    of the random generators.

    Parameters
    ----------
    model : nn.Module
        A model with at least one recurrent module.
    inputs : Tensor, PackedSequence, tuple, dict or RandomInput, optional
        Input of the model; a tuple or a dict holds its arguments. By default 16 random sequences, whose
        shape is inferred from the first embedding, recurrent or linear layer.
    loss : callable, optional
        Function of the model's output that returns a scalar, for example
        ``lambda output: criterion(output, targets)``. By default a random projection of the output at the
        last time step, so that the gradient at a step t has passed through all later steps.
    length : int, optional
        Time steps of the default input. By default 100, or ``lag + 1`` if that is more.
    lag : int, optional
        Time steps over which the task must remember. The default input is made long enough for it.
    seed : int
        Seed of the random input, of the projection, and of dropout during the pass.

    Returns
    -------
    DataTree
        Recording of 16 sequences, as `gradviz.record` makes it with ``detail="full"``. The attributes
        ``probe_input`` and ``probe_loss`` describe input and loss; ``probe_kind`` is ``"random"`` or
        ``"given"``, and ``probe_loss_kind`` is ``"last_step"`` or ``"given"``. If no gradient reached a
        recurrent module, the tree has no children, and the attribute ``nothing_recorded`` gives the reason.

    Raises
    ------
    CannotWatch
        If the model has no recurrent module, or is scripted.
    UnknownInput
        If the shape of the input cannot be inferred, the model does not take the inferred input, or it has
        weights whose shape is not known yet.
    TypeError, ValueError
        If the loss is not a function or does not return a scalar, the output has no floating-point tensor
        to compute a loss from, or the lag is not a whole number of at least 1.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), lag=120)
    >>> dict(tree["lstm"]["log10_grad_h"].sizes)
    {'step': 1, 'layer': 1, 'direction': 1, 'time': 121, 'sample': 16}
    >>> tree.attrs["probe_kind"]
    'random'
    """
    modules = recurrent_modules(model).values()
    if not modules:
        hint = how_to_register(model)
        raise CannotWatch(
            f"{type(model).__name__} has no recurrent module to probe (nn.RNN, nn.LSTM, nn.GRU or "
            f"their cells){'; ' if hint else ''}{hint}"
        )
    if loss is not None and not callable(loss):
        raise TypeError(
            f"loss must be a function of the model's output, not {type(loss).__name__}; for example lambda "
            "output: criterion(output, targets)"
        )
    check_shapes_known(model)
    steps = _length(length, lag)
    given = random_input(model, length=steps, seed=seed) if inputs is None else inputs
    with _unchanged(model):
        tree, axes = _record_pass(model, modules, given, loss=loss, seed=seed)
        if isinstance(given, RandomInput) and _is_swapped(given, axes):
            tree, _ = _record_pass(model, modules, given.swapped(), loss=loss, seed=seed)
        return tree


def _length(length: int | None, lag: int | None) -> int:
    if lag is not None:
        lag = check_whole_number("lag", lag, at_least=1)
    return max(DEFAULT_LENGTH, (lag or 0) + 1) if length is None else length


def _record_pass(
    model: nn.Module,
    modules: Collection[nn.Module],
    given: Any,
    *,
    loss: Callable[[Any], Tensor] | None,
    seed: int,
) -> tuple[xr.DataTree, list[Axes]]:
    metadata = _metadata(model, given, loss)
    torch.manual_seed(seed)
    tape = record(model, samples=_SAMPLES, detail="full", metadata=metadata)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NothingRecordedWarning)
        with tape:
            with seen_axes(modules) as seen:
                output = _forward(model, given)
            scalar = scalar_loss(loss(output)) if loss else last_step_loss(output, seen.axes, seed=seed)
            if scalar.requires_grad:
                scalar.backward()
    try:
        tree = tape.tree
    except NothingRecorded:
        tree = assemble({}, xr.Dataset(), provenance(metadata))
    if not loss and picks_a_step(output, seen.axes):
        tree.attrs[PROBE_PICKED_STEP] = 1
    if not tree.children:
        tree.attrs[NOTHING_RECORDED] = _why_nothing(tape.names, scalar, seen.axes)
    return tree, seen.axes


def _metadata(model: nn.Module, given: Any, loss: Callable[[Any], Tensor] | None) -> dict[str, object]:
    """Attributes of the recording: input and loss, and whether the model is a recurrent layer itself."""
    is_random = isinstance(given, RandomInput)
    found: dict[str, object] = {
        PROBE_INPUT: given.description if is_random else "inputs as given",
        PROBE_KIND: PROBE_RANDOM if is_random else PROBE_GIVEN,
        PROBE_LOSS: "loss as given"
        if loss
        else "a random projection of the output, at its last time step if it has a time axis",
        PROBE_LOSS_KIND: PROBE_GIVEN if loss else PROBE_LAST_STEP,
    }
    if isinstance(model, (nn.RNNBase, nn.RNNCellBase)):
        found[MODEL_IS_LAYER] = 1
    return found


def _why_nothing(names: Sequence[str], loss: Tensor, calls: Sequence[Axes]) -> str:
    if not calls:
        return f"the model did not call {', '.join(names)}"
    if not loss.requires_grad:
        return (
            "the loss does not require a gradient: the output is detached or was computed under "
            "torch.no_grad(), or every weight is frozen"
        )
    return f"the loss does not depend on the output of {', '.join(names)}"


def _is_swapped(given: RandomInput, calls: Sequence[Axes]) -> bool:
    """Whether the model transposed the random input, so that its recurrent modules ran along the batch."""
    if given.time_axis is None:
        return False
    intended = given.values.shape[given.time_axis], given.values.shape[1 - given.time_axis]
    found = {(axes.length, axes.batch) for axes in calls}
    return intended not in found and intended[::-1] in found


@contextmanager
def _unchanged(model: nn.Module) -> Iterator[None]:
    """Enable gradients within the block; afterwards restore gradients, buffers and random generators."""
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
            return model(with_gradient(given.values))
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            raise UnknownInput(
                f"{type(model).__name__} does not take {given.description}: {error}; give the shape of its "
                "input (--input-shape), or all inputs if it takes several (inputs=, or a factory that "
                "returns (model, inputs))"
            ) from error
    return call_model(model, given)
