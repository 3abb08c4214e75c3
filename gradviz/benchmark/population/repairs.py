"""Tries the remedies of a diagnosis on a member that is ill."""

from __future__ import annotations

from typing import Any

from gradviz.benchmark.population.changes import apply_change
from gradviz.benchmark.population.draw import Draw
from gradviz.benchmark.population.training import steps_until_solved, training
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import Finding
from gradviz.remedies.not_possible import NotPossible

MOST_REMEDIES = 4
_BY_AUTHOR, _BY_NOBODY = "author", "nobody"


def repairs(member: Draw, found: Diagnosis) -> list[dict[str, Any]]:
    """For each finding with a remedy of its own, the worst first: whether the remedy lets the task be solved.

    A remedy with changes is applied to the ill training from its start, which then has the same steps. If
    only the author of the code or of the data can make the change, the remedy repairs if the finding names
    the fault: what undoes the fault lets the task be solved, as is known from the twin. A fault of the
    weights is not the author's, so a remedy without changes does not count as one that repairs it.

    Returns
    -------
    list of dict
        ``kind``; ``by``, ``"changes"``, ``"author"`` or ``"nobody"``; ``repaired``; ``steps``, None if the
        task was not solved, or if it is not known in how many; ``raised``, if the changed training failed.
    """
    with_remedy = [finding for finding in found if finding.cause is None and _advises(finding)]
    return [_tried(member, finding) for finding in with_remedy[:MOST_REMEDIES]]


def _advises(finding: Finding) -> bool:
    return bool(finding.remedy.advice) and (finding.severity != "note" or bool(finding.remedy.changes))


def _tried(member: Draw, finding: Finding) -> dict[str, Any]:
    assert member.fault is not None
    names_it = finding.kind in member.fault.kinds
    result: dict[str, Any] = {"kind": finding.kind, "by": "changes", "repaired": False, "steps": None}
    if not finding.remedy.changes:
        if member.fault.weights is not None:
            return result | {"by": _BY_NOBODY}
        return result | {"by": _BY_AUTHOR, "repaired": names_it}
    subject = training(member.faulted, member.fault, member.strength)
    try:
        for change in finding.remedy.changes:
            apply_change(subject, change)
    except NotPossible as reason:
        return result | {"not_possible": str(reason)}
    try:
        steps, _ = steps_until_solved(subject)
    except Exception as reason:  # the remedy has broken the training
        return result | {"raised": f"{type(reason).__name__}: {reason}"}
    return result | {"repaired": steps is not None, "steps": steps}
