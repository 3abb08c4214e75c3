"""A diagnosis as text for a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from gradviz.diagnosis.finding import SEVERITIES, Amount, Finding
from gradviz.diagnosis.kinds import KINDS

_MOST_COLUMNS = 100
_LABEL = 10
_FEWEST_COLUMNS = 3 * _LABEL
_MOST_WHOLE = 1e9
_UNITLESS = ("1", "")


def as_text(findings: Sequence[Finding], *, lag: int | None, read: str) -> str:
    """The findings as paragraphs that fit the terminal, worst first.

    Parameters
    ----------
    findings : sequence of Finding
        In their order.
    lag : int or None
    read : str
        What was read.

    Returns
    -------
    str
    """
    width = min(max(shutil.get_terminal_size().columns, _FEWEST_COLUMNS), _MOST_COLUMNS)
    asked = f"the task needs {lag} time steps" if lag is not None else "no lag was given"
    head = textwrap.fill(f"Read: {read}; {asked}.", width, subsequent_indent="      ")
    paragraphs = ["\n".join(_paragraph(finding, width)) for finding in findings]
    return "\n\n".join([head, *paragraphs, *_terms(findings, width), _summary(findings)])


def _terms(findings: Sequence[Finding], width: int) -> Iterator[str]:
    if any("decades" in amount.unit for finding in findings for amount in finding.amounts):
        yield textwrap.fill("A decade is a factor of ten; the lag is the number of time steps back.", width)


def _paragraph(finding: Finding, width: int) -> Iterator[str]:
    yield from _labelled(finding.severity.upper(), f"{KINDS[finding.kind]} ({finding.where})", width)
    yield from textwrap.wrap(finding.what, width, initial_indent=" " * _LABEL, subsequent_indent=" " * _LABEL)
    for place, amount in enumerate(finding.amounts):
        yield from _labelled("Numbers" if place == 0 else "", _amount(amount), width)
    yield from _labelled("Do", finding.remedy.advice, width)
    for line in finding.remedy.code.splitlines():
        yield " " * (_LABEL + 4) + line  # never broken: it is to be copied
    if finding.plot:
        yield " " * _LABEL + f"See {finding.plot}"


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    yield from textwrap.wrap(text, width, initial_indent=label.ljust(_LABEL), subsequent_indent=" " * _LABEL)


def _amount(amount: Amount) -> str:
    if amount.value == float("inf") and amount.unit == "decades":
        return f"{amount.name}: all of it (what arrives is exactly zero)"
    unit = "" if amount.unit in _UNITLESS else f" {amount.unit}"
    is_whole = amount.value % 1 == 0 and abs(amount.value) < _MOST_WHOLE
    value = f"{amount.value:.0f}" if is_whole else f"{amount.value:.3g}"
    return f"{amount.name}: {value}{unit}"


def _summary(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    plural = {"trouble": "troubles", "warning": "warnings", "note": "notes"}
    said = [
        f"{counts[severity]} {severity if counts[severity] == 1 else plural[severity]}"
        for severity in SEVERITIES
        if counts[severity]
    ]
    verdict = "Trouble." if counts["trouble"] else "No trouble found."
    return f"{verdict} {', '.join(said)}".rstrip()
