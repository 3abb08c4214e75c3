"""The schema of an experiment's TOML file."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, field_validator

from gradviz.capture.record import DETAILS_WITH_GRADIENT
from gradviz.experiment.config.table import Count, Number, Positive, Seed, Table
from gradviz.experiment.config.table import known as _known
from gradviz.experiment.config.toml_values import lists_to_tuples
from gradviz.experiment.config.training_schema import CurriculumConfig, TrainingConfig, ValidationConfig
from gradviz.models.initialise import INITIALISATIONS
from gradviz.models.layers import LAYERS
from gradviz.tasks.task_table import Task, make_task
from gradviz.training.optimisation import Optimisation


def _count_or_all(value: object) -> object:
    return _number_or_word(value, 1, "all")


def _step_or_end(value: object) -> object:
    return _number_or_word(value, 0, "end")


def _number_or_word(value: object, at_least: int, word: str) -> object:
    if value == word or (
        isinstance(value, int) and not isinstance(value, bool) and at_least <= value < 2**63
    ):
        return value
    raise ValueError(f"must be a whole number of at least {at_least}, or {word!r}")


class TaskConfig(Table):
    """A task: its name, and its options beside the name."""

    model_config = ConfigDict(extra="allow")

    name: str

    @property
    def options(self) -> dict[str, Any]:
        """All keys except the name."""
        return dict(self.model_extra or {})


class ModelConfig(Table):
    """A network and its initialisation."""

    cell: Annotated[str, AfterValidator(_known("cell", LAYERS))]
    hidden_size: Count = 128
    num_layers: Count = 1
    bidirectional: bool = False
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    init: Annotated[str, AfterValidator(_known("initialisation", INITIALISATIONS))] = "default"
    init_options: dict[str, Any] = Field(default_factory=dict)


class RecordingConfig(Table):
    """The recording; see `gradviz.record`."""

    every: Count = 20
    samples: Annotated[int | str, BeforeValidator(_count_or_all)] = 16
    detail: Annotated[str, AfterValidator(_known("detail", DETAILS_WITH_GRADIENT))] = "norms"

    @property
    def sample_count(self) -> int | None:
        """Number of sequences, as `gradviz.record` takes it: None for all."""
        return self.samples if isinstance(self.samples, int) else None


class Expectation(Table):
    """One claim of the source: a comparison of a metric with a number.

    ``at`` is a step, counted from 0, or ``"end"``. The value is the median over the last ``over`` steps up to
    and including it. At least one of ``below``, ``above`` and ``near`` (with ``tolerance``) must be given.
    ``where`` limits the claim to runs whose configuration has these values, as in
    ``{"model.cell" = "lstm"}``.
    """

    metric: str
    at: Annotated[int | str, BeforeValidator(_step_or_end)] = "end"
    over: Count = 1
    below: Number | None = None
    above: Number | None = None
    near: Number | None = None
    tolerance: Positive | None = None
    source: str = ""
    where: dict[str, Any] = Field(default_factory=dict)


class Experiment(Table):
    """One run; a resolved one has every default filled in."""

    added: ClassVar[frozenset[str]] = frozenset({"validation", "curriculum"})

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    seed: Seed = 0
    task: TaskConfig
    model: ModelConfig
    training: TrainingConfig = TrainingConfig()
    validation: ValidationConfig | None = None
    curriculum: CurriculumConfig | None = None
    recording: RecordingConfig = RecordingConfig()
    expect: Annotated[tuple[Expectation, ...], Field(strict=False)] = ()

    @field_validator("expect", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value

    @cached_property
    def built_task(self) -> Task:
        """The task that the experiment names, with its options; built once."""
        return make_task(self.task.name, **lists_to_tuples(self.task.options))

    def keep_task(self, task: Task) -> None:
        """Keep a task that was built from the same options as `built_task`."""
        self.__dict__["built_task"] = task

    def optimisation(self) -> Optimisation:
        """The training's settings, with the seed of its batches."""
        return self.training.optimisation(self.seed)

    def table(self) -> dict[str, Any]:
        """The experiment as in a TOML file, without values that are None or empty."""
        return _without_empty(self.model_dump(mode="json"))


def _without_empty(table: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in table.items():
        inner = _without_empty(value) if isinstance(value, dict) else value
        if isinstance(inner, list):
            inner = [_without_empty(one) if isinstance(one, dict) else one for one in inner]
        if inner is not None and inner not in ({}, [], ""):
            result[key] = inner
    return result
