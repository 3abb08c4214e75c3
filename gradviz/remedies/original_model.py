"""The model of a factory, of which only copies are trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from gradviz.remedies.training_case import NoTraining


@contextmanager
def original_model_unchanged(model: nn.Module) -> Iterator[None]:
    """Within the block the parameters hold no gradient; afterwards they hold what they held before.

    Parameters
    ----------
    model : nn.Module
    """
    held = [(part, part.grad) for part in model.parameters()]
    for part, _ in held:
        part.grad = None
    try:
        yield
    finally:
        for part, gradient in held:
            part.grad = gradient


def check_not_trained(model: nn.Module) -> None:
    """Raise an error if a gradient has reached the model itself, while a copy was trained.

    Parameters
    ----------
    model : nn.Module

    Raises
    ------
    NoTraining
        The loss then computes with the model itself, as a penalty on its weights does.
    """
    reached = next((name for name, part in model.named_parameters() if part.grad is not None), None)
    if reached is not None:
        raise NoTraining(
            f"the loss computes with the model that the factory returned ({reached}), but only copies of it "
            "are trained; let loss_fn(output, target) compute with what the model returns, and give a "
            "penalty on weights as weight_decay of the optimizer"
        )
