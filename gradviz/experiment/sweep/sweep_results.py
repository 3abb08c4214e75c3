"""The files in a sweep's folder: its table, the verdicts on its claims, and the trials of a search."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from gradviz.experiment.sweep.claims_file import judge_ends, write_claims
from gradviz.experiment.sweep.grid import sweep_folder
from gradviz.experiment.sweep.run_plan import Ends
from gradviz.experiment.sweep.sweep_table import write_sweep
from gradviz.experiment.sweep.sweep_verdict import SweepVerdict
from gradviz.experiment.sweep.trials import write_trials


class SweepResults(NamedTuple):
    """What a sweep leaves behind.

    Attributes
    ----------
    folder : Path
    table : Path
        ``sweep.csv``.
    claims, trials : Path or None
        ``claims.json`` and ``search.json``; None where there is nothing to write.
    verdicts : list of SweepVerdict
        On the claims over several runs.
    """

    folder: Path
    table: Path
    claims: Path | None
    trials: Path | None
    verdicts: list[SweepVerdict]


def write_results(runs: Path, found: Ends, *, open_keys: Collection[str] = ()) -> SweepResults:
    """Judge the claims over several runs of a sweep, and write its files.

    Parameters
    ----------
    runs : Path
        Folder of the run folders.
    found : sequence of PointEnd and sequence of Trial
        As `gradviz.experiment.sweep.run_plan.run_plan` returns them.
    open_keys : collection of str
        Keys whose values a search has chosen.
    """
    ends, trials = found
    verdicts = judge_ends(ends, open_keys=open_keys)
    folder = sweep_folder(runs, [end.point for end in ends])
    table = write_sweep(folder, ends)
    return SweepResults(
        folder,
        table,
        write_claims(folder, verdicts),
        write_trials(folder, trials) if trials else None,
        verdicts,
    )
