"""What is to be said of an experiment's claims before it runs; a claim that cannot be judged is a mistake."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gradviz.experiment.config.experiment_file import ExperimentFile
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.sweep.check_claims import claims_elsewhere, claims_of_the_sweep
from gradviz.experiment.sweep.check_comparisons import check_comparisons
from gradviz.experiment.sweep.check_trends import check_trends
from gradviz.experiment.sweep.claims_out_of_reach import claims_of_few_runs, claims_out_of_reach
from gradviz.experiment.sweep.grid import Point


def remarks_on_run(file: ExperimentFile, experiment: Experiment) -> list[str]:
    """A line for every claim that a single run does not tell, or cannot meet.

    Raises
    ------
    BadExperiment
        If a claim is about no run, or can never be met.
    """
    return [
        *claims_elsewhere(file, [experiment]),
        *claims_of_the_sweep(experiment),
        *claims_out_of_reach(file, [experiment]),
    ]


def remarks_on_points(
    file: ExperimentFile, points: Sequence[Point], *, open_keys: Collection[str] = ()
) -> Iterator[str]:
    """A line for every claim that these points do not tell, or cannot meet.

    Parameters
    ----------
    file : ExperimentFile
    points : sequence of Point
        All points of a sweep.
    open_keys : collection of str
        Keys whose values a search chooses.

    Raises
    ------
    BadExperiment
        If a claim is about no run, compares a point with several, has no numbers over which there could be a
        trend, or can never be met.
    """
    experiments = [point.experiment for point in points]
    yield from claims_elsewhere(file, experiments, open_keys=open_keys)
    check_comparisons(file, points, open_keys=open_keys)
    yield from check_trends(file, points, open_keys=open_keys)
    yield from claims_out_of_reach(file, experiments)
    if not open_keys:
        yield from claims_of_few_runs(points)
