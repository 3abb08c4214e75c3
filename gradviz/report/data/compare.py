"""Several runs on one page: distinct names, and one scale for each quantity."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from gradviz.report.data.frames import marks_table
from gradviz.report.data.panels import as_json
from gradviz.report.data.run_attributes import cells_of
from gradviz.report.data.run_data import RunData, run_data
from gradviz.report.data.scales import Scale, common_scales

FORMAT = 1
PAGE_BYTES = 8_500_000
"""Characters of base64 that all runs of a page should take together."""


@dataclass(frozen=True)
class PageData:
    """What is embedded in a page.

    Attributes
    ----------
    runs : sequence of RunData
        With distinct names.
    scales : mapping of str to Scale
        As `common_scales` returns it.
    """

    runs: Sequence[RunData]
    scales: Mapping[str, Scale]

    def to_json(self) -> dict[str, Any]:
        """Keys ``format`` (1), ``runs``, ``scales`` and ``marks`` (as `marks_table` returns them)."""
        return {
            "format": FORMAT,
            "runs": as_json(list(self.runs)),
            "scales": as_json(self.scales),
            "marks": marks_table(),
        }

    def to_script(self) -> str:
        """The JSON as ASCII text that can stand within ``<script type="application/json">``.

        No text in it, whatever a user has named, can end the script or begin a comment: ``<``, ``>`` and
        ``&`` are escaped, as is everything beyond ASCII.
        """
        text = json.dumps(self.to_json(), allow_nan=False, separators=(",", ":"))
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return text


def page_data(
    runs: Mapping[str, xr.DataTree] | Iterable[tuple[str, xr.DataTree]],
    *,
    page_bytes: int = PAGE_BYTES,
    readings: Mapping[str, xr.DataTree] | None = None,
) -> PageData:
    """Everything that is embedded in the page of one or several runs.

    Parameters
    ----------
    runs : mapping of str to DataTree, or iterable of pairs
        Each run by name, such as that of its folder; one without a name is called by its cells. Runs may
        differ in everything: modules, cells, sizes, lengths, training steps.
    page_bytes : int
        Characters of base64 for all runs together; each gets the same share.
    readings : mapping of str to DataTree, optional
        By the names in `runs`: recordings of those models while they read a text, as `run_data` takes them.

    Returns
    -------
    PageData
    """
    pairs = list(runs.items() if isinstance(runs, Mapping) else runs)
    budget = page_bytes // max(len(pairs), 1)
    names = distinct_names([name or cells_of(tree) for name, tree in pairs])
    texts = readings or {}
    found = [
        run_data(tree, name=name, budget=budget, reading=texts.get(given))
        for name, (given, tree) in zip(names, pairs, strict=True)
    ]
    return PageData(found, common_scales(found))


def distinct_names(names: Iterable[str]) -> list[str]:
    """Names of runs, with a number behind each that occurred before; an empty one becomes "run".

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    list of str

    Examples
    --------
    >>> from gradviz.report.data.compare import distinct_names
    >>> distinct_names(["lstm", "gru", "lstm", ""])
    ['lstm', 'gru', 'lstm (2)', 'run']
    """
    given = [str(name) if str(name).strip() else "run" for name in names]
    taken: dict[str, None] = {}
    for name in given:
        chosen, number = name, 1
        while chosen in taken or (number > 1 and chosen in given):
            number += 1
            chosen = f"{name} ({number})"
        taken[chosen] = None
    return list(taken)
