"""The findings of a diagnosis, worst first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from gradviz.diagnosis.as_text import as_text, verdict
from gradviz.diagnosis.coverage import Coverage
from gradviz.diagnosis.finding import Finding
from gradviz.diagnosis.kinds import KINDS
from gradviz.short_view import ShortView


@dataclass(frozen=True)
class Diagnosis(Sequence[Finding]):
    """The findings, worst first and causes before effects; prints as a text for the terminal.

    Its repr is one line for each finding, cut at ten lines; a notebook shows a table of them, with the whole
    text folded up below it.

    Attributes
    ----------
    findings : tuple of Finding
    lag : int or None
        Time steps that the task needs, if known.
    read : str
        What was diagnosed, in words.
    coverage : Coverage
        What was looked at (``checked``), and what could not be (``unseen``).

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> found = gv.diagnose(gv.probe(nn.RNN(2, 16, batch_first=True)), lag=99)
    >>> found.kinds
    ('vanishing',)
    >>> print(found)
    Diagnosed: rnn (RNN (tanh), 1 layer, 16 units), 100 time steps; ...
    TROUBLE   The gradient vanishes (rnn, layer 0)
    ...
    Found: 1 trouble
    """

    findings: tuple[Finding, ...]
    lag: int | None
    read: str
    coverage: Coverage = field(default_factory=Coverage)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the findings, in their order; a kind found in several places appears several times."""
        return tuple(finding.kind for finding in self.findings)

    @property
    def is_healthy(self) -> bool:
        """Whether there is no trouble; there may be warnings."""
        return not any(finding.is_trouble for finding in self.findings)

    @property
    def has_warnings(self) -> bool:
        return any(finding.severity == "warning" for finding in self.findings)

    def __str__(self) -> str:
        return as_text(self.findings, lag=self.lag, read=self.read, coverage=self.coverage)

    def __repr__(self) -> str:
        return self._view().text()

    def _repr_html_(self) -> str:
        return self._view(whole=str(self)).html()

    def _view(self, whole: str = "") -> ShortView:
        found = [
            (finding.severity.upper() + " (follows)" * (finding.cause is not None), finding.title)
            for finding in self.findings
        ]
        footer = "print(...) also says what to do, what was checked, and what was not seen"
        rows = (("Diagnosed", self.read), *found)
        return ShortView(verdict(self.findings), rows, "" if whole else footer, whole=whole)

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as a dict for JSON, in which numbers that are not finite are text."""
        return {
            "healthy": self.is_healthy,
            "lag": self.lag,
            "read": self.read,
            "findings": [_finding(finding) for finding in self.findings],
            "checked": list(self.coverage.checked),
            "not_seen": [unseen._asdict() for unseen in self.coverage.unseen],
        }


def _finding(finding: Finding) -> dict[str, Any]:
    where = finding.where
    return {
        "kind": finding.kind,
        "title": KINDS[finding.kind],
        "severity": finding.severity,
        "what": finding.what,
        "where": {
            "module": where.module,
            "layer": where.layer,
            "direction": where.direction,
            "gate": where.gate,
        },
        "amounts": [
            {
                "name": amount.name,
                "value": _number(amount.value),
                "unit": amount.unit,
                "function": amount.function,
                "variable": amount.variable,
                "options": dict(amount.options),
                "where": dict(amount.where),
            }
            for amount in finding.amounts
        ],
        "evidence": {"variables": list(finding.variables), "plot": finding.plot},
        "remedy": {
            "advice": finding.remedy.advice,
            "code": finding.remedy.code,
            "changes": [
                {"name": each.name, "options": dict(each.options)} for each in finding.remedy.changes
            ],
        },
        "cause": finding.cause,
        "since": finding.since,
    }


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
