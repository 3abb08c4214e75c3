"""The page of a benchmark: its tables between two marks, with two pictures and the results beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gradviz.benchmark.kept_results import Results
from gradviz.benchmark.measurement import Measurement
from gradviz.benchmark.other_ways import JACOBIAN_WAYS, WAYS, Way
from gradviz.benchmark.row import Row, number, sum_text
from gradviz.benchmark.settings import LIMIT_LENGTH
from gradviz.cell_descriptions import CELLS
from gradviz.errors import GradvizError

Value = Callable[[Measurement], tuple[float, float]]
"""Gives the ratio that a table shows, and milliseconds."""

BEGIN, END = "<!-- tables: made by `gradviz benchmark page` -->", "<!-- end of the tables -->"
_NEW = f"# Benchmarks\n\n{BEGIN}\n\n{END}\n"
_LIBRARIES = ("gradviz", "torch", "numpy", "xarray", "h5py", "matplotlib", "python")


class NoPlaceForTables(GradvizError, ValueError):
    """A page has no marks between which its tables could be."""


def read_page(page: Path) -> str:
    """The text of a page, or of an empty one if there is none.

    Raises
    ------
    NoPlaceForTables
        If it has no marks.
    """
    text = page.read_text(encoding="utf-8") if page.exists() else _NEW
    _, begin, rest = text.partition(BEGIN)
    if not begin or END not in rest:
        raise NoPlaceForTables(f"{page} must have a line {BEGIN} and below it {END}")
    return text


def results_beside(page: Path) -> Path:
    """Where the results of a page are."""
    return page.with_suffix(".json")


def pictures_beside(page: Path) -> tuple[Path, Path]:
    """Where the pictures of a page are: the cost against the length, and against other ways."""
    return page.with_name(f"{page.stem}-length.png"), page.with_name(f"{page.stem}-others.png")


def with_tables(text: str, results: Results, *, pictures: Sequence[str]) -> str:
    """A page with other tables between the two marks.

    Parameters
    ----------
    text : str
        As `read_page` returns it.
    results : Results
    pictures : sequence of str
        Names of the two pictures.

    Returns
    -------
    str
    """
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables(results, pictures)}\n\n{END}{after}"


def tables(results: Results, pictures: Sequence[str]) -> str:
    """All tables and pictures in Markdown."""
    length, others = pictures
    sizes = results.sizes
    threads = "1 thread" if sizes["threads"] == 1 else f"{sizes['threads']} threads"
    where = f"T = {LIMIT_LENGTH}, {sizes['units']} units, batch {sizes['batch']}, {threads}"
    return "\n\n".join(
        [
            _made(results),
            f"**{sum_text(results.rows)}.**",
            *_limits(results.rows),
            "## Cost against the length",
            f"![Time of a training step, relative to the native one, against the time steps]({length})",
            "Lines are medians of pairs, bands their quartiles. The dark bars are the limits, as multiples "
            "of the native step: from above all samples, 16 samples, every=20.",
            "## What one would do otherwise",
            f"A training step at {where}; × native, in brackets milliseconds.",
            _ways(results, WAYS, of_native),
            f"Norms of the step Jacobians of one sequence at {where}; × `gv.step_jacobian_norms`, "
            "in brackets milliseconds.",
            _ways(results, JACOBIAN_WAYS, of_ours),
            f"![Time of other ways, relative to the native step and to gradviz]({others})",
        ]
    )


def _limits(rows: Sequence[Row]) -> list[str]:
    found = []
    for part in dict.fromkeys(row.part for row in rows):
        lines = [
            (row.what, row.measured_text, row.limit_text, row.verdict, row.beside)
            for row in rows
            if row.part == part
        ]
        found += [f"### {part}", _table(("what", "measured", "limit", "", "beside"), lines)]
    return found


def _ways(results: Results, ways: Mapping[str, Way], value: Value) -> str:
    cells = list(dict.fromkeys(m.cell for m in results.measurements))
    lines = []
    for name, way in ways.items():
        texts = [_of_cell(results, name, cell, value) for cell in cells]
        lines.append((way.title, way.gives, way.lacks, *texts, _equal(results, name)))
    head = ("", "gives", "does not give", *(CELLS[cell].label for cell in cells), "differs by at most")
    return _table(head, lines)


def _of_cell(results: Results, name: str, cell: str, value: Value) -> str:
    for one in results.measurements:
        if (one.case, one.cell, one.length) == (name, cell, LIMIT_LENGTH):
            ratio, ms = value(one)
            return f"{number(ratio, ratio)} ({number(ms, ms)})"
    reasons = [one.reason for one in results.comparisons if (one.way, one.cell) == (name, cell)]
    return next((reason for reason in reasons if reason), "not measured")


def of_native(m: Measurement) -> tuple[float, float]:
    """Ratio to the native step, and milliseconds."""
    return m.ratio.median, m.measured_ms.median


def of_ours(m: Measurement) -> tuple[float, float]:
    """Ratio to the closed form, and milliseconds; in one case that is measured, in the other native."""
    if m.case == "step_jacobian_norms":
        return 1 / m.ratio.median, m.native_ms.median
    return of_native(m)


def _equal(results: Results, name: str) -> str:
    found = [one.difference for one in results.comparisons if one.way == name and one.difference is not None]
    return f"{max(found):.1g}" if found else ""


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ("---",) * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))


def _made(results: Results) -> str:
    made = results.made
    versions = ", ".join(f"{name} {made[name]}" for name in _LIBRARIES)
    return (
        f"Made on {made['date']} at commit {made['commit']} with {versions}; {made['system']}, "
        f"{made['processor']}; {results.seconds / 60:.0f} minutes."
    )
