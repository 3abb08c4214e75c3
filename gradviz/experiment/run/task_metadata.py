"""What the recording of a run says of its task, as far as it is known."""

from __future__ import annotations

from gradviz.tasks.task_table import Task
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, FIXED_LAG, INFORMATIVE, LAG


def task_metadata(task: Task) -> dict[str, object]:
    """Metadata for the recording of a run.

    Parameters
    ----------
    task : Task

    Returns
    -------
    dict
        Without the lag if no memory is needed or the lag is not known, and without the loss of the trivial
        predictor if that is not known.
    """
    known: dict[str, object] = {}
    if task.lag:
        known |= {LAG: task.lag, FIXED_LAG: int(task.fixed_lag)}
    if task.baseline is not None:
        known |= {BASELINE: task.baseline, BASELINE_MEANING: task.baseline_meaning}
    return {**known, INFORMATIVE: list(task.informative)}
