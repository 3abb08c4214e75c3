"""What the population says about the diagnosis: rates, a table by fault, and what was named instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from gradviz.benchmark.population.faults import fault_named
from gradviz.benchmark.population.member import FAILED, HARMLESS, HEALTHY, ILL, UNSOLVED

Line = dict[str, Any]
SILENT = "(silent)"
_FEW = 3  # ranks


def named(line: Line) -> list[str]:
    """Kinds of the findings that are more than a note and are not the consequence of another, in order."""
    own = [f for f in line["findings"] if f["severity"] != "note" and f["cause"] is None]
    return list(dict.fromkeys(finding["kind"] for finding in own))


def rank(line: Line) -> int | None:
    """Place of the first finding that names the fault, from 1; None if none does."""
    kinds = fault_named(line["fault"]).kinds
    return next((place for place, kind in enumerate(named(line), 1) if kind in kinds), None)


def in_trouble(line: Line) -> bool:
    """Whether any finding is trouble."""
    return any(finding["severity"] == "trouble" for finding in line["findings"])


def repaired(line: Line, first: int | None = None) -> bool:
    """Whether one of the remedies that were tried, or of the first of them, lets the task be solved."""
    return any(repair["repaired"] for repair in line.get("repairs", [])[:first])


def summary(lines: Sequence[Line]) -> str:
    """Rates of a population, in a few lines.

    Parameters
    ----------
    lines : sequence of dict
        As `run_member` returns them.
    """
    groups = {group: [x for x in lines if x["group"] == group] for group in _GROUPS}
    ill = groups[ILL]
    ranks = [rank(line) for line in ill]
    steps = sorted(s for line in ill for s in [_steps(line)] if s is not None)
    rows = [
        ("ill, named at rank 1", sum(place == 1 for place in ranks), len(ill)),
        (f"ill, named at rank {_FEW} or better", sum((place or 99) <= _FEW for place in ranks), len(ill)),
        ("ill, in trouble", sum(map(in_trouble, ill)), len(ill)),
        ("ill, repaired by the first remedy", sum(repaired(line, 1) for line in ill), len(ill)),
        ("ill, repaired by any remedy", sum(repaired(line) for line in ill), len(ill)),
        ("ill, no remedy could be tried", sum(not _could_try(line) for line in ill), len(ill)),
        ("healthy, in trouble", sum(map(in_trouble, groups[HEALTHY])), len(groups[HEALTHY])),
        ("harmless fault, in trouble", sum(map(in_trouble, groups[HARMLESS])), len(groups[HARMLESS])),
        ("harmless fault, named", sum(rank(x) is not None for x in groups[HARMLESS]), len(groups[HARMLESS])),
    ]
    text = [f"{name:36}{part:5} of {whole:4}  {_percent(part, whole)}" for name, part, whole in rows]
    if steps:
        text.append(f"{'steps until repaired, median':36}{steps[len(steps) // 2]:5}")
    others = ", ".join(f"{len(groups[group])} {group}" for group in (UNSOLVED, FAILED))
    return "\n".join([*text, f"not counted: {others}"])


def by_fault(lines: Iterable[Line]) -> str:
    """For each fault: how many were ill and harmless, how many of the ill were named and repaired."""
    header = f"{'fault':34}{'ill':>5}{'rank 1':>8}{'rank 3':>8}{'first':>7}{'any':>5}{'harmless':>10}"
    rows = [header]
    with_fault = [line for line in lines if line["fault"] and line["group"] in (ILL, HARMLESS)]
    for name in sorted({line["fault"] for line in with_fault}):
        own = [line for line in with_fault if line["fault"] == name]
        ill = [line for line in own if line["group"] == ILL]
        ranks = [rank(line) or 99 for line in ill]
        counts = (
            sum(place == 1 for place in ranks),
            sum(place <= _FEW for place in ranks),
            sum(repaired(line, 1) for line in ill),
            sum(map(repaired, ill)),
        )
        cells = f"{counts[0]:8}{counts[1]:8}{counts[2]:7}{counts[3]:5}"
        rows.append(f"{name:34}{len(ill):5}{cells}{len(own) - len(ill):10}")
    return "\n".join(rows)


def confusions(lines: Iterable[Line]) -> str:
    """What was named first instead of the fault, and the trouble of members that learn, with numbers."""
    found: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        if line["group"] == ILL and rank(line) != 1:
            first = next(iter(named(line)), SILENT)
            later = f"; named at rank {rank(line)}" if rank(line) else ""
            found.setdefault((line["fault"], f"{first}{later}"), []).append(line["number"])
        elif line["group"] in (HEALTHY, HARMLESS) and in_trouble(line):
            kinds = Counter(f["kind"] for f in line["findings"] if f["severity"] == "trouble")
            what = f"({line['group']}) {line['fault'] or ''}"
            found.setdefault((what, "trouble: " + ", ".join(kinds)), []).append(line["number"])
        elif line["group"] == FAILED:
            last = line["error"].strip().splitlines()[-1]
            found.setdefault((f"(failed) {line['fault'] or ''}", last), []).append(line["number"])
    rows = [f"{what}: {instead}  {numbers}" for (what, instead), numbers in sorted(found.items())]
    return "\n".join(rows)


def _steps(line: Line) -> int | None:
    """Training steps until the first remedy that repairs, if they are known."""
    return next((r["steps"] for r in line.get("repairs", []) if r["repaired"]), None)


def _could_try(line: Line) -> bool:
    return any(
        repair["by"] != "nobody" and "not_possible" not in repair for repair in line.get("repairs", [])
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else ""


_GROUPS = (HEALTHY, ILL, HARMLESS, UNSOLVED, FAILED)
