"""Every report's training, recorded as the README says, and what the diagnosis makes of it."""

import importlib
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

import gradviz as gv
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.errors import GradvizError

LEARNED = 0.5  # of the error of the trivial predictor; what learned is below it

REPORTS = sorted(path.stem for path in Path(__file__).parent.glob("r[0-9]*.py"))
HEALTHY = sorted(path.stem for path in Path(__file__).parent.glob("healthy_*.py"))


@dataclass(frozen=True)
class Outcome:
    """A training of a report: how it went and what the diagnosis says."""

    error: float
    """Of the trained model, in units of the trivial predictor's; NaN if it has no finite output."""
    losses: list
    refused: Exception | None
    """The error by which the recording or the diagnosis refused, if it did."""
    found: Diagnosis | None

    @property
    def learned(self):
        return self.error < LEARNED

    @property
    def trouble(self):
        return [f.kind for f in self.found or () if f.severity == "trouble"]

    @property
    def as_text(self):
        """All findings in their order, with the first letter of their severity."""
        if self.refused is not None:
            return f"{type(self.refused).__name__}: {self.refused}"
        return ", ".join(f"{f.kind} ({f.severity[0]})" for f in self.found if f.cause is None) or "nothing"

    @property
    def kinds(self):
        """In their order, without the consequences of others."""
        causes = [f.kind for f in self.found or () if f.cause is None]
        return list(dict.fromkeys(causes))


def load(name):
    return importlib.import_module(f"diagnosis.reports.{name}")


@cache
def outcome(name, part="make"):
    """Train what ``part`` of a report makes ("make" or "mended") under a recording, and diagnose it."""
    report = load(name)
    run = getattr(report, part)()
    losses, tape = [], None
    try:
        with gv.record(run.model, every=10, optimizer=run.optimizer) as tape:
            losses = report.train(run, tape)
    except getattr(report, "RAISES", ()):
        pass
    except (GradvizError, ValueError) as refusal:
        if tape is not None and not isinstance(refusal, GradvizError):
            raise
        run = getattr(report, part)()  # what a user then does: train without a recording
        return Outcome(*_trained(report, run, report.train(run)), refusal, None)
    trained = _trained(report, run, losses)
    try:
        return Outcome(*trained, None, gv.diagnose(tape.tree, lag=report.LAG))
    except GradvizError as refusal:
        return Outcome(*trained, refusal, None)


def _trained(report, run, losses):
    if not losses:
        return math.nan, losses
    run.model.eval()
    with torch.no_grad():
        return report.error(run), losses


def verdict(name):
    """Whether the true cause is the first finding, named in another place, told by an error, or missed."""
    kinds, wanted = outcome(name).kinds, load(name).KINDS
    if outcome(name).refused is not None:
        told = isinstance(outcome(name).refused, getattr(load(name), "TOLD_BY", ()))
        return "error tells" if told else "refused"
    if kinds and kinds[0] in wanted:
        return "rank 1"
    if wanted & set(kinds):
        return f"rank {1 + min(kinds.index(kind) for kind in wanted & set(kinds))}"
    return "other" if outcome(name).trouble else "silent"
