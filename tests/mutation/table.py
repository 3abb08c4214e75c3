"""The outcomes of a sample, by package, with an interval of 95 %."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

OUTCOMES = ("killed", "timed out", "survived")


def table(samples: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """A table in Markdown of the outcomes of each package."""
    lines = [f"| package | mutants | {' | '.join(OUTCOMES)} | noticed | interval |", "|---" * 7 + "|"]
    lines += [row(package, found) for package, found in samples.items() if found]
    return "\n".join([*lines, row("all", [one for found in samples.values() for one in found])])


def row(name: str, found: Sequence[Mapping[str, Any]]) -> str:
    """Counts of one package, and the fraction that was noticed: killed or out of time."""
    from gradviz.diagnosis.reliability import wilson

    counts = Counter(one["outcome"] for one in found)
    noticed = counts["killed"] + counts["timed out"]
    low, high = wilson(noticed, len(found))
    cells = [name, str(len(found)), *(str(counts[outcome]) for outcome in OUTCOMES)]
    cells += [f"{100 * noticed / len(found):.0f} %", f"{100 * low:.0f} to {100 * high:.0f} %"]
    return f"| {' | '.join(cells)} |"
