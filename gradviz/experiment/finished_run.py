"""What `gradviz.run` returns: the folder of a run, how it ended, and its data when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr
from torch import nn

from gradviz.experiment.run.expectations import Verdict
from gradviz.experiment.run.folder import METRICS
from gradviz.experiment.run.metrics_file import read_metrics
from gradviz.experiment.run.result import Result
from gradviz.experiment.run.trained import load_trained
from gradviz.recording.load import load
from gradviz.short_view import ShortView
from gradviz.vocabulary import STEP

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FinishedRun:
    """A run that is done.

    Attributes
    ----------
    folder : Path
    result : Result
        The content of ``result.json``.
    notes : tuple of str
        A line for each claim that this run does not tell, and why.
    """

    folder: Path
    result: Result
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return self.result.name

    @property
    def outcome(self) -> str:
        """``"done"``, ``"diverged"`` or ``"stopped"``."""
        return self.result.outcome

    @property
    def steps(self) -> int:
        """Number of training steps that were applied."""
        return self.result.steps

    @property
    def seconds(self) -> float:
        """Training time, summed over all sessions."""
        return self.result.seconds

    @property
    def final(self) -> dict[str, float]:
        """Loss and metrics of the last step."""
        return self.result.final

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One for each claim that applies to this run."""
        return self.result.verdicts

    @property
    def message(self) -> str:
        """Why the run diverged or was stopped; empty if neither."""
        return self.result.message

    @property
    def metrics(self) -> pd.DataFrame:
        """Loss and metrics, a row for each training step; read from ``metrics.csv``."""
        import pandas as pd

        return pd.DataFrame(read_metrics(self.folder / METRICS)).astype({STEP: int}).set_index(STEP)

    @property
    def tree(self) -> xr.DataTree:
        """The recording, as `gradviz.load` opens it."""
        return load(self.folder)

    @property
    def model(self) -> nn.Module:
        """The trained model, made again and given the weights of the last checkpoint."""
        return load_trained(self.folder)[0]

    def _view(self) -> ShortView:
        rows = [
            ("folder", str(self.folder)),
            ("outcome", f"{self.outcome} after {self.steps} steps, {self.seconds:.3g} s"),
            *([("message", self.message)] if self.message else []),
            ("last step", ", ".join(f"{name} {value:.4g}" for name, value in self.final.items())),
        ]
        if self.verdicts:
            met = sum(verdict.met for verdict in self.verdicts)
            rows.append(("claims", f"{met} of {len(self.verdicts)} met"))
        rows += [("note", note) for note in self.notes]
        return ShortView(f"run {self.name!r}", tuple(rows), ".metrics, .tree, .model, .verdicts")

    def __repr__(self) -> str:
        return self._view().text()

    def _repr_html_(self) -> str:
        return self._view().html()
