"""The command: kills, damaged files and a soak; it prints a table and can store it for the page."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from faults.tally import HEAD, Tally, cells, total
from tqdm import tqdm

KILLS, DAMAGE, SOAK = "kills", "damage", "soak"
_UNITS = {"": 1, "s": 1, "min": 60, "h": 3600}


def _seconds(_: click.Context, __: click.Parameter, value: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *(s|min|h|)", value)
    if found is None:
        raise click.BadParameter(f"{value!r}: must be a time such as 90s, 15min or 1h")
    return float(found[1]) * _UNITS[found[2]]


@click.command("faults")
@click.option("--kills", type=click.IntRange(1), default=200, show_default=True, help="Processes to kill.")
@click.option("--damaged", type=click.IntRange(1), default=10_000, show_default=True, help="Files to damage.")
@click.option("--soak", default="60min", show_default=True, callback=_seconds, help="Time of the soak.")
@click.option("--only", type=click.Choice([KILLS, DAMAGE, SOAK]), multiple=True, help="Do only this.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the moments and the damages.")
@click.option("--workers", type=click.IntRange(1), help="Processes at a time.  [default: one per core]")
@click.option("--results", type=click.Path(path_type=Path, dir_okay=False), help="JSON file to add them to.")
@click.option("--page", is_flag=True, help="Only remake docs/reliability.md from docs/reliability.json.")
def command(
    *, kills: int, damaged: int, soak: float, only: tuple[str, ...], seed: int, workers: int | None,
    results: Path | None, page: bool,
) -> None:  # fmt: skip
    """Kill processes that write, damage files that are read, and record for a long time.

    Prints what was tried, what survived and what was lost. Exit code 1 if something was lost.
    """
    if page:
        from faults.page import write_page

        click.echo(write_page())
        return
    count = workers or os.cpu_count() or 1
    stages = {
        KILLS: lambda folder: _kills(folder, kills, seed, count),
        DAMAGE: lambda folder: _damage(folder, damaged, seed, count),
        SOAK: lambda folder: _soak(folder, soak),
    }
    lost = 0
    for name in only or tuple(stages):
        with _place(name) as folder:
            began = time.monotonic()
            found = stages[name](folder)
        found = {"seed": seed, "seconds": round(time.monotonic() - began), **found, "made": _made()}
        _show(found["rows"])
        lost += sum(row["lost"] for row in found["rows"])
        if results is not None:
            _store(results, name, found)
    sys.exit(1 if lost else 0)


@contextmanager
def _place(name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"gradviz-{name}-", ignore_cleanup_errors=True) as place:
        yield Path(place)


def _kills(folder: Path, count: int, seed: int, workers: int) -> dict[str, Any]:
    from faults.kills import kill_all
    from faults.workers import forking

    return _counted(kill_all(forking(), folder, count, seed=seed, workers=workers), count, KILLS)


def _damage(folder: Path, count: int, seed: int, workers: int) -> dict[str, Any]:
    from faults.damage import cases
    from faults.samples import make_samples
    from faults.workers import try_all

    make_samples(folder)
    ends = try_all(cases(folder, count, seed), workers=workers)
    return _counted(((case.sample, case.fault, end, case.name) for case, end in ends), count, DAMAGE)


def _soak(folder: Path, seconds: float) -> dict[str, Any]:
    from faults.soak import soak

    return soak(folder, seconds)


def _counted(ends: Iterable[tuple[str, str, str, str]], count: int, name: str) -> dict[str, Any]:
    tally = Tally()
    for number in (signal.SIGINT, signal.SIGTERM):  # in the background a shell has them ignored
        signal.signal(number, signal.default_int_handler)
    try:
        for end in tqdm(ends, total=count, desc=name, disable=None):
            tally.count(*end)
    except KeyboardInterrupt:
        click.echo("interrupted; the table holds what was tried so far", err=True)
    return {"rows": tally.rows}


def _show(rows: list[dict[str, Any]]) -> None:
    table = [HEAD, *map(cells, [*rows, total(rows)])]
    widths = [max(len(line[place]) for line in table) for place in range(len(HEAD))]
    for line in table:
        texts = [
            text.ljust(width) if place < 2 else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        click.echo("  ".join(texts).rstrip())
    for row in rows:
        for example in row["examples"]:
            click.echo(f"lost: {example}")


def _made() -> dict[str, str]:
    from gradviz.benchmark.machine import machine

    return machine()


def _store(path: Path, name: str, found: dict[str, Any]) -> None:
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, name: found}, indent=1) + "\n", encoding="utf-8")
