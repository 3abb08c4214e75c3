"""A diagnosis as text for a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from gradviz.diagnosis.finding import SEVERITIES, Amount, Finding
from gradviz.diagnosis.kinds import KINDS
from gradviz.diagnosis.plural import counted

_MAX_COLUMNS = 100
_LABEL = 10
_MIN_COLUMNS = 3 * _LABEL
_MAX_WHOLE = 1e9
_UNITLESS = ("1", "")
_SINGULAR = {
    "time steps": " time step",
    "decades": " decade",
    "decades per time step": " decade per time step",
}
_HEAD = "Diagnosed: "


def as_text(findings: Sequence[Finding], *, lag: int | None, read: str) -> str:
    """The findings as paragraphs that fit the terminal, in the order given.

    Parameters
    ----------
    findings : sequence of Finding
    lag : int or None
        Time steps that the task needs, if known.
    read : str
        What was diagnosed.

    Returns
    -------
    str
    """
    width = min(max(shutil.get_terminal_size().columns, _MIN_COLUMNS), _MAX_COLUMNS)
    needed = f"the task needs {counted(lag, 'time step')}" if lag is not None else "no lag was given"
    head = textwrap.fill(f"{_HEAD}{read}; {needed}.", width, subsequent_indent=" " * len(_HEAD))
    paragraphs = ["\n".join(_paragraph(finding, width)) for finding in findings]
    return "\n\n".join([head, *paragraphs, *_terms(findings, width), _summary(findings)])


def _terms(findings: Sequence[Finding], width: int) -> Iterator[str]:
    if any("decades" in amount.unit for finding in findings for amount in finding.amounts):
        yield textwrap.fill("A decade is a factor of ten. The lag is the number of time steps back.", width)


def _paragraph(finding: Finding, width: int) -> Iterator[str]:
    yield from _labelled(finding.severity.upper(), f"{KINDS[finding.kind]} ({finding.where})", width)
    yield from textwrap.wrap(finding.what, width, initial_indent=" " * _LABEL, subsequent_indent=" " * _LABEL)
    for place, amount in enumerate(finding.amounts):
        yield from _labelled("Numbers" if place == 0 else "", _amount(amount), width)
    yield from _labelled("Do", finding.remedy.advice, width)
    for line in finding.remedy.code.splitlines():
        yield " " * (_LABEL + 4) + line  # never wrapped, so that it can be copied
    if finding.plot:
        yield " " * _LABEL + f"See {finding.plot}"


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    yield from textwrap.wrap(text, width, initial_indent=label.ljust(_LABEL), subsequent_indent=" " * _LABEL)


def _amount(amount: Amount) -> str:
    if amount.value == float("inf") and amount.unit == "decades":
        return f"{amount.name}: all of it (exactly zero arrives)"
    unit = "" if amount.unit in _UNITLESS else f" {amount.unit}"
    is_whole = amount.value % 1 == 0 and abs(amount.value) < _MAX_WHOLE
    value = f"{amount.value:.0f}" if is_whole else f"{amount.value:.3g}"
    if value == "1":
        unit = _SINGULAR.get(amount.unit, unit)
    return f"{amount.name}: {value}{unit}"


def _summary(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    parts = [counted(counts[severity], severity) for severity in SEVERITIES if counts[severity]]
    if counts["trouble"]:
        return f"Found: {', '.join(parts)}"
    return f"No trouble found. {', '.join(parts)}".rstrip()
