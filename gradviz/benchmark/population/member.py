"""One member of the population: trained without its fault, with it, and diagnosed."""

from __future__ import annotations

import time
import traceback
import warnings
from dataclasses import asdict, replace
from typing import Any

from gradviz.benchmark.population.assignments import SOLVED
from gradviz.benchmark.population.draw import MOST_ATTEMPTS, Draw, draw
from gradviz.benchmark.population.repairs import repairs
from gradviz.benchmark.population.training import Training, record_training, steps_until_solved, training
from gradviz.capture.tape import Tape
from gradviz.diagnosis.diagnose import diagnose
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.errors import NothingRecorded

HEALTHY, ILL, HARMLESS, UNSOLVED, FAILED = "healthy", "ill", "harmless", "unsolved", "failed"

FEWEST_STEPS = 150
PATIENCE = 3  # times the steps of the twin without the fault

Line = dict[str, Any]


def run_member(number: int, *, held_out: bool = False, tries: bool = True) -> Line:
    """Train and diagnose a member.

    Parameters
    ----------
    number : int
    held_out : bool
        Whether the member has a fault of `HELD_OUT`.
    tries : bool
        Whether the remedies of an ill member are tried.

    Returns
    -------
    dict
        What is kept of the member: ``group`` is ``"healthy"`` if it has no fault and solves its task;
        ``"ill"`` if it does not solve its task in the steps in which its twin without the fault does;
        ``"harmless"`` if the fault did not stop it; ``"unsolved"`` if no attempt was solved without a fault;
        ``"failed"`` if recording or diagnosing raised an exception, which is under ``"error"``.
    """
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the faults do: a broadcast target, a NaN
        line = _run(number, held_out, tries)
    return line | {"seconds": round(time.perf_counter() - began, 2)}


def trained(member: Draw) -> tuple[Training, Tape, list[float]]:
    """The member's training after its last step, its recording and its losses."""
    subject = training(member.faulted, member.fault, member.strength)
    return subject, *record_training(subject)


def first_solved(number: int, held_out: bool) -> tuple[Draw, int | None, float]:
    """The first attempt that is solved without the fault, in how many steps, and its score.

    The member gets the steps that are its due: a few times those of the twin.
    """
    for attempt in range(MOST_ATTEMPTS):
        member = draw(number, attempt, held_out=held_out)
        steps, score = steps_until_solved(training(member.setup))
        if steps is not None:
            due = min(member.setup.steps, max(FEWEST_STEPS, PATIENCE * steps))
            return replace(member, setup=replace(member.setup, steps=due)), steps, score
    return member, None, score


def _run(number: int, held_out: bool, tries: bool) -> Line:
    line: Line = {"number": number, "held_out": held_out}
    try:
        member, steps, twin_score = first_solved(number, held_out)
        line |= _described(member) | {"twin_steps": steps, "twin_score": _rounded(twin_score)}
        if steps is None:
            return line | {"group": UNSOLVED}
        subject, tape, losses = trained(member)
        score = subject.score()
        line |= {"group": _group(member, score >= SOLVED), "score": _rounded(score)}
        line |= {"loss": [_rounded(loss) for loss in (losses[0], losses[-1])]}
        found = diagnose(tape.tree, lag=subject.task.lag)
        line |= {"findings": _findings(found)}
        if tries and line["group"] == ILL:
            line |= {"repairs": repairs(member, found)}
    except NothingRecorded as reason:  # what a user gets to read in place of a diagnosis
        return line | {"findings": [], "error": str(reason)}
    except Exception:
        return line | _described(draw(number, 0, held_out=held_out)) | _failed(traceback.format_exc(limit=-4))
    return line


def _failed(error: str) -> Line:
    return {"group": FAILED, "error": error}


def _group(member: Draw, solved: bool) -> str:
    if member.fault is None:
        return HEALTHY if solved else UNSOLVED
    return HARMLESS if solved else ILL


def _described(member: Draw) -> Line:
    return {
        "attempt": member.attempt,
        "half": member.half,
        "fault": member.fault.name if member.fault else None,
        "strength": _rounded(member.strength),
        "setup": asdict(member.setup),
    }


def _findings(found: Diagnosis) -> list[Line]:
    return [
        {
            "kind": finding.kind,
            "severity": finding.severity,
            "cause": finding.cause,
            "where": str(finding.where),
            "changes": [change.name for change in finding.remedy.changes],
        }
        for finding in found
    ]


def _rounded(number: float) -> float | None:
    """Four digits; None for NaN and infinite, which JSON does not know."""
    return float(f"{number:.4g}") if abs(number) < float("inf") else None
