"""What is printed of a population, and of one of its members."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from gradviz.benchmark.population.draw import Draw
from gradviz.benchmark.population.member import first_solved, trained
from gradviz.benchmark.population.setup import Setup
from gradviz.benchmark.population.summary import by_fault, confusions, summary
from gradviz.diagnosis.diagnose import diagnose
from gradviz.errors import NothingRecorded

_LOSSES_SHOWN = 12


def population_text(lines: Sequence[dict[str, Any]]) -> str:
    """Rates of both halves, the table by fault, and what was named instead.

    Parameters
    ----------
    lines : sequence of dict
        As `run_member` returns them.
    """
    parts = []
    for half in ("tuning", "test"):
        own = [line for line in lines if line["half"] == half]
        parts.append(f"half for {half}, {len(own)} members\n{summary(own)}" if own else "")
    parts += ["all\n" + by_fault(lines), "what was named instead\n" + confusions(lines)]
    return "\n\n".join(part for part in parts if part)


def member_text(number: int, *, held_out: bool = False) -> str:
    """How a member is built, how its loss goes, and its diagnosis.

    Parameters
    ----------
    number : int
    held_out : bool
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        member, steps, score = first_solved(number, held_out)
        subject, tape, losses = trained(member)
        after = subject.score()
        try:
            found = str(diagnose(tape.tree, lag=subject.task.lag))
        except NothingRecorded as reason:
            found = str(reason)
    every = max(1, len(losses) // _LOSSES_SHOWN)
    shown = [f"{losses[step]:.3g}" for step in range(0, len(losses), every)]
    return "\n".join(
        [
            f"member {number}, attempt {member.attempt}, half for {member.half}",
            _code_level(member),
            f"without the fault: solved after {steps} steps, score {score:.3f}",
            f"this one: score {after:.3f} after {len(losses)} steps; lag {subject.task.lag}",
            f"loss every {every} steps: {' '.join(shown)}",
            str(subject.model),
            "",
            found,
        ]
    )


def _code_level(member: Draw) -> str:
    """The fields of the setup that are not as usual, and the fault."""
    usual = {field.name: field.default for field in fields(Setup)}
    own = {name: value for name, value in vars(member.setup).items() if value != usual[name]}
    wrong = "no fault"
    if member.fault is not None:
        wrong = f"fault: {member.fault.name}, strength {member.strength:.4g}"
        changed = {
            name: value
            for name, value in vars(member.faulted).items()
            if value != getattr(member.setup, name)
        }
        wrong += f" {changed}" if changed else ""
        wrong += f"; named by {', '.join(sorted(member.fault.kinds)) or 'nothing yet'}"
    return f"{own}\n{wrong}"
