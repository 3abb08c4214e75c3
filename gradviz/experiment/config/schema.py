"""The schema of an experiment's TOML file."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, partial
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
)

from gradviz.arguments import check_one_of
from gradviz.capture.record import DETAILS_WITH_GRADIENT
from gradviz.experiment.config.build_task import build_task
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.own.own_metric import measured
from gradviz.experiment.config.own.own_names import is_own
from gradviz.experiment.config.table import Count, Seed, Table, number_or_word
from gradviz.experiment.config.table import known as _known
from gradviz.experiment.config.training_schema import CurriculumConfig, TrainingConfig, ValidationConfig
from gradviz.experiment.own_code.reference import is_reference
from gradviz.models.initialise import INITIALISATIONS
from gradviz.models.layers import LAYERS
from gradviz.tasks.task_table import Task
from gradviz.training.optimisation import Optimisation

BUILT_IN_MODEL, OWN_MODEL = "with cell", "with make"  # tags, which no path of a mistake shows


def _count_or_all(value: object) -> object:
    return number_or_word(value, 1, "all")


class TaskConfig(Table):
    """A task: its name, and its options beside the name.

    The name is one of ``gradviz list tasks``, or ``mytasks.py:make`` for a function or class of the user's
    own, which is called with the options and returns the task.
    """

    model_config = ConfigDict(extra="allow")

    name: str

    @property
    def options(self) -> dict[str, Any]:
        """All keys except the name."""
        return dict(self.model_extra or {})


_Names = str | Annotated[tuple[str, ...], Field(strict=False)]


def _each_known(kind: str, given: str | tuple[str, ...], names: Iterable[str]) -> str | tuple[str, ...]:
    for name in (given,) if isinstance(given, str) else given:
        check_one_of(kind, name, names)
    return given


_INITIALISATIONS = partial(_each_known, "initialisation", names=tuple(INITIALISATIONS))


class ModelConfig(Table):
    """A network and its initialisation.

    ``init`` is one initialisation, with its options in ``init_options``, or several that are applied in turn,
    each with its options in a table of its name: ``init = ["orthogonal", "forget_bias"]`` with
    ``init_options = {orthogonal = {gain = 1.1}, forget_bias = {value = 2.0}}``. A file may also say
    ``init = ["orthogonal", {name = "chrono", t_max = 100}]``; see
    `gradviz.experiment.config.initialisations`. ``projection`` is the ``proj_size`` of an LSTM. PyTorch has
    no recurrent cell with layer normalisation, so that there is no key for one.
    """

    added: ClassVar[frozenset[str]] = frozenset({"projection"})

    cell: Annotated[str, AfterValidator(_known("cell", LAYERS))]
    hidden_size: Count = 128
    num_layers: Count = 1
    bidirectional: bool = False
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    init: Annotated[_Names, AfterValidator(_INITIALISATIONS)] = "default"
    init_options: dict[str, Any] = Field(default_factory=dict)
    projection: Count | None = None

    @property
    def initialisations(self) -> list[tuple[str, dict[str, Any]]]:
        """Name and options of each initialisation, in the order in which they are applied."""
        if isinstance(self.init, str):
            return [(self.init, self.init_options)]
        return [(name, self.init_options.get(name, {})) for name in self.init]


class OwnModelConfig(Table):
    """A network of the user's own, ``make = "mymodel.py:make"``, with its options beside it.

    ``make(task, **options)`` or ``make(**options)``, as its first parameter is called, returns the model.
    """

    model_config = ConfigDict(extra="allow")

    make: Annotated[str, AfterValidator(is_own)]

    @property
    def options(self) -> dict[str, Any]:
        """All keys except ``make``."""
        return dict(self.model_extra or {})


def _kind_of_model(value: object) -> str:
    if isinstance(value, OwnModelConfig) or (isinstance(value, dict) and "make" in value):
        return OWN_MODEL
    return BUILT_IN_MODEL


class RecordingConfig(Table):
    """The recording; see `gradviz.record`."""

    every: Count = 20
    samples: Annotated[int | str, BeforeValidator(_count_or_all)] = 16
    detail: Annotated[str, AfterValidator(_known("detail", DETAILS_WITH_GRADIENT))] = "norms"

    @property
    def sample_count(self) -> int | None:
        """Number of sequences, as `gradviz.record` takes it: None for all."""
        return self.samples if isinstance(self.samples, int) else None


class Experiment(Table):
    """One run; a resolved one has every default filled in."""

    added: ClassVar[frozenset[str]] = frozenset({"validation", "curriculum"})

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    seed: Seed = 0
    task: TaskConfig
    model: Annotated[
        Annotated[ModelConfig, Tag(BUILT_IN_MODEL)] | Annotated[OwnModelConfig, Tag(OWN_MODEL)],
        Discriminator(_kind_of_model),
    ]
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
        """The task that the experiment names, with its options and the user's own metric; built once."""
        task, training = build_task(self.task.name, self.task.options), self.training
        return measured(task, training.metric, training.metric_goal)

    def keep_task(self, task: Task) -> None:
        """Keep a task that was built from the same options as `built_task`."""
        self.__dict__["built_task"] = task

    def optimisation(self) -> Optimisation:
        """The training's settings, with the seed of its batches."""
        return self.training.optimisation(self.seed)

    def table(self) -> dict[str, Any]:
        """The experiment as in a TOML file, without values that are None or empty."""
        whole = self.model_dump(mode="json")
        table = _without_empty(whole)
        for part in ("task", "model"):
            if is_reference(whole[part].get("name", whole[part].get("make"))):  # "" and [] are options too
                table[part] = whole[part]
        return table


def _without_empty(table: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in table.items():
        inner = _without_empty(value) if isinstance(value, dict) else value
        if isinstance(inner, list):
            inner = [_without_empty(one) if isinstance(one, dict) else one for one in inner]
        if inner is not None and inner not in ({}, [], ""):
            result[key] = inner
    return result
