"""One step on a batch of two with the user's own code, so that what does not fit is found before training."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils.rnn import PackedSequence

from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.errors import GradvizError
from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.checks.metric_memory import remembers
from gradviz.experiment.config.checks.trial_resumed import alike, same_outputs, same_steps
from gradviz.experiment.config.own.own_parts import references_in, shown_name, sources_in
from gradviz.experiment.config.schema import Experiment, OwnModelConfig
from gradviz.experiment.config.validation import Mistake
from gradviz.experiment.own_code.failure import failure
from gradviz.experiment.own_code.reference import is_reference
from gradviz.tasks.task_table import Task
from gradviz.training.placement import Placement

_PASSED: set[str] = set()  # by the parts that matter, which many points of a sweep share
_MATTERS = {  # of the training
    *("optimizer", "optimizer_options", "metric", "momentum", "nesterov", "weight_decay", "dtype")
}
_SIZE = 2


def trial_mistakes(experiment: Experiment, task: Task) -> list[Mistake]:
    """What goes wrong in one training step with a batch of two; nothing is tried without own code.

    Parameters
    ----------
    experiment : Experiment
        With no other mistakes.
    task : Task
        The one that it names.

    Returns
    -------
    list of Mistake
        The random generators of torch are left as they were.
    """
    parts: Any = {"task": True, "model": True, "training": _MATTERS}
    table = experiment.model_dump(include=parts, mode="json")
    if not any(references_in(table)):
        return []
    key = json.dumps(table, sort_keys=True)
    if key in _PASSED:
        return []
    used = copy.copy(task)  # so that a run begins with one that was never called
    experiment.keep_task(used)
    trial = _Trial(experiment, used)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        trial.run()
    if not trial.mistakes:
        _PASSED.add(key)
    return list(dict.fromkeys(trial.mistakes))


class _Failed(Exception):
    """A part of the trial failed, and its mistake is known."""


class _Trial:
    def __init__(self, experiment: Experiment, task: Task) -> None:
        self._experiment, self._task = experiment, task
        self._sources = sources_in(experiment.model_dump())
        self._own_task = is_reference(experiment.task.name)
        self.mistakes: list[Mistake] = []

    def run(self) -> None:
        """Take the step as far as it goes."""
        batch, model = self._tried(self._batch), self._tried(self._model)
        if model is not None and is_reference(self._experiment.training.optimizer):
            self._tried(self._optimizer, model)
        if batch is None or model is None:
            return
        place = Placement.of(model)
        inputs, targets = (place(part) for part in batch)
        outputs = self._tried(self._outputs, model, inputs, targets)
        if outputs is None:
            return
        if self._model_path == "model.make":
            self._tried(self._resumed, model, inputs, targets)
        self._tried(self._metrics, *outputs)
        loss = self._tried(self._loss, *outputs)
        if loss is not None:
            self._tried(self._step, model, loss)

    def _tried(self, part: Callable[..., Any], *given: Any) -> Any:
        try:
            return part(*given)
        except _Failed:
            return None

    def _call(self, path: str, words: str, function: Callable[..., Any], *given: Any) -> Any:
        """What a call returns; if it raises, that is a mistake at the path."""
        try:
            return function(*given)
        except _Failed:
            raise
        except GradvizError as error:
            raise self._wrong(path, str(error)) from error
        except (Exception, SystemExit) as error:
            raise self._wrong(path, f"{words} failed: {failure(error, self._sources)}") from error

    def _wrong(self, path: str, sentence: str) -> _Failed:
        """Note a mistake; the caller raises what it returns."""
        table = self._experiment.model_dump()
        part, key = path.split(".")
        self.mistakes.append(Mistake(path, f" = {shown_name(str(table[part][key]))!r}: {sentence}"))
        return _Failed()

    @property
    def _model_path(self) -> str:
        return "model.make" if isinstance(self._experiment.model, OwnModelConfig) else "task.name"

    def _batch(self) -> tuple[Any, Any]:
        first, second = self._draw(), self._draw()
        if not alike([part.data for part in first], [part.data for part in second]):
            raise self._wrong(
                "task.name",
                "batch(size, generator) returned other numbers when it was called again with the same "
                "generator; draw all of them with that generator, since a resumed run draws them again",
            )
        return first

    def _draw(self) -> tuple[Any, Any]:
        torch.manual_seed(0)
        task: Any = self._task
        if getattr(task, "carries_state", False):
            words, made = "segment(2, 0)", self._call("task.name", "segment(2, 0)", task.segment, _SIZE, 0)
        else:
            words, generator = "batch(2, generator)", torch.Generator().manual_seed(0)
            made = self._call("task.name", words, task.batch, _SIZE, generator)
        parts = made[:2] if isinstance(made, tuple | list) else ()
        if len(parts) < 2 or not all(isinstance(part, Tensor | PackedSequence) for part in parts):
            told = f"({', '.join(type(part).__name__ for part in parts)})" if parts else type(made).__name__
            raise self._wrong(
                "task.name", f"{words} returned {told}; it must return inputs and targets as two tensors"
            )
        return parts[0], parts[1]

    def _model(self) -> nn.Module:
        if self._model_path == "task.name":
            self._check_sizes()
        built, again = self._built(), self._built()
        if any(isinstance(weight, UninitializedParameter) for weight in built.parameters()):
            raise self._wrong(
                self._model_path,
                "the model has weights whose shape is not known before its first call (nn.LazyLinear, ...); "
                "give them their sizes, so that a run can draw them from its seed",
            )
        if not alike(built.state_dict(), again.state_dict()):
            raise self._wrong(
                self._model_path,
                "the model had other weights when it was made again with the same seed; draw all of them "
                "with torch, which a run seeds",
            )
        if not self._call(self._model_path, "the model", recurrent_modules, built):
            raise self._wrong(
                self._model_path,
                f"the model, a {type(built).__name__}, has no nn.RNN, nn.LSTM, nn.GRU or cell of them, so "
                "there is nothing to record",
            )
        return built

    def _built(self) -> nn.Module:
        torch.manual_seed(0)
        model, _ = self._call(self._model_path, "building the model", build, self._experiment)
        built: nn.Module = model
        return built

    def _check_sizes(self) -> None:
        wanted = {
            "input_size": "the number of inputs of a time step",
            "output_size": "the number of outputs of the model",
        }
        missing = [f"{name}, {words}" for name, words in wanted.items() if not hasattr(self._task, name)]
        if missing:
            raise self._wrong(
                "task.name",
                f"the task needs {' and '.join(missing)}, for the model with a cell that gradviz builds",
            )

    def _optimizer(self, model: nn.Module) -> torch.optim.Optimizer:
        how = self._experiment.optimisation()
        make: Any = how.optimizer
        given = partial(make, model.parameters(), lr=how.learning_rate, **how.optimizer_settings())
        made: torch.optim.Optimizer = self._call("training.optimizer", "it", given)
        return made

    def _outputs(self, model: nn.Module, inputs: Any, targets: Any) -> tuple[Any, Any]:
        carries = getattr(self._task, "carries_state", False)
        words = f"the model, called with inputs of {_shape(inputs)},"
        outputs = self._call(self._model_path, words, model, inputs, *([None] if carries else []))
        if carries:
            if not isinstance(outputs, tuple) or len(outputs) != 2:
                raise self._wrong(self._model_path, "the model must return (outputs, state) for this task")
            outputs = outputs[0]
        return outputs, targets

    def _resumed(self, model: nn.Module, inputs: Any, targets: Any) -> None:
        """A model that is made again, as for a resumed run, must answer as the one that was called before."""
        again = self._built()
        same = partial(same_outputs, model, again, lambda one: self._outputs(one, inputs, targets)[0])
        if not self._call(self._model_path, "loading its state_dict() into a new model", same):
            raise self._wrong(
                self._model_path,
                "the model gave other outputs when it was made again and given the state_dict() of the one "
                "that was called before; keep what changes in buffers (register_buffer), and draw random "
                "numbers with torch, since a resumed run makes the model again",
            )

    def _loss(self, outputs: Any, targets: Any) -> Tensor:
        loss = self._one_loss(outputs, targets)
        with torch.no_grad():
            again = self._one_loss(outputs, targets, learned=False)
        if not torch.equal(torch.nan_to_num(loss), torch.nan_to_num(again)):
            raise self._wrong(
                self._loss_path,
                "loss(outputs, targets) returned another number when it was called again with the same "
                "outputs and targets; it must depend on them alone and change neither",
            )
        return loss

    def _one_loss(self, outputs: Any, targets: Any, *, learned: bool = True) -> Tensor:
        torch.manual_seed(0)
        words = f"loss(outputs, targets), of {_shape(outputs)} and {_shape(targets)},"
        loss = self._call(self._loss_path, words, self._task.loss, outputs, targets)
        if not isinstance(loss, Tensor) or loss.numel() != 1 or loss.dim() != 0:
            raise self._wrong(self._loss_path, f"{words} returned {_told(loss)}; it must return one number")
        if learned and not loss.requires_grad:
            raise self._wrong(
                self._loss_path, f"{words} does not depend on the weights of the model, so nothing is learned"
            )
        return loss

    @property
    def _loss_path(self) -> str:
        return "task.name" if self._own_task else self._model_path

    def _metrics(self, outputs: Any, targets: Any) -> None:
        own, task = self._experiment.training.metric, self._task
        own_first = [getattr(task, "metric", None), *getattr(task, "further_metrics", {}).values()]
        with torch.no_grad():
            if own is not None:
                self._number("training.metric", task.metric_name, task.metric, outputs, targets)
            for metric in own_first[own is not None :]:
                if metric is not None:
                    self._number(self._loss_path, "metric", metric, outputs, targets)

    def _number(self, path: str, name: str, metric: Callable[..., Any], outputs: Any, targets: Any) -> None:
        words = f"{name}(outputs, targets), of {_shape(outputs)} and {_shape(targets)},"
        value = self._call(path, words, metric, outputs, targets)
        try:
            float(value)
        except (TypeError, ValueError, RuntimeError):
            raise self._wrong(path, f"{words} returned {_told(value)}; it must return one number") from None
        if self._call(path, words, remembers, metric, outputs, targets):
            raise self._wrong(
                path,
                f"{name}(outputs, targets) remembers what it was called with before; it must depend on these "
                "two alone, since a resumed run begins without its memory (over in a claim looks back)",
            )

    def _step(self, model: nn.Module, loss: Tensor) -> None:
        self._call(self._loss_path, "the gradient of the loss", loss.backward)
        if is_reference(self._experiment.training.optimizer):
            again = self._built()
            same = partial(same_steps, model, again, self._optimizer)
            if not self._call("training.optimizer", "its step()", same):
                raise self._wrong(
                    "training.optimizer",
                    "its steps were others after load_state_dict(state_dict()); keep what it counts or "
                    "averages in self.state or in the parameter groups, since a resumed run makes it anew",
                )


def _shape(value: Any) -> str:
    if isinstance(value, PackedSequence):
        return f"packed sequences of shape {tuple(value.data.shape)}"
    return f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"type {type(value).__name__}"


def _told(value: Any) -> str:
    return (
        f"a tensor of {_shape(value)}"
        if isinstance(value, Tensor)
        else f"a value of type {type(value).__name__}"
    )
