"""The file of a paper's claim, read and checked before any of its runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gradviz.experiment.config.experiment_file import ExperimentFile, read_file
from gradviz.experiment.config.reproduction_schema import REPRODUCTION, Reproduction, read_reproduction
from gradviz.experiment.config.validation import BadExperiment, bad_experiment
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.plan import Plan, read_plan
from gradviz.experiment.sweep.remarks_on_claims import remarks_on_points
from gradviz.experiment.sweep.run_plan import points_of_plan
from gradviz.reproductions.paper_mistakes import paper_mistakes


@dataclass(frozen=True)
class Paper:
    """A paper's claim, and the sweep that is to show it.

    Attributes
    ----------
    file : ExperimentFile
    told : Reproduction
    plan : Plan
    points : list of Point
    """

    file: ExperimentFile
    told: Reproduction
    plan: Plan
    points: list[Point]

    @property
    def name(self) -> str:
        """Name of the file, without its ending."""
        return self.file.path.stem


def read_paper(path: Path) -> Paper:
    """The claim in a file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BadExperiment
        If it has mistakes, or is not about a paper's claim: it has no table ``[reproduction]``.
    """
    file = read_file(path)
    told = read_reproduction(file.reproduction, file.place)
    if told is None:
        raise BadExperiment(
            f"{path}: has no table [{REPRODUCTION}], which says what the paper claims; gradviz sweep runs "
            "it without one"
        )
    plan = read_plan(file)
    points = points_of_plan(file, plan)
    list(remarks_on_points(file, points, open_keys=plan.space))  # for the mistakes that it finds
    if mistakes := paper_mistakes(told, points):
        raise bad_experiment(mistakes, file.place)
    return Paper(file, told, plan, points)
