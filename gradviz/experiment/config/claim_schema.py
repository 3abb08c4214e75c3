"""The schema of a claim, [[expect]]: what the source of an experiment says of its runs."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from gradviz.experiment.config.condition_values import conditions_of
from gradviz.experiment.config.table import Count, Number, Positive, Table, known, number_or_word
from gradviz.vocabulary import BASELINE

MEDIAN, MEAN, ALL, SHARE = "median", "mean", "all", "share"
SEED_SUMMARIES = (MEDIAN, SHARE)
STEP_SUMMARIES = (MEDIAN, MEAN, ALL)
UNITS = (BASELINE,)
COMPARISONS = ("faster_than", "below_that_of", "above_that_of", "within_factor_of")
TRENDS = ("falls_with", "rises_with")


def _step_or_end(value: object) -> object:
    return number_or_word(value, 0, "end")


class Expectation(Table):
    """One claim of the source about a metric.

    ``at`` is a step, counted from 0, or ``"end"``. The value is the median over the last ``over`` steps up to
    and including it. At least one of ``below``, ``above`` and ``near`` (with ``tolerance``) says what it must
    be. ``where`` limits the claim to runs whose configuration has these values, as in
    ``{"model.cell" = "lstm"}``; keys without quotes, as in ``{model.cell = "lstm"}``, mean the same.

    ``over_steps = "mean"`` takes the mean in place of the median; with ``"all"`` each of these values must be
    so.

    With ``until_below`` or ``until_above`` the value is the number of training steps until the median of the
    last ``over`` steps is below or above that limit. Without any comparison such a claim says that the limit
    is reached.

    ``in_units_of = "baseline"`` divides the loss by that of the trivial predictor of each run's task before
    anything else, so that ``below = 0.5`` is half of it.

    These make it a claim over several runs of a sweep, which ``gradviz sweep`` judges:

    - ``over_seeds = "median"``: the median over the seeds must be so;
    - ``share_of_seeds = 0.8``: at least this share of the seeds must be so;
    - ``faster_than = {"model.cell" = "rnn"}`` with ``until_below`` or ``until_above``: the median over the
      seeds takes at most 1/``factor`` of the steps of the runs that have these values;
    - ``within_factor_of`` with ``factor``: neither ``factor`` times below nor ``factor`` times above;
    - ``below_that_of``, ``above_that_of``: at least ``factor`` times below, or above, the value of the runs
      that have these values.

    With ``over_seeds = "share"`` the last two of these compare how many of the runs are as ``below``,
    ``above``, ``near``, ``until_below`` or ``until_above`` says: ``above_that_of`` says that it is a larger
    share of them than of the others.

    ``falls_with = "task.length"`` and ``rises_with`` say that the value, or with ``over_seeds = "share"`` the
    share of the runs that are so, falls or rises with a key that has numbers, over runs that agree in every
    other swept value.

    ``best_over = ["training.learning_rate"]`` takes on both sides the values of these swept keys with the
    best median over the seeds; the choice is made on the same runs.

    Runs that are compared agree in every other swept value. See `gradviz.experiment.sweep.judge_points`.
    """

    added: ClassVar[frozenset[str]] = frozenset(
        {
            "over_steps",
            "until_below",
            "until_above",
            "over_seeds",
            "share_of_seeds",
            "faster_than",
            "below_that_of",
            "above_that_of",
            "within_factor_of",
            "falls_with",
            "rises_with",
            "factor",
            "best_over",
            "in_units_of",
        }
    )

    metric: str
    in_units_of: Annotated[str, AfterValidator(known("unit", UNITS))] | None = None
    at: Annotated[int | str, BeforeValidator(_step_or_end)] = "end"
    over: Count = 1
    over_steps: Annotated[str, AfterValidator(known("summary of steps", STEP_SUMMARIES))] | None = None
    until_below: Number | None = None
    until_above: Number | None = None
    below: Number | None = None
    above: Number | None = None
    near: Number | None = None
    tolerance: Positive | None = None
    over_seeds: Annotated[str, AfterValidator(known("summary of seeds", SEED_SUMMARIES))] | None = None
    share_of_seeds: Annotated[float, Field(gt=0, lt=1)] | None = None
    faster_than: dict[str, Any] = Field(default_factory=dict)
    below_that_of: dict[str, Any] = Field(default_factory=dict)
    above_that_of: dict[str, Any] = Field(default_factory=dict)
    within_factor_of: dict[str, Any] = Field(default_factory=dict)
    falls_with: str | None = None
    rises_with: str | None = None
    factor: Positive | None = None
    best_over: Annotated[tuple[str, ...], Field(strict=False)] = ()
    source: str = ""
    where: dict[str, Any] = Field(default_factory=dict)

    @property
    def conditions(self) -> dict[str, Any]:
        """``where`` by dotted key, as `conditions_of` has it."""
        return conditions_of(self.where)

    @property
    def compared_with(self) -> dict[str, Any]:
        """What the runs have with which the claim compares, by dotted key; empty if it compares with none."""
        return conditions_of(getattr(self, self.comparison) if self.comparison else {})

    @property
    def comparison(self) -> str:
        """The key that names what the claim compares with; empty if there is none."""
        return next((name for name in COMPARISONS if getattr(self, name)), "")

    @property
    def trend_key(self) -> str:
        """The key over whose numbers the claim says that values rise or fall; empty if it does not."""
        return self.falls_with or self.rises_with or ""

    @property
    def compares_runs(self) -> bool:
        """Whether it is about values of different points beside one another."""
        return bool(self.compared_with or self.trend_key)

    @property
    def is_of_shares(self) -> bool:
        """Whether it compares how many of the runs are so, in place of their values."""
        return self.over_seeds == SHARE

    @property
    def is_of_the_run(self) -> bool:
        """Whether a single run can be judged by it."""
        over_seeds = self.over_seeds is not None or self.share_of_seeds is not None
        return not over_seeds and not self.compares_runs
