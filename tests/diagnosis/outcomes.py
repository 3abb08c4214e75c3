"""Every case, diagnosed once."""

from dataclasses import dataclass
from functools import cache

import torch
from diagnosis import broken, healthy
from diagnosis.cases import Case

import gradviz as gv
from gradviz.diagnosis.diagnosis import Diagnosis

TUNED = (*broken.TUNED, *healthy.TUNED)
# not looked at while the thresholds were chosen
HELD_OUT = (*broken.HELD_OUT, *healthy.HELD_OUT)
ALL = (*TUNED, *HELD_OUT)


@dataclass(frozen=True)
class Outcome:
    """The diagnosis of a case."""

    diagnosis: Diagnosis
    recomputed: tuple[tuple[float, float], ...]
    """Every number of the findings, with the number that its public function computes from the recording."""
    afterwards: Diagnosis | None
    """The diagnosis after the remedy of the first finding; None for a healthy case."""


@cache
def outcome(case: Case) -> Outcome:
    """Record a case, diagnose it, apply the remedy, and diagnose it again."""
    torch.manual_seed(0)
    subject = case.make()
    recording = subject.record()
    found = gv.diagnose(recording, lag=case.lag)
    numbers = tuple(
        (amount.value, amount.recompute(recording)) for finding in found for amount in finding.amounts
    )
    if case.kind is None or not found:
        return Outcome(found, numbers, None)
    fixed = case.fix(subject) if case.fix else _apply(found[0].remedy.code, subject)
    torch.manual_seed(0)
    return Outcome(found, numbers, gv.diagnose(fixed.record(), lag=case.lag))


def _apply(code, subject):
    names = {"model": subject.model, "x": subject.x, "x_train": subject.x, "gv": gv, "torch": torch}
    exec(code, names)
    subject.model, subject.x = names["model"], names["x"]
    return subject
