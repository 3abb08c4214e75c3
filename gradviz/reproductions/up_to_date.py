"""Whether a result is that of a paper's file as it stands now."""

from __future__ import annotations

from gradviz.experiment.config.experiment_file import ExperimentFile
from gradviz.experiment.sweep.grid import folder_of
from gradviz.reproductions.paper_file import Paper
from gradviz.reproductions.plain_values import as_json
from gradviz.reproductions.result_file import ReproductionResult

_JUDGING = ("learned", "measured", "expect")  # of [reproduction]; the rest is text


def is_of_file(result: ReproductionResult, file: ExperimentFile) -> bool:
    """Whether a result has the tables of a file, apart from the texts that are told beside it.

    Parameters
    ----------
    result : ReproductionResult
    file : ExperimentFile
        Without overrides.
    """
    told = as_json(file.reproduction or {})
    return (
        result.table == as_json(file.table)
        and result.sweep == as_json(file.sweep)
        and all(result.told.get(key) == told.get(key) for key in _JUDGING)
    )


def is_of_paper(result: ReproductionResult, paper: Paper) -> bool:
    """As `is_of_file`, and whether its runs are those of the file's points, whose code has not changed."""
    if not is_of_file(result, paper.file):
        return False
    names = {folder_of(paper.file.folder, point).name for point in paper.points}
    return paper.plan.search is not None or {run.folder for run in result.runs} <= names


def with_texts_of(result: ReproductionResult, file: ExperimentFile) -> ReproductionResult:
    """A result with what a file tells of its claim now; the same one if that has not changed."""
    told = as_json(file.reproduction)
    return result if result.told == told else result.model_copy(update={"told": told})
