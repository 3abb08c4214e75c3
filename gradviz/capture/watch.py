"""What follows a model while a tape is open: the hooks on its modules, on backward passes and optimizers."""

from __future__ import annotations

import math
import os
import weakref
from typing import Protocol

from torch import nn
from torch.optim import Optimizer

from gradviz.capture.chosen_modules import ChosenModules
from gradviz.capture.first_states import FirstStates
from gradviz.capture.forward_recorder import ForwardRecorder
from gradviz.capture.interceptor import CallInterceptor
from gradviz.capture.mixed_states import MixedStates
from gradviz.capture.optimizer_steps import OptimizerSteps
from gradviz.capture.private_torch import has_compiled_parts
from gradviz.capture.step_recorder import StepRecorder
from gradviz.capture.unseen_calls import UnseenCalls
from gradviz.capture.warn_user import warn_user
from gradviz.capture.whole_step import WholeStep
from gradviz.errors import NothingRecordedWarning


class _Part(Protocol):
    def stop(self) -> None: ...


class Watch:
    """Follows a model, and passes what it sees to ``recorder``.

    Parameters
    ----------
    model : nn.Module
    recorder : StepRecorder or ForwardRecorder
    chosen : ChosenModules
        Which of its recurrent modules are recorded.
    optimizer : Optimizer or None
        As `check_optimizer` accepts it.
    """

    def __init__(
        self,
        model: nn.Module,
        recorder: StepRecorder | ForwardRecorder,
        chosen: ChosenModules,
        optimizer: Optimizer | None,
    ):
        self._recorder = recorder
        self.interceptor = CallInterceptor(model, recorder.intercept, recorder.permuted, chosen)
        self.unseen = UnseenCalls(self._modules, lambda: recorder.names, lambda: has_compiled_parts(model))
        self.optimizer_steps = OptimizerSteps(model, recorder.end_iteration)
        self._first_states = FirstStates(self._modules)
        self._mixed_states = MixedStates(
            lambda: recorder.layer_calls if isinstance(recorder, StepRecorder) else ()
        )
        self.whole_step = WholeStep(
            model, optimizer, recorder.state_nodes, self._continues_step, lambda: recorder.frozen
        )
        self._process = os.getpid()
        self._has_warned = False

    def _modules(self) -> dict[str, nn.Module]:
        """The modules that a backward pass may reach; none if no gradients are recorded."""
        return {} if isinstance(self._recorder, ForwardRecorder) else self.interceptor.modules

    def _continues_step(self) -> float:
        """Of the training step that is running, which is recorded or looked at; NaN if neither tells."""
        recorded, seen = self._recorder.continues_step, self._first_states.continues_step
        return seen if math.isnan(recorded) else recorded

    @property
    def is_on(self) -> bool:
        """Whether the training step that is running is recorded."""
        return self.interceptor.running

    def begin(self, owner: object) -> None:
        """Follow the model until `end`, or until ``owner`` is dropped."""
        self._process = os.getpid()
        for stop in (*(part.stop for part in self._parts), self._recorder.clear):
            weakref.finalize(owner, stop)
        self.optimizer_steps.start()
        self.whole_step.start()

    @property
    def _parts(self) -> tuple[_Part, ...]:
        return (
            self.interceptor,
            self.unseen,
            self.optimizer_steps,
            self.whole_step,
            self._first_states,
            self._mixed_states,
        )

    def record_step(self, is_due: bool) -> None:
        """Begin a training step, which is recorded if it is due."""
        self._first_states.begin_step(is_due)
        for part in (self.interceptor, self.unseen, self._mixed_states):
            if is_due:
                part.start()
            else:
                part.stop()
        self.whole_step.begin_step(is_due)

    def pause(self, is_paused: bool) -> None:
        """Overlook what the model does, and the backward passes, until it is called with False."""
        self.interceptor.is_paused = is_paused
        self.whole_step.pause(is_paused)
        if is_paused:
            self.unseen.stop()
        elif self.is_on:
            self.unseen.start()

    def end(self) -> None:
        """Remove every hook from modules, backward passes and optimizers; what was recorded stays."""
        for part in self._parts:
            part.stop()

    def is_in_a_fork(self) -> bool:
        """Whether this is a child of the process that records; if so, everything ends here, with a warning.

        What ``os.fork`` has copied is left alone: the recording belongs to the parent.
        """
        if os.getpid() == self._process:
            return False
        trained = self._recorder.has_called
        self.end()
        self._recorder.clear()
        if trained and not self._has_warned:
            self._has_warned = True
            warn_user(
                "this process was forked from the one that records, so what it trains is not recorded; open "
                "a tape of its own in it",
                NothingRecordedWarning,
            )
        return True
