"""Claims that cannot be met: they need more values in a row than a run has, or more runs than there are."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.experiment.config.claim_schema import ALL, Expectation
from gradviz.experiment.config.experiment_file import ExperimentFile
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.validation import Mistake, bad_experiment, bad_value
from gradviz.experiment.run.expectations import has_values, in_words, until_limit
from gradviz.experiment.sweep.compared_runs import PointCurves, choices, counterparts, groups
from gradviz.experiment.sweep.difference_of_shares import tail_of_shares
from gradviz.experiment.sweep.enough_runs import runs_needed, runs_needed_at_each
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.trend_groups import trend_groups
from gradviz.vocabulary import VALIDATION

_LENGTHS = ("training.steps", "validation.every")


def claims_out_of_reach(file: ExperimentFile, experiments: Sequence[Experiment]) -> list[str]:
    """A line for every claim whose ``over`` is more than a run has values, where an override made it short.

    Parameters
    ----------
    file : ExperimentFile
    experiments : sequence of Experiment
        The single run, or all points of a sweep.

    Raises
    ------
    BadExperiment
        If there is such a claim, and the steps and the evaluations are those of the file. It is about
        ``until_below``, ``until_above`` and ``over_steps = "all"``: the median of the last steps is that of
        those that there are.
    """
    mistakes: list[Mistake] = []
    lines: list[str] = []
    for number, claim in enumerate(experiments[0].expect):
        if until_limit(claim) is None and claim.over_steps != ALL:
            continue
        counts = [_values(claim, one) for one in experiments if has_values(one, claim.conditions)]
        if not counts or min(counts) >= claim.over:
            continue
        one = "evaluation" if claim.metric.startswith(VALIDATION) else "step"
        there = f"{min(counts)} {one}{'' if min(counts) == 1 else 's'}"
        lines.append(f"cannot be met in {there}: {in_words(claim)}")
        said = f"a run has only {there}, so that the claim can never be met"
        mistakes.append(bad_value(f"expect[{number}].over", claim.over, said))
    if mistakes and not any(file.setting_of(key) for key in _LENGTHS):
        raise bad_experiment(mistakes, file.place)
    return lines


def claims_of_few_runs(points: Sequence[Point]) -> list[str]:
    """A line for every claim about shares, or about a trend, that so few runs can never decide.

    Parameters
    ----------
    points : sequence of Point
        All points of a sweep.
    """
    runs = [PointCurves(point, None) for point in points]
    lines = []
    for claim in points[0].experiment.expect:
        found: list[str] = []
        if claim.trend_key:
            for several in trend_groups(claim, runs):
                sizes = [len(one) for one in several.levels.values()]
                if len(sizes) > 1:
                    found.append(runs_needed_at_each(sizes, two_values=claim.is_of_shares))
        elif claim.is_of_shares:
            for group in groups(claim, runs):
                others = choices(claim, counterparts(claim, group, runs))
                about = choices(claim, group.runs)
                found += [runs_needed(tail_of_shares, len(a), len(b)) for a in about for b in others]
        lines += [f"cannot be decided: {in_words(claim)}: {one}" for one in dict.fromkeys(found) if one]
    return lines


def _values(claim: Expectation, experiment: Experiment) -> int:
    """How many values of the claim's metric a run has that takes all its steps."""
    steps, validation = experiment.training.steps, experiment.validation
    if claim.metric.startswith(VALIDATION) and validation is not None:
        return -(-steps // validation.every)
    return steps
