"""Remakes the tables of docs/reliability.md from the results that are stored beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from faults.soak import LEAK
from faults.tally import cells, total

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, RESULTS = DOCS / "reliability.md", DOCS / "reliability.json"
BEGIN, END = "<!-- tables: made by `python tests/faults --page` -->", "<!-- end of the tables -->"

_HEAD = ("tried", "survived", "refused", "equal", "unnoticed", "lost")
_LIBRARIES = ("gradviz", "torch", "numpy", "xarray", "h5py", "matplotlib", "python")


def write_page() -> Path:
    """Write the page with its tables made again; what stands around them stays.

    Returns
    -------
    Path
    """
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), read_results()), encoding="utf-8")
    return PAGE


def read_results() -> dict[str, Any]:
    """The stored results."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def with_tables(page: str, results: dict[str, Any]) -> str:
    """A page with other tables between the two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or not after:
        raise ValueError(f"the page must have {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{tables(results)}\n\n{END}{after}"


def tables(results: dict[str, Any]) -> str:
    """The tables of kills, damaged files and soak, each with what it was made with."""
    kills, damage, soak = results["kills"], results["damage"], results["soak"]
    return "\n\n".join(
        [
            "### Processes killed",
            _table(("what was killed",), [_row(total(rows, what), 1) for what, rows in _by("what", kills)]),
            _made(kills),
            "### Files damaged",
            _table(("file",), [_row(total(rows, what), 1) for what, rows in _by("what", damage)]),
            _table(("damage",), [_row(total(rows, what), 1) for what, rows in _by("fault", damage)]),
            _made(damage),
            "### Soak",
            _of_soak(soak),
            _made(soak),
        ]
    )


def _by(column: str, found: dict[str, Any]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    names = dict.fromkeys(row[column] for row in found["rows"])
    for name in names:
        yield name, [row for row in found["rows"] if row[column] == name]
    yield "**all**", found["rows"]


def _row(row: dict[str, Any], labels: int) -> tuple[str, ...]:
    texts = cells(row)
    return (*texts[:labels], *texts[2:])


def _table(labels: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    head = (*labels, *_HEAD)
    lines = [head, ("---",) * len(labels) + ("---:",) * len(_HEAD), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _of_soak(soak: dict[str, Any]) -> str:
    slope, low, high = (f"{value:.0f}" for value in soak["memory"])
    first, last = soak["first"], soak["last"]
    grown = [row["fault"] for row in soak["rows"] if row["lost"]]
    counts = ", ".join(f"{name} {first[name]} and {last[name]}" for name in ("handles", "threads", "files"))
    flat = f"Nothing grew by the rule that memory does if the whole interval is above {LEAK}"
    return (
        f"{soak['steps']} training steps in {soak['rounds']} rounds, {soak['seconds'] / 60:.0f} minutes. "
        f"Memory: {first['memory'] / 2**20:.1f} MiB after the first fifth, {last['memory'] / 2**20:.1f} MiB "
        f"at the end; its trend is {slope} bytes a round (95 % interval {low} to {high}). At these times: "
        f"{counts}. {'Grown: ' + ', '.join(grown) if grown else flat}."
    )


def _made(found: dict[str, Any]) -> str:
    made = found["made"]
    versions = ", ".join(f"{name} {made[name]}" for name in _LIBRARIES)
    seed = f", seed {found['seed']}" if "seed" in found else ""
    return (
        f"Made on {made['date']} at commit {made['commit']} with {versions}, format {made['format']}; "
        f"{made['system']}, {made['processor']}; {found['seconds'] / 60:.0f} minutes{seed}."
    )
