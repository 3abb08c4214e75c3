"""What counts for a whole training step, not for one call: the loss, its scale, the optimizer, the batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.optim import Optimizer

from gradviz.capture.backward_starts import listen, stop_listening
from gradviz.capture.batch_spread import as_batch, batch_spread, check_same_batch
from gradviz.capture.loss_graph import LossFacts, of_any, read_loss
from gradviz.capture.loss_scale import LossScale, check_scaler, without_scale
from gradviz.capture.optimizer_watch import OptimizerWatch
from gradviz.capture.output_hook import in_backward
from gradviz.recording.call_record import CallRecord
from gradviz.recording.frozen_modules import frozen_curves
from gradviz.recording.join_attributes import NAMES_SEPARATOR
from gradviz.vocabulary import (
    CONTINUES_STEP,
    NAMES_NOT_IN_OPTIMIZER,
    NAMES_NOT_ZEROED,
    OUTPUT_SPREAD,
    TARGET_SPREAD,
)

_MOST_NAMES = 32  # in the attribute of a step


class WholeStep:
    """Watches the backward passes and the optimizer between `begin_step` and the end of the step.

    Parameters
    ----------
    model : nn.Module
    optimizer : Optimizer or None
        As `check_optimizer` accepts it.
    state_nodes : callable
        Returns what computed the states of the recorded calls of this step.
    continues_step : callable
        Returns whether a call of this step begins with a state of an earlier one, undetached; NaN if unknown.
    frozen : callable
        Returns the names of the modules of this step that run with frozen weights.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer | None,
        state_nodes: Callable[[], Collection[Node]],
        continues_step: Callable[[], float] = lambda: math.nan,
        frozen: Callable[[], Collection[str]] = tuple,
    ):
        self._continues_step = continues_step
        self._frozen = frozen
        self._state_nodes = state_nodes
        self._optimizer = None if optimizer is None else OptimizerWatch(model, optimizer)
        self._scale = LossScale()
        self._is_recorded = False
        self._forget_step()

    def start(self) -> None:
        """Put the hooks on the optimizer."""
        if self._optimizer is not None:
            self._optimizer.start()

    def begin_step(self, is_recorded: bool) -> None:
        """Begin a training step; nothing is measured in one that is not recorded."""
        if is_recorded != self._is_recorded:
            (listen if is_recorded else stop_listening)(self._pass)
        self._is_recorded = is_recorded
        self._forget_step()
        if self._optimizer is not None:
            self._optimizer.begin_step(is_recorded)

    def pause(self, is_paused: bool) -> None:
        """Overlook backward passes until it is called with False."""
        if self._is_recorded:
            (stop_listening if is_paused else listen)(self._pass)

    def stop(self) -> None:
        """Take back every hook; what was measured stays."""
        stop_listening(self._pass)
        if self._optimizer is not None:
            self._optimizer.stop()

    def _forget_step(self) -> None:
        self._losses: list[LossFacts] = []
        self._spreads: dict[str, float] = {}
        self._shapes: list[tuple[int, ...]] = []
        self._scaler: Any = None
        self._scale.begin_step()

    def give(self, output: Any, target: Any, scaler: Any) -> None:
        """Take what ``tape.step`` was given; None for what it was not.

        Raises
        ------
        TypeError
            If output or target is not a batch of numbers, or the scaler does not scale gradients.
        ValueError
            If output and target have no batch axis, or batches of different sizes.
        """
        named = {OUTPUT_SPREAD: ("output", output), TARGET_SPREAD: ("target", target)}
        batches: dict[str, Tensor] = {
            spread: as_batch(name, value) for spread, (name, value) in named.items() if value is not None
        }
        if len(batches) == len(named):
            check_same_batch(*batches.values())
        if scaler is not None:
            check_scaler(scaler)
        self._scaler = scaler
        if self._is_recorded:
            self._shapes = [tuple(batch.shape) for batch in batches.values()]
            self._spreads = {spread: batch_spread(batch) for spread, batch in batches.items()}

    def end_step(self) -> None:
        """End what `begin_step` began: the scaler is known in the passes that follow."""
        if self._scaler is not None:
            self._scale.remember(self._scaler)

    def metrics(self) -> dict[str, float]:
        """The training curves at this step; empty unless it is recorded."""
        watched = {} if self._optimizer is None else self._optimizer.metrics(self._of_loss())
        continues = self._continues_step()
        older = {} if math.isnan(continues) else {CONTINUES_STEP: continues}
        return watched | self._spreads | older | frozen_curves(self._frozen())

    def complete(self, record: CallRecord) -> CallRecord:
        """The record of a call with what counts for its whole step, and without the scale of the loss."""
        if self._losses:
            facts = of_any(self._losses)
            if len(self._shapes) == 2:
                facts = facts.with_shapes(*self._shapes)
            variables = {name: np.asarray(value) for name, value in facts.as_variables().items()}
            record = record.with_more(variables, {})
        if self._optimizer is not None:
            lists = {
                NAMES_NOT_ZEROED: self._optimizer.not_zeroed,
                NAMES_NOT_IN_OPTIMIZER: self._optimizer.left_out,
            }
            joined = {key: NAMES_SEPARATOR.join(names[:_MOST_NAMES]) for key, names in lists.items() if names}
            record = record.with_more({}, joined)
        return without_scale(record, self._of_loss())

    def _of_loss(self) -> float:
        return self._scale.of_step(self._scale.newest if self._scaler is None else self._scaler)

    @contextmanager
    def _pass(self, roots: list[Node]) -> Iterator[None]:
        if roots and not in_backward():  # a pass within another, as a checkpoint makes it, has no loss
            self._losses.append(read_loss(roots, self._state_nodes()))
            self._scale.begin_pass(roots)
        with ExitStack() as passes:
            if self._optimizer is not None:
                passes.enter_context(self._optimizer.backward_pass())
            yield
