"""The gradient of the loss of each step at the output of a recurrent module, by one backward pass.

One pass is enough if the loss of a step depends only on the module's output at that step, in the same
sequence.  This is checked by a second pass, in which each loss has its own random weight: it must give the
gradient of the first pass times these weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.errors import CannotWatch
from gradviz.models.evaluation_mode import evaluation_mode

StepLoss = Callable[[Any, Tensor], Tensor]

_IGNORED = -100  # ignore_index of torch.nn.functional.cross_entropy


class AtOutput(NamedTuple):
    """Input of the recurrent module, and the gradients at its output.

    ``x``: input of the module.  ``h0``, ``c0``: initial states, None if they were not given.
    ``gradient``: (time, sample, features), gradient of the loss of each step at the output of that step.
    """

    x: Tensor
    h0: Tensor | None
    c0: Tensor | None
    gradient: Tensor


def step_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """Loss of each step and sequence: cross-entropy for integer targets, else the squared error.

    Parameters
    ----------
    outputs : Tensor, shape (batch, time, features), or (time, batch, features)
    targets : Tensor
        Classes with the shape of `outputs` without features, or values with the shape of `outputs`.

    Returns
    -------
    Tensor, shape of `outputs` without features
        Cross-entropy in nats, or the squared error averaged over features.

    Raises
    ------
    TypeError
        If either is not a Tensor.
    ValueError
        If the shapes do not match, or a class has no output.
    """
    for name, value in {"the output of the model": outputs, "targets": targets}.items():
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{name} is {type(value).__name__}: must be a Tensor, unless you pass a loss= that accepts it"
            )
    classes = not targets.is_floating_point()
    if outputs.dim() != 3 or targets.shape != (outputs.shape[:2] if classes else outputs.shape):
        raise ValueError(
            f"outputs have shape {tuple(outputs.shape)} and targets {tuple(targets.shape)} of "
            f"{targets.dtype}: must be an output at every step, (batch, time, features), "
            "with targets of the same shape, or integers (batch, time)"
        )
    if classes:
        targets = targets.long()
        _check_classes(targets, outputs.shape[-1])
        return nn.functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), reduction="none").view(
            targets.shape
        )
    return (outputs - targets).square().mean(-1)


def _check_classes(targets: Tensor, count: int) -> None:
    ignored = targets == _IGNORED
    wrong = targets[((targets < 0) | (targets >= count)) & ~ignored]
    if len(wrong):
        raise ValueError(
            f"targets contain the class {wrong[0].item()}: must be from 0 to {count - 1}, "
            f"as the model has {count} outputs per step, or {_IGNORED} to be ignored"
        )
    if ignored.all():
        raise ValueError(f"all targets are {_IGNORED}, which is ignored, so there is no loss")


def gradients_at_output(
    model: nn.Module, module: nn.RNNBase, x: Any, targets: Tensor, *, loss: StepLoss | None = None
) -> AtOutput:
    """Gradient of the loss of each step at the output of a recurrent module, from one run of the model.

    Parameters
    ----------
    model : nn.Module
    module : nn.RNN, nn.LSTM or nn.GRU
        A module of the model.
    x : Tensor
        Input of the model, which runs in evaluation mode.
    targets : Tensor
    loss : callable, optional
        ``(outputs, targets)`` -> loss of each step and sequence; by default `step_loss`.

    Returns
    -------
    AtOutput

    Raises
    ------
    CannotWatch
        If the module is not called exactly once with a batch of sequences, the loss uses its final state, or
        the loss of a step depends on other steps or sequences.
    ValueError
        If x is empty, or the losses have another shape, are not finite, or do not depend on the module.
    """
    if isinstance(x, Tensor) and not x.numel():
        raise ValueError(f"x has shape {tuple(x.shape)}: must have at least one sequence and one time step")
    with evaluation_mode(model), _leaf_for_output(module) as calls, torch.enable_grad():
        outputs = model(x)
    if len(calls) != 1:
        raise CannotWatch(f"the model called its recurrent module {len(calls)} times: must be once")
    (args, out, final) = calls[0]
    with torch.enable_grad():
        losses = (loss or step_loss)(outputs[0] if isinstance(outputs, tuple) else outputs, targets)
        gradient = _checked_gradient(losses, out, final, batch_first=module.batch_first)
    given, h0, c0 = args
    return AtOutput(given, h0, c0, gradient)


@contextmanager
def _leaf_for_output(module: nn.RNNBase) -> Iterator[list[tuple[Any, Tensor, list[Tensor]]]]:
    """Replace the results of the module by leaves, and collect them with the inputs of each call."""
    calls: list[tuple[Any, Tensor, list[Tensor]]] = []

    def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
        given = _given(*args, **kwargs)
        out, last = result
        states = [part.detach().requires_grad_() for part in (last if isinstance(last, tuple) else (last,))]
        leaf = out.detach().requires_grad_()
        calls.append((given, leaf, states))
        return leaf, tuple(states) if isinstance(last, tuple) else states[0]

    handle = module.register_forward_hook(hook, with_kwargs=True)
    try:
        yield calls
    finally:
        handle.remove()


def _given(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """x, h0 and c0 from the arguments ``(input, hx=None)`` of a recurrent module."""
    named = {"hx": None, **dict(zip(("input", "hx"), args, strict=False)), **kwargs}
    x, state = named["input"], named["hx"]
    if isinstance(x, PackedSequence) or x.dim() != 3:
        raise CannotWatch(
            "the input of the recurrent module is a PackedSequence, or has no batch dimension: "
            "give a batch of sequences of one length"
        )
    h0, c0 = state if isinstance(state, tuple) else (state, None)
    return x.detach(), h0, c0


def _checked_gradient(losses: Tensor, out: Tensor, final: list[Tensor], *, batch_first: bool) -> Tensor:
    """Gradient (time, sample, features), if the losses of the steps are independent."""
    time_axis = 1 if batch_first else 0
    places = out.movedim(time_axis, 0).shape[:2]  # (time, sample)
    layouts = (
        [layout for layout in (losses, losses.mT) if layout.shape == places] if losses.dim() == 2 else []
    )
    if not layouts:
        raise ValueError(
            f"the loss has shape {tuple(losses.shape)}: must be one number for each step and sequence, "
            f"(time, batch) = {tuple(places)} or (batch, time), not averaged (reduction='none')"
        )
    if not torch.isfinite(losses).all():
        broken = int((~torch.isfinite(losses)).sum())
        raise ValueError(
            f"the loss is not finite at {broken} of {losses.numel()} steps and sequences: "
            "look for NaN or infinity in x, the targets and the weights"
        )
    gradient, *of_final = torch.autograd.grad(
        losses.sum(), [out, *final], retain_graph=True, allow_unused=True
    )
    if any(one is not None and bool(one.any()) for one in of_final):
        raise CannotWatch(
            "the loss depends on the final state of the module, not only on its output at each step"
        )
    if gradient is None:
        raise ValueError("the loss does not depend on the output of the recurrent module")
    if not torch.isfinite(gradient).all():
        raise ValueError("the gradient of the loss at the recurrent module's output is not finite")
    if not gradient.any():
        raise ValueError(
            "the gradient of every loss at the recurrent module's output is exactly zero: "
            "no gradient flows back to the module, or every loss is at its minimum"
        )
    weight = 1 + torch.rand(places, generator=torch.Generator().manual_seed(0)).to(losses)
    gradient = gradient.movedim(time_axis, 0)
    expected = gradient * weight.unsqueeze(-1)
    rounding = torch.finfo(out.dtype).eps ** 0.5 * expected.abs().max()
    for layout in layouts:
        (weighted,) = torch.autograd.grad((layout * weight).sum(), out, retain_graph=True)
        difference = weighted.movedim(time_axis, 0) - expected
        if difference.abs().max() <= rounding:
            return gradient
    raise CannotWatch(
        "the loss of a step depends on the recurrent module's output at other steps or in other sequences: "
        "between the module and the loss, every step must be processed separately"
    )
