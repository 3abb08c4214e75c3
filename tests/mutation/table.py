"""The outcomes of a sample, by package, with an interval of 95 %."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

OUTCOMES = ("killed", "timed out", "survived")


def read(out: Path, package: str, seed: int) -> list[dict]:
    """The last outcome of each mutant of a sample."""
    path = out / f"outcomes-{package}-{seed}.jsonl"
    if not path.exists():
        return []
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return list({(one["file"], one["change"]): one for one in found}.values())


def row(name: str, found: Sequence[dict]) -> str:
    """Counts of one package, and the fraction that was noticed: killed or out of time."""
    from gradviz.diagnosis.reliability import wilson

    counts = Counter(one["outcome"] for one in found)
    noticed = counts["killed"] + counts["timed out"]
    low, high = wilson(noticed, len(found))
    cells = [name, str(len(found)), *(str(counts[outcome]) for outcome in OUTCOMES)]
    cells += [f"{100 * noticed / len(found):.0f} %", f"{100 * low:.0f} to {100 * high:.0f} %"]
    return f"| {' | '.join(cells)} |"


def table(out: Path, packages: Sequence[str], seed: int) -> str:
    """A table in Markdown."""
    samples = {package: read(out, package, seed) for package in packages}
    lines = [f"| package | mutants | {' | '.join(OUTCOMES)} | noticed | interval |", "|---" * 7 + "|"]
    lines += [row(package, found) for package, found in samples.items() if found]
    everything = [one for found in samples.values() for one in found]
    if everything:
        lines.append(row("all", everything))
    return "\n".join(lines)
