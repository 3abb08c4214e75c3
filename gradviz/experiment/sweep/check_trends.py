"""A claim about a trend is a mistake if its key has no numbers, or only one, where it looks for the trend."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.condition_values import in_words as values_in_words
from gradviz.experiment.config.experiment_file import ExperimentFile
from gradviz.experiment.config.toml_values import value_at
from gradviz.experiment.config.validation import Mistake, bad_experiment, bad_value
from gradviz.experiment.run.expectations import has_values, in_words
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.trend_groups import level_of, trend_groups


def check_trends(
    file: ExperimentFile, points: Sequence[Point], *, open_keys: Collection[str] = ()
) -> list[str]:
    """A line for every trend that these points do not show, where an override left only one value of its key.

    Parameters
    ----------
    file : ExperimentFile
    points : sequence of Point
        All points of a sweep; the claims are those of the first one.
    open_keys : collection of str
        Keys whose values a search chooses. Nothing is checked if there are any: the points are not known yet.

    Raises
    ------
    BadExperiment
        If the key is not a number in a run that the claim is about, or if runs that agree in everything else
        have only one value of it, and no override says so.
    """
    mistakes: list[Mistake] = []
    lines: list[str] = []
    runs = [PointCurves(point, None) for point in points]
    for number, claim in enumerate(points[0].experiment.expect if not open_keys else ()):
        if not claim.trend_key:
            continue
        said = _not_numbers(claim, runs) or _one_value(claim, runs)
        if said and file.settings:
            lines.append(f"over several values of {claim.trend_key}, so not judged here: {in_words(claim)}")
        elif said:
            name = "falls_with" if claim.falls_with else "rises_with"
            mistakes.append(bad_value(f"expect[{number}].{name}", claim.trend_key, said))
    if mistakes:
        raise bad_experiment(mistakes, file.place)
    return lines


def _not_numbers(claim: Expectation, runs: Sequence[PointCurves]) -> str:
    for one in runs:
        if has_values(one.experiment, claim.conditions) and level_of(claim, one) is None:
            value = value_at(one.experiment.model_dump(), claim.trend_key)
            there = "has no number" if value is None else f"is {value!r}, which is not a number,"
            return f"{there} at {one.point.label}; name a key with numbers, or limit the claim by where"
    return ""


def _one_value(claim: Expectation, runs: Sequence[PointCurves]) -> str:
    for group in trend_groups(claim, runs):
        if len(group.levels) < 2:
            level = values_in_words({claim.trend_key: next(iter(group.levels))})
            at = f" at {values_in_words(group.values)}" if group.values else ""
            return (
                f"runs that agree in everything else have only {level}{at}; sweep several values of it, "
                "put what changes with it under zip, or limit the claim by where"
            )
    return ""
