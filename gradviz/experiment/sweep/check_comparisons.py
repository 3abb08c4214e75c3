"""A claim that compares is a mistake if it would put other things together than the seeds of one point."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gradviz.experiment.config.checks.training_mistakes import metric_mistakes
from gradviz.experiment.config.condition_values import in_words
from gradviz.experiment.config.experiment_file import ExperimentFile
from gradviz.experiment.config.validation import Mistake, bad_experiment, bad_value
from gradviz.experiment.sweep.compared_runs import PointCurves, choices, counterparts, further_keys, groups
from gradviz.experiment.sweep.grid import Point

_MOST_VALUES = 6  # of one key, in a message


def check_comparisons(
    file: ExperimentFile, points: Sequence[Point], *, open_keys: Collection[str] = ()
) -> None:
    """Raise if a claim compares a point with several, or with runs that do not have its metric.

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
        The message says for each claim what differs among the runs that it compares with.
    """
    mistakes: list[Mistake] = []
    runs = [PointCurves(point, None) for point in points]
    for number, claim in enumerate(points[0].experiment.expect if not open_keys else ()):
        for key in claim.best_over:
            if key not in points[0].values:
                swept = ", ".join(points[0].values)
                mistakes.append(
                    bad_value(f"expect[{number}].best_over", key, f"is not a swept key ({swept})")
                )
        for group in groups(claim, runs) if claim.compared_with else ():
            others = counterparts(claim, group, runs)
            path = f"expect[{number}].{claim.comparison}"
            found = [further_keys(one) for one in choices(claim, others)]
            if several := next(filter(None, found), {}):
                mistakes.append(Mistake(path, _several(group.values, several)))
                break  # the other groups have the same mistake
            for one in others[:1]:
                task = one.experiment.built_task
                mistakes += metric_mistakes(f"expect[{number}]", claim, one.experiment, task)
    if mistakes:
        raise bad_experiment(list(dict.fromkeys(mistakes)), file.place)


def _several(point: Mapping[str, Any], further: Mapping[str, Sequence[Any]]) -> str:
    at = f" the point at {in_words(point)}" if point else " a point"
    values = "; ".join(f"{key} is {_listed(key, several)}" for key, several in further.items())
    more = f"add {_joined(list(further), 'or')} to it"
    return f": compares{at} with several points at once, where {values}; {more}"


def _listed(key: str, values: Sequence[Any]) -> str:
    words = [in_words({key: value}).removeprefix(f"{key}=") for value in values[:_MOST_VALUES]]
    return _joined(words if len(values) <= _MOST_VALUES else [*words, "..."], "or")


def _joined(words: Sequence[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
