"""What `gradviz.sweep` returns: the runs of a sweep, its table, and what failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradviz.experiment.config.condition_values import in_words
from gradviz.experiment.finished_run import FinishedRun
from gradviz.experiment.sweep.sweep_verdict import SweepVerdict
from gradviz.experiment.sweep.trials import Trial
from gradviz.short_view import ShortView

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FinishedSweep:
    """A sweep that is done; iterating over it yields the runs that have a result, in the order of the grid.

    Attributes
    ----------
    folder : Path
        Of the table.
    table : DataFrame
        A row for each point: the swept values, how it ended, loss and metrics of its last step and
        its last evaluation, its folder.
    runs : tuple of FinishedRun
    failures : dict of str to str
        Why a point failed, by its swept values; the table has its row too.
    verdicts : tuple of SweepVerdict
        Of the claims over seeds and between points; those of a single run are the run's.
    trials : tuple of Trial
        Of a guided search, else empty.
    where : str
        Where the points were done, for example ``"2 processes"``.
    notes : tuple of str
        How the sweep was narrowed, and a line for each claim that is about other points.
    picture : Path or None
        ``sweep.png``, as the command draws it; None if no run has a finite value.
    """

    folder: Path
    table: pd.DataFrame
    runs: tuple[FinishedRun, ...]
    failures: dict[str, str]
    verdicts: tuple[SweepVerdict, ...]
    trials: tuple[Trial, ...]
    where: str
    notes: tuple[str, ...] = ()
    picture: Path | None = None

    def __iter__(self) -> Iterator[FinishedRun]:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    def __getitem__(self, place: int) -> FinishedRun:
        return self.runs[place]

    def _view(self) -> ShortView:
        rows = [
            ("folder", str(self.folder)),
            ("points", f"{len(self.table)}, done in {self.where}"),
            ("without a result", str(len(self.table) - len(self.runs))),
            *((f"claim {verdict.outcome}", _numbers_first(verdict)) for verdict in self.verdicts),
            *(("note", note) for note in self.notes),
            *((f"failed: {point}", reason) for point, reason in self.failures.items()),
        ]
        return ShortView(
            f"sweep of {len(self.table)} points", tuple(rows), ".table, .verdicts, or iterate over its runs"
        )

    def __repr__(self) -> str:
        return self._view().text()

    def _repr_html_(self) -> str:
        return self._view().html()


def _numbers_first(verdict: SweepVerdict) -> str:
    """A verdict for a line that may be cut at its end."""
    at = f", at {in_words(verdict.point)}" if verdict.point else ""
    return f"{verdict.numbers}: {verdict.claim}{at}"
