"""The schema of an experiment's TOML file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from gradviz.arguments import check_one_of
from gradviz.capture.record import DETAILS_WITH_GRADIENT
from gradviz.experiment.config.toml_values import by_dotted_key, lists_to_tuples
from gradviz.models.initialise import INITIALISATIONS
from gradviz.models.layers import LAYERS
from gradviz.tasks.task_table import Task, make_task
from gradviz.training.optimisation import OPTIMIZERS, Optimisation

Count = Annotated[int, Field(ge=1, lt=2**63)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
STOP_REASONS = ("hopeless",)
SEED_SUMMARIES = ("median",)


def _known(kind: str, table: Iterable[str]) -> Callable[[str], str]:
    def check(name: str) -> str:
        return check_one_of(kind, name, table)

    return check


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


class Table(BaseModel):
    """A table of the file: unknown keys are errors, values are not converted, and it cannot be changed.

    ``added`` names the keys that version 0.1 did not have; see `gradviz.experiment.config.fingerprint`.
    """

    added: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @property
    def is_of_the_run(self) -> bool:
        """Whether it counts for the run's name; false for what is said of several runs together."""
        return True


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


class TrainingConfig(Table):
    """The training; see `gradviz.training.optimisation.Optimisation`.

    ``stop_when = "hopeless"`` ends a run as soon as its gradient vanishes so far that it will hardly learn
    its task; see `gradviz.alert`. It is for tasks with one fixed lag.
    """

    steps: Count = 1000
    batch_size: Count = 50
    optimizer: Annotated[str, AfterValidator(_known("optimizer", OPTIMIZERS))] = "adam"
    learning_rate: Positive = 1e-3
    clip_norm: Positive | None = None
    clip_value: Positive | None = None
    stop_at: Number | None = None
    stop_when: Annotated[str, AfterValidator(_known("reason to stop", STOP_REASONS))] | None = None


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
    """One claim of the source about a metric.

    ``at`` is a step, counted from 0, or ``"end"``. The value is the median over the last ``over`` steps up to
    and including it. At least one of ``below``, ``above`` and ``near`` (with ``tolerance``) says what it must
    be. ``where`` limits the claim to runs whose configuration has these values, as in
    ``{"model.cell" = "lstm"}``; keys without quotes, as in ``{model.cell = "lstm"}``, mean the same.

    With ``until_below`` or ``until_above`` the value is the number of training steps until the median of the
    last ``over`` steps is below or above that limit. Without any comparison such a claim says that the limit
    is reached.

    These make it a claim over several runs of a sweep, which ``gradviz sweep`` judges:

    - ``over_seeds = "median"``: the median over the seeds must be so;
    - ``share_of_seeds = 0.8``: at least this share of the seeds must be so;
    - ``faster_than = {"model.cell" = "rnn"}`` with ``until_below`` or ``until_above``: the median over the
      seeds takes at most 1/``factor`` of the steps of the runs that have these values;
    - ``below_that_of``, ``above_that_of``: at least ``factor`` times below, or above, the value of the runs
      that have these values.

    Runs that are compared agree in every other swept value. See `gradviz.experiment.sweep.judge_points`.
    """

    added: ClassVar[frozenset[str]] = frozenset(
        {
            "until_below",
            "until_above",
            "over_seeds",
            "share_of_seeds",
            "faster_than",
            "below_that_of",
            "above_that_of",
            "factor",
        }
    )

    metric: str
    at: Annotated[int | str, BeforeValidator(_step_or_end)] = "end"
    over: Count = 1
    until_below: Number | None = None
    until_above: Number | None = None
    below: Number | None = None
    above: Number | None = None
    near: Number | None = None
    tolerance: Positive | None = None
    over_seeds: Annotated[str, AfterValidator(_known("summary of seeds", SEED_SUMMARIES))] | None = None
    share_of_seeds: Annotated[float, Field(gt=0, lt=1)] | None = None
    faster_than: dict[str, Any] = Field(default_factory=dict)
    below_that_of: dict[str, Any] = Field(default_factory=dict)
    above_that_of: dict[str, Any] = Field(default_factory=dict)
    factor: Positive | None = None
    source: str = ""
    where: dict[str, Any] = Field(default_factory=dict)

    @property
    def conditions(self) -> dict[str, Any]:
        """``where`` by dotted key."""
        return by_dotted_key(self.where)

    @property
    def compared_with(self) -> dict[str, Any]:
        """What the runs have with which the claim compares, by dotted key; empty if it compares with none."""
        return by_dotted_key(self.faster_than or self.below_that_of or self.above_that_of)

    @property
    def is_of_the_run(self) -> bool:
        """Whether a single run can be judged by it."""
        over_seeds = self.over_seeds is not None or self.share_of_seeds is not None
        return not over_seeds and not self.compared_with


class Experiment(Table):
    """One run; a resolved one has every default filled in."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    seed: Seed = 0
    task: TaskConfig
    model: ModelConfig
    training: TrainingConfig = TrainingConfig()
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
        return Optimisation(**self.training.model_dump(exclude={"stop_when"}), seed=self.seed)

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
