"""Reads the result of a run that is done, after a look at what it stands for."""

from __future__ import annotations

from pathlib import Path

from gradviz.errors import BadRecording
from gradviz.experiment.run.check_files import check_files
from gradviz.experiment.run.folder import METRICS
from gradviz.experiment.run.metrics_file import BadMetrics
from gradviz.experiment.run.recorded_metrics import read_as_recorded
from gradviz.experiment.run.result import DIVERGED, DONE, STOPPED, BadResult, Result, read_result
from gradviz.recording.file_names import RECORDING
from gradviz.recording.load import read_file
from gradviz.runs.run_files import RESULT
from gradviz.vocabulary import STEP


def read_finished(folder: Path) -> Result:
    """The result of a run that is done.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Result

    Raises
    ------
    FileNotFoundError
        If the run is not done.
    NotAFile
        If one of its files is something else.
    BadResult
        If its result, its metrics or its recording are damaged or missing.
    """
    check_files(folder)
    result = read_result(folder)
    try:
        metrics = read_as_recorded(folder / METRICS, read_file(folder / RECORDING))
    except (BadRecording, BadMetrics) as error:
        raise BadResult(f"{error}; --fresh starts the run again") from error
    except FileNotFoundError as error:
        raise BadResult(f"the run in {folder} is not complete ({error}); --fresh starts it again") from error
    rows, expected = len(metrics.get(STEP, ())), result.steps + (result.outcome == DIVERGED)
    if rows != expected:
        raise BadResult(
            f"{folder / METRICS} has {rows} rows; expected {expected}; --fresh starts the run again"
        )
    last = {name: curve[-1] for name, curve in metrics.items() if name != STEP}
    if result.outcome not in (DONE, DIVERGED, STOPPED) or repr(result.final) != repr(last):  # NaN too
        raise BadResult(
            f"{folder / RESULT} is damaged: it does not have the last row of {METRICS}; --fresh starts "
            "the run again"
        )
    return result
