"""The file of a claim's results: all of its runs, small enough to make pages and figures from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError, model_validator

from gradviz.errors import GradvizError
from gradviz.recording.atomic import write_atomically
from gradviz.reproductions.plain_values import as_json

MOST_POINTS = 60
"""Most points of a curve in a result file."""


class BadResultFile(GradvizError, ValueError):
    """A file of results that cannot be used."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Series(_Record):
    """A curve over training steps, at most `MOST_POINTS` long.

    Attributes
    ----------
    steps : tuple of int
        Training steps, counted from 0, rising.
    values : tuple of float
        Where points were put together, the median of those up to that step.
    """

    steps: tuple[int, ...]
    values: tuple[float, ...]

    @model_validator(mode="after")
    def _of_one_length(self) -> Series:
        if len(self.steps) != len(self.values):
            raise ValueError(f"{len(self.steps)} steps have {len(self.values)} values")
        return self


class RunRecord(_Record):
    """One run of a claim.

    Attributes
    ----------
    point : dict
        The swept values without the seed, by dotted key.
    seed : int
    folder : str
        Name of the run's folder.
    outcome, ended_by : str
        As in ``result.json``.
    steps : int
        Training steps that were applied.
    seconds, cpu_seconds : float
        Time of the training on the clock, and of the processor.
    learned : bool or None
        Whether it has learned, by the rule of the claim; None if there is no rule.
    final, validation : dict of str to float
        As in ``result.json``.
    measured : dict of str to float
        What was measured on the finished run, by name.
    curves : dict of str to Series
        ``loss``, what the rule of having learned reads, and ``decades_lost``: the gradient lost over the lag,
        where the recording shows it.
    task : str
        Name of the task.
    lag : int or None
        Time steps over which ``decades_lost`` was measured.
    fixed_lag : bool or None
        Whether the task rewards only answers that need this lag.
    lost_early : float or None
        Decades lost over the lag at the first recorded step from step 30 on.
    lost_early_step : int or None
        That step.
    environment : int
        Place in the result's environments.
    """

    point: dict[str, Any]
    seed: int
    folder: str
    outcome: str
    ended_by: str
    steps: int
    seconds: float
    cpu_seconds: float
    learned: bool | None
    final: dict[str, float]
    validation: dict[str, float] = Field(default_factory=dict)
    measured: dict[str, float] = Field(default_factory=dict)
    curves: dict[str, Series] = Field(default_factory=dict)
    task: str
    lag: int | None = None
    fixed_lag: bool | None = None
    lost_early: float | None = None
    lost_early_step: int | None = None
    environment: NonNegativeInt = 0


class SeedValue(_Record):
    """The value of a claim in one run; see `gradviz.experiment.sweep.sweep_verdict.RunValue`."""

    seed: int
    value: float | None
    at_least: float | None = None
    compared: bool = False
    trend_at: float | None = None


class ClaimRecord(_Record):
    """A claim, and what the runs say; see `gradviz.experiment.sweep.sweep_verdict.SweepVerdict`."""

    claim: str
    point: dict[str, Any]
    outcome: Literal["met", "not met", "the seeds do not tell"]
    numbers: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    coverage: float | None = None
    runs: int = 0
    source: str = ""
    values: tuple[SeedValue, ...] = ()


class ReproductionResult(_Record):
    """All that is kept of a reproduction.

    Attributes
    ----------
    format : int
    name : str
        Name of the claim's file, without its ending.
    told : dict
        The table ``[reproduction]``; see `gradviz.experiment.config.reproduction_schema.Reproduction`.
    table, sweep : dict
        The other tables of the file, and ``[sweep]``.
    environments : tuple of dict
        The different contents of the runs' ``environment.json``.
    runs : tuple of RunRecord
        In the order of the sweep.
    missing : dict of str to str
        Why a point has no result, by its label.
    claims : tuple of ClaimRecord
    """

    format: Literal[1] = 1
    name: str
    told: dict[str, Any]
    table: dict[str, Any]
    sweep: dict[str, Any]
    environments: tuple[dict[str, Any], ...]
    runs: tuple[RunRecord, ...]
    missing: dict[str, str] = Field(default_factory=dict)
    claims: tuple[ClaimRecord, ...] = ()

    @model_validator(mode="after")
    def _with_all_environments(self) -> ReproductionResult:
        if any(run.environment >= len(self.environments) for run in self.runs):
            raise ValueError(f"a run has an environment that is not among the {len(self.environments)}")
        return self


def write_result_file(path: Path, result: ReproductionResult) -> None:
    """Write a file of results; an earlier one stays until the new one is complete.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    table = as_json({"format": result.format, **result.model_dump(exclude_defaults=True)})
    text = json.dumps(table, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    write_atomically(path, f"{text}\n".encode())


def read_result_file(path: Path) -> ReproductionResult:
    """Read a file of results.

    Raises
    ------
    FileNotFoundError
        If there is none.
    BadResultFile
        If it is damaged, or is that of another paper under this name.
    """
    content = path.read_bytes()
    try:
        result = ReproductionResult.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise BadResultFile(
            f"{path} is damaged: {place}: {first['msg']} ({error.error_count()} faults); gradviz "
            "reproduce makes it again"
        ) from None
    if result.name != path.stem:
        raise BadResultFile(f"{path} is the result of {result.name!r}: call it {result.name}.json")
    return result
