"""The schema of the tables that say how a model is trained: [training], [validation] and [curriculum]."""

from __future__ import annotations

import dataclasses
import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from gradviz.experiment.config.condition_values import NO_LIMIT
from gradviz.experiment.config.own.own_names import is_own, known_or_own
from gradviz.experiment.config.own.own_optimisation import own_settings
from gradviz.experiment.config.table import Count, Number, Positive, Table, known
from gradviz.training.curriculum import Curriculum
from gradviz.training.learning_rate_schedule import CONSTANT, SCHEDULES, Schedule
from gradviz.training.optimisation import OPTIMIZERS, Optimisation
from gradviz.training.validation_set import Validation

STOP_REASONS = ("hopeless",)
GOALS = ("max", "min")
_DEVICE = re.compile(r"cpu|mps|cuda(:\d{1,3})?")
DTYPES = ("float32", "float64")

_OPTIMISATION = [one.name for one in dataclasses.fields(Optimisation) if one.name not in ("schedule", "seed")]


def _limit_or_none(value: object) -> object:
    if isinstance(value, str) and value != NO_LIMIT:
        raise ValueError(f"must be a number, or {NO_LIMIT!r}")
    return None if value == NO_LIMIT else value


def _device(name: str) -> str:
    if not _DEVICE.fullmatch(name):
        raise ValueError("must be 'cpu', 'cuda', 'cuda:' with a number, or 'mps'")
    return name


def _table_of_name(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class ScheduleConfig(Table):
    """``schedule``: how the learning rate changes; see `gradviz.training.learning_rate_schedule.Schedule`.

    A name alone is short for a table with it.  ``every`` and ``factor`` are for ``"step"``, as in
    ``schedule = {name = "step", every = 500, factor = 0.5}``.
    """

    name: Annotated[str, AfterValidator(known("schedule", SCHEDULES))]
    every: Count | None = None
    factor: Positive | None = None


Limit = Annotated[Positive | None, BeforeValidator(_limit_or_none)]


class TrainingConfig(Table):
    """The training; see `gradviz.training.optimisation.Optimisation`.

    ``optimizer = "myopt.py:make"`` is called as ``make(parameters, lr=learning_rate)``, also with
    ``momentum``, ``nesterov`` and ``weight_decay`` by name where they are given.  ``metric =
    "mymetric.py:name"`` is called as ``name(outputs, targets)``, and is recorded under that name beside the
    task's own; with it ``stop_at`` is about this metric, and needs ``metric_goal = "min"`` or ``"max"``.

    ``optimizer_options`` are other options of the optimizer by torch's names, such as ``{alpha = 0.9}`` for
    rmsprop; an optimizer of one's own gets them by name too.

    ``clip_norm``, ``clip_value``, ``bptt`` and ``omega`` may be ``"none"``, which is the same as leaving
    them out, so that a sweep can say ``"training.clip_norm" = [1.0, "none"]``.

    ``warmup`` is the number of steps in which the learning rate rises linearly, with any ``schedule``.

    ``bptt = 20`` cuts every sequence into segments of 20 time steps and carries the state from one to the
    next; no gradient passes between them, unless ``bptt_detach = false``.

    ``omega`` is the weight of Pascanu's regulariser, for plain recurrent networks.

    ``device`` is ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``; ``dtype`` is ``"float32"`` or
    ``"float64"``.  The weights are drawn on the CPU in float32 for all of them.

    ``stop_when = "hopeless"`` ends a run as soon as its gradient vanishes so far that it will hardly learn
    its task; see `gradviz.alert`. It is for tasks with one fixed lag.
    """

    added: ClassVar[frozenset[str]] = frozenset(
        {
            *("momentum", "nesterov", "weight_decay", "schedule", "warmup"),
            *("bptt", "bptt_detach", "omega", "device", "dtype", "metric", "metric_goal"),
            "optimizer_options",
        }
    )

    steps: Count = 1000
    batch_size: Count = 50
    optimizer: Annotated[str, AfterValidator(known_or_own("optimizer", OPTIMIZERS))] = "adam"
    learning_rate: Positive = 1e-3
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.0
    nesterov: bool = False
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    optimizer_options: dict[str, Any] = Field(default_factory=dict)
    schedule: Annotated[ScheduleConfig | None, BeforeValidator(_table_of_name)] = None
    warmup: Annotated[int, Field(ge=0, lt=2**63)] = 0
    clip_norm: Limit = None
    clip_value: Limit = None
    bptt: Annotated[Count | None, BeforeValidator(_limit_or_none)] = None
    bptt_detach: bool = True
    omega: Limit = None
    metric: Annotated[str, AfterValidator(is_own)] | None = None
    metric_goal: Annotated[str, AfterValidator(known("goal", GOALS))] | None = None
    stop_at: Number | None = None
    stop_when: Annotated[str, AfterValidator(known("reason to stop", STOP_REASONS))] | None = None
    device: Annotated[str, AfterValidator(_device)] = "cpu"
    dtype: Annotated[str, AfterValidator(known("dtype", DTYPES))] = "float32"

    def optimisation(self, seed: int) -> Optimisation:
        """The training's settings, with the seed of its batches."""
        given = own_settings({name: getattr(self, name) for name in _OPTIMISATION})
        return Optimisation(**given, schedule=self.made_schedule(), seed=seed)

    def made_schedule(self) -> Schedule | None:
        """The schedule with the warm-up; None if the learning rate does not change."""
        given = self.schedule or ScheduleConfig(name=CONSTANT)
        if self.schedule is None and not self.warmup:
            return None
        return Schedule(
            given.name, self.warmup, given.every, **({"factor": given.factor} if given.factor else {})
        )


class ValidationConfig(Table):
    """The validation; see `gradviz.training.validation_set.Validation`.

    ``every = 100`` evaluates the model after each 100 training steps, and after the last one, on ``batches``
    batches that it is not trained on.  ``patience = 5`` ends the run after 5 evaluations in a row without a
    lower loss.
    """

    every: Count = 100
    batches: Count = 10
    patience: Count | None = None

    def made(self) -> Validation:
        """The validation's settings."""
        return Validation(**self.model_dump())


class CurriculumConfig(Table):
    """The curriculum; see `gradviz.training.curriculum.Curriculum`.

    ``lengths = [10, 20, 50]`` with ``every = 200`` trains on each length for 200 steps, and on the last one
    for the rest; with ``advance_at = 0.05`` until the task's metric reaches 0.05.
    """

    lengths: Annotated[tuple[Count, ...], Field(strict=False)]
    every: Count | None = None
    advance_at: Number | None = None

    def made(self) -> Curriculum:
        """The curriculum.

        Raises
        ------
        ValueError
            If its keys do not go together.
        """
        return Curriculum(self.lengths, self.every, self.advance_at)
