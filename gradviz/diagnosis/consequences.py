"""Tells causes from consequences: a consequence goes with its cause and has no remedy of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gradviz.diagnosis.causes import CAUSES, LASTING, explains_worse, is_felt_everywhere, is_gradual
from gradviz.diagnosis.finding import SEVERITIES, Finding, Remedy

_NONE = Remedy("", "")


def with_consequences(found: Sequence[Finding]) -> list[Finding]:
    """The findings, of which those that others explain are notes with their cause and without a remedy.

    Parameters
    ----------
    found : sequence of Finding

    Returns
    -------
    list of Finding
        In the same order. A consequence of a consequence names the first cause.
    """
    return [_as_consequence(finding, found) for finding in found]


def _as_consequence(finding: Finding, found: Sequence[Finding]) -> Finding:
    cause = _cause(finding, found)
    if cause is None:
        return finding
    while (earlier := _cause(cause, found)) is not None:
        cause = earlier
    return replace(finding, severity="note", cause=cause.kind, remedy=_NONE, plot="")


def _cause(finding: Finding, found: Sequence[Finding]) -> Finding | None:
    for table in (CAUSES, LASTING):
        for kind in table.get(finding.kind, ()):
            for other in found:
                fits = table is CAUSES or _went_before(other, finding)
                if other.kind == kind and fits and _can_cause(other, finding):
                    return other
    return None


def _went_before(cause: Finding, finding: Finding) -> bool:
    """Whether a cause that a training has left behind was there before what it is to explain."""
    return cause.since is not None and finding.since is not None and cause.since < finding.since


def _can_cause(cause: Finding, finding: Finding) -> bool:
    """Whether a cause is in the right place, was there first, and is as bad as what it is to explain."""
    near = cause.where.module in ("", finding.where.module) or is_felt_everywhere(finding.kind)
    first = cause.since is None or finding.since is None or cause.since <= finding.since
    first |= is_gradual(cause.kind) and (finding.since or 0) > 0  # else it was there from the beginning
    as_bad = SEVERITIES.index(cause.severity) <= SEVERITIES.index(finding.severity)
    as_bad |= explains_worse(cause.kind)
    return near and first and as_bad
