"""A diagnosis as text for a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from gradviz.diagnosis.coverage import Coverage
from gradviz.diagnosis.finding import SEVERITIES, Finding
from gradviz.diagnosis.kinds import KINDS
from gradviz.diagnosis.plural import counted

_MAX_COLUMNS = 100
_LABEL = 10
_MIN_COLUMNS = 3 * _LABEL
_HEAD = "Diagnosed: "


def as_text(
    findings: Sequence[Finding], *, lag: int | None, read: str, coverage: Coverage | None = None
) -> str:
    """The findings as paragraphs that fit the terminal, in the order given.

    Parameters
    ----------
    findings : sequence of Finding
    lag : int or None
        Time steps that the task needs, if known.
    read : str
        What was diagnosed.
    coverage : Coverage, optional
        What was looked at, and what could not be.

    Returns
    -------
    str
    """
    width = min(max(shutil.get_terminal_size().columns, _MIN_COLUMNS), _MAX_COLUMNS)
    needed = f"the task needs {counted(lag, 'time step')}" if lag is not None else "no lag was given"
    head = textwrap.fill(f"{_HEAD}{read}; {needed}.", width, subsequent_indent=" " * len(_HEAD))
    roots = [finding for finding in findings if finding.cause is None]
    paragraphs = ["\n".join(_paragraph(root, _following(root, findings), width)) for root in roots]
    ends = [*_terms(findings, width), *_looked_at(coverage or Coverage(), width), verdict(findings)]
    return "\n\n".join([head, *paragraphs, *ends])


def _following(root: Finding, findings: Sequence[Finding]) -> list[Finding]:
    """The consequences of a finding; of several of its kind, the first one has them all."""
    first = next(finding for finding in findings if finding.kind == root.kind and finding.cause is None)
    return [finding for finding in findings if finding.cause == root.kind] if root is first else []


def _terms(findings: Sequence[Finding], width: int) -> Iterator[str]:
    if any("decades" in amount.unit for finding in findings for amount in finding.amounts):
        yield textwrap.fill(
            "A decade is a factor of ten. The lag is how many time steps lie between an input and the answer "
            "that depends on it.",
            width,
        )


def _paragraph(finding: Finding, following: Sequence[Finding], width: int) -> Iterator[str]:
    yield from _labelled(finding.severity.upper(), f"{KINDS[finding.kind]} ({finding.where})", width)
    yield from textwrap.wrap(finding.what, width, initial_indent=" " * _LABEL, subsequent_indent=" " * _LABEL)
    for place, amount in enumerate(finding.amounts):
        yield from _labelled("Numbers" if place == 0 else "", str(amount), width)
    if finding.since:
        yield from _labelled("Since", f"training step {finding.since}", width)
    for place, consequence in enumerate(following):
        yield from _labelled("Leads to" if place == 0 else "", _in_short(consequence), width)
    yield from _labelled("Do", finding.remedy.advice, width)
    for line in finding.remedy.code.splitlines():
        yield " " * (_LABEL + 4) + line  # never wrapped, so that it can be copied
    if finding.plot:
        yield " " * _LABEL + f"See {finding.plot}"


def _in_short(finding: Finding) -> str:
    numbers = f": {finding.amounts[0]}" if finding.amounts else ""
    return f"{KINDS[finding.kind]} ({finding.where}){numbers}"


def _looked_at(coverage: Coverage, width: int) -> Iterator[str]:
    lines: list[str] = []
    if coverage.checked:
        lines += _labelled("Checked", "; ".join(coverage.checked) + ".", width)
    for place, unseen in enumerate(coverage.unseen):
        lines += _labelled("Not seen" if place == 0 else "", unseen.what, width)
        if unseen.code:
            lines.append(" " * (_LABEL + 4) + unseen.code)
    if lines:
        yield "\n".join(lines)


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    yield from textwrap.wrap(text, width, initial_indent=label.ljust(_LABEL), subsequent_indent=" " * _LABEL)


def verdict(findings: Sequence[Finding]) -> str:
    """How many findings there are; consequences go with their causes and are not counted."""
    counts = Counter(finding.severity for finding in findings if finding.cause is None)
    parts = [counted(counts[severity], severity) for severity in SEVERITIES if counts[severity]]
    if counts["trouble"]:
        return f"Found: {', '.join(parts)}"
    if counts["warning"]:
        return f"Nothing found that is trouble for certain. {', '.join(parts)}"
    return f"No trouble found in what was checked. {', '.join(parts)}".rstrip()
