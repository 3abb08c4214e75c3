"""Everyone the diagnosis is tried on, diagnosed once."""

from dataclasses import dataclass
from functools import cache

import torch
from diagnosis import broken, healthy
from diagnosis.patients import Patient

import gradviz as gv
from gradviz.diagnosis.diagnosis import Diagnosis

TUNED = (*broken.TUNED, *healthy.TUNED)
HELD_OUT = (*broken.HELD_OUT, *healthy.HELD_OUT)
EVERYONE = (*TUNED, *HELD_OUT)


@dataclass(frozen=True)
class Seen:
    """What came out."""

    diagnosis: Diagnosis
    recomputed: tuple[tuple[float, float], ...]
    """Every number, as told and as the public function gives it from the recording."""
    afterwards: Diagnosis | None
    """After the first finding's remedy; None where there was none to apply."""


@cache
def seen(patient: Patient) -> Seen:
    """Record a patient, diagnose it, apply the remedy, diagnose it again."""
    torch.manual_seed(0)
    case = patient.make()
    recording = case.record()
    found = gv.diagnose(recording, lag=patient.lag)
    numbers = tuple(
        (amount.value, amount.recompute(recording)) for finding in found for amount in finding.amounts
    )
    if patient.kind is None or not found:
        return Seen(found, numbers, None)
    mended = patient.cure(case) if patient.cure else _apply(found[0].remedy.code, case)
    torch.manual_seed(0)
    return Seen(found, numbers, gv.diagnose(mended.record(), lag=patient.lag))


def _apply(code, case):
    names = {"model": case.model, "x": case.x, "gv": gv, "torch": torch}
    exec(code, names)
    case.model, case.x = names["model"], names["x"]
    return case
