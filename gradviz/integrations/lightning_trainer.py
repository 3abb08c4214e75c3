"""What a recording needs to know of a Lightning trainer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from gradviz.capture.optimizer_watch import parameters_of
from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.vocabulary import LOSS


def optimizer_of(trainer: Any, model: nn.Module) -> Optimizer | None:
    """The optimizer to watch: of several, the first that holds weights of a recurrent module.

    None if no optimizer holds a parameter of the model that is followed by its own hooks.
    """
    optimizers = [each for each in trainer.optimizers if isinstance(each, Optimizer)]
    for modules in (list(recurrent_modules(model).values()), [model]):
        for optimizer in optimizers:
            if any(parameters_of(module, optimizer) for module in modules):
                return optimizer
    return None


def first_step_of(trainer: Any) -> int:
    """The number of the training step that comes next: how many batches have ended in an optimizer step.

    It is the step under which Lightning itself passes numbers to its loggers.
    """
    loop = trainer.fit_loop.epoch_loop
    return int(getattr(loop, "_batches_that_stepped", trainer.global_step))


def scaler_of(trainer: Any) -> Any:
    """The scaler of the loss under ``precision="16-mixed"``; None if there is none."""
    return getattr(trainer.precision_plugin, "scaler", None)


def logs_to(trainer: Any) -> Callable[..., None] | None:
    """A function that passes numbers to every logger of the trainer; None if it has none."""
    loggers = list(trainer.loggers)
    if not loggers:
        return None

    def log(values: dict[str, float], step: int) -> None:
        for logger in loggers:
            logger.log_metrics(values, step=step)

    return log


class MeanLoss:
    """The mean loss over the batches of a training step: several, if gradients accumulate."""

    def __init__(self) -> None:
        self._losses: list[Tensor] = []

    def add(self, outputs: Any, divided_by: int) -> None:
        """Take in what ``on_train_batch_end`` was given.

        Parameters
        ----------
        outputs : Any
            A dict with a loss, if ``training_step`` returned one.
        divided_by : int
            What Lightning has divided the loss by.
        """
        loss = outputs.get(LOSS) if isinstance(outputs, Mapping) else outputs
        if isinstance(loss, Tensor) and loss.numel() == 1:
            self._losses.append(loss.detach() * divided_by)

    def take(self) -> float | None:
        """The mean, and begin again; None if no batch had a loss."""
        losses, self._losses = self._losses, []
        return float(sum(float(loss) for loss in losses) / len(losses)) if losses else None
