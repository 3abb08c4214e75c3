"""Mistakes in ``[reproduction]`` that only the points of its sweep, or the table of measures, can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradviz.errors import UnknownName, unknown_name
from gradviz.experiment.config.checks.claim_rules import comparison_mistakes
from gradviz.experiment.config.checks.training_mistakes import metric_mistakes
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.reproduction_schema import REPRODUCTION, Reproduction
from gradviz.experiment.config.validation import Mistake, bad_value
from gradviz.experiment.run.expectations import has_values, until_limit
from gradviz.experiment.sweep.compared_runs import PointCurves, counterparts, groups
from gradviz.experiment.sweep.grid import Point
from gradviz.reproductions.measure_table import MEASURED, gives, measure_of


def paper_mistakes(told: Reproduction, points: Sequence[Point]) -> list[Mistake]:
    """All mistakes, each once.

    Parameters
    ----------
    told : Reproduction
    points : sequence of Point
        All points of the sweep.
    """
    found = [*_of_measures(told), *_of_the_rule(told, points)]
    for place, claim in enumerate(told.expect):
        path = f"{REPRODUCTION}.expect[{place}]"
        found += [*comparison_mistakes(path, claim), *_of_steps(path, claim), *_of_runs(path, claim, points)]
    return list(dict.fromkeys(found))


def _of_measures(told: Reproduction) -> Iterator[Mistake]:
    """Measures that do not exist, and claims about numbers that no measure gives."""
    measures = []
    for place, name in enumerate(told.measured):
        try:
            measures.append(measure_of(name))
        except UnknownName as error:
            yield Mistake(f"{REPRODUCTION}.measured[{place}]", f": {error}")
    if len(measures) < len(told.measured):
        return
    known = [number for measure in measures for number in measure.NAMES]
    for place, claim in enumerate(told.expect):
        if not any(gives(measure, claim.metric) for measure in measures):
            path = f"{REPRODUCTION}.expect[{place}].metric"
            if not known:
                yield bad_value(path, claim.metric, f"nothing is measured: {_choose()}")
            else:
                yield Mistake(path, f": {unknown_name('measured number', claim.metric, known)}")


def _choose() -> str:
    return f"set {REPRODUCTION}.measured to one or several of {', '.join(MEASURED)}"


def _of_steps(path: str, claim: Expectation) -> list[Mistake]:
    """What a measured number does not have: steps."""
    given = [
        name for name in ("over_steps", "until_below", "until_above") if getattr(claim, name) is not None
    ]
    given += ["at"] * (claim.at != "end") + ["over"] * (claim.over != 1)
    return [Mistake(f"{path}.{name}", ": must be left out: it is measured once") for name in given]


def _of_runs(path: str, claim: Expectation, points: Sequence[Point]) -> Iterator[Mistake]:
    """A claim about no point of the sweep, or compared with none."""
    curves = [PointCurves(point, None) for point in points]
    about = groups(claim, curves)
    if not about:
        yield Mistake(f"{path}.where", ": no point of the sweep has these values")
    elif claim.compared_with and not any(counterparts(claim, group, curves) for group in about):
        yield Mistake(f"{path}.{claim.comparison}", ": no point of the sweep has these values")


def _of_the_rule(told: Reproduction, points: Sequence[Point]) -> Iterator[Mistake]:
    rule, path = told.learned, f"{REPRODUCTION}.learned"
    if rule is None:
        return
    yield from comparison_mistakes(path, rule)
    about = [one.experiment for one in points if has_values(one.experiment, rule.conditions)]
    if not about:
        yield Mistake(f"{path}.where", ": no point of the sweep has these values")
    for experiment in about:
        yield from metric_mistakes(path, rule, experiment, experiment.built_task)
        last = experiment.training.steps - 1
        if isinstance(rule.at, int) and rule.at > last and until_limit(rule) is None:
            yield bad_value(f"{path}.at", rule.at, f"must be at most {last}, the last step")
