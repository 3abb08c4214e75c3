"""One step on a batch of two with the user's own code, so that what does not fit is found before training."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.errors import GradvizError
from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.own_parts import references_in, shown_name, sources_in
from gradviz.experiment.config.schema import Experiment, OwnModelConfig
from gradviz.experiment.config.validation import Mistake
from gradviz.experiment.own_code.failure import failure
from gradviz.experiment.own_code.reference import is_reference
from gradviz.tasks.task_table import Task
from gradviz.training.placement import Placement

_PASSED: set[str] = set()  # by the parts that matter, which many points of a sweep share
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
    parts: Any = {"task": True, "model": True, "training": {"optimizer", "metric"}}
    table = experiment.model_dump(include=parts, mode="json")
    if not any(references_in(table)):
        return []
    key = json.dumps(table, sort_keys=True)
    if key in _PASSED:
        return []
    experiment.keep_task(task)
    trial = _Trial(experiment, task)
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
        outputs = self._tried(self._outputs, model, *(place(part) for part in batch))
        if outputs is None:
            return
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
        if not _alike(first, second):
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
        if not _same_weights(built, again):
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

    def _loss(self, outputs: Any, targets: Any) -> Tensor:
        words = f"loss(outputs, targets), of {_shape(outputs)} and {_shape(targets)},"
        loss = self._call(self._loss_path, words, self._task.loss, outputs, targets)
        if not isinstance(loss, Tensor) or loss.numel() != 1 or loss.dim() != 0:
            raise self._wrong(self._loss_path, f"{words} returned {_told(loss)}; it must return one number")
        if not loss.requires_grad:
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

    def _step(self, model: nn.Module, loss: Tensor) -> None:
        self._call(self._loss_path, "the gradient of the loss", loss.backward)
        if is_reference(self._experiment.training.optimizer):
            self._call("training.optimizer", "its step()", self._optimizer(model).step)


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


def _alike(first: tuple[Any, Any], second: tuple[Any, Any]) -> bool:
    return all(
        _values(one).shape == _values(other).shape
        and torch.equal(torch.nan_to_num(_values(one)), torch.nan_to_num(_values(other)))
        for one, other in zip(first, second, strict=True)
    )


def _same_weights(one: nn.Module, other: nn.Module) -> bool:
    weights, again = one.state_dict(), other.state_dict()
    return weights.keys() == again.keys() and all(
        not isinstance(value, Tensor)
        or (
            value.shape == again[name].shape
            and torch.equal(torch.nan_to_num(value), torch.nan_to_num(again[name]))
        )
        for name, value in weights.items()
    )


def _values(part: Tensor | PackedSequence) -> Tensor:
    return part.data
