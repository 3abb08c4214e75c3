"""Which processes of a distributed training were to record, as each of their recordings says."""

from __future__ import annotations

import re
from collections.abc import Collection

import xarray as xr

from gradviz.vocabulary import RECORDED_RANKS

_FORM = re.compile(
    r"\d{1,5}(-\d{1,5})?(, \d{1,5})*", re.ASCII
)  # so that no text stands for more than 100 000


def as_text(ranks: Collection[int] | None, processes: int) -> str:
    """The ranks that record, as the attribute ``recorded_ranks`` holds them.

    Parameters
    ----------
    ranks : collection of int or None
        None for all.
    processes : int

    Returns
    -------
    str
        Such as ``"0-3"`` for all of 4, and ``"0, 2"`` for some.
    """
    return f"0-{processes - 1}" if ranks is None else ", ".join(map(str, sorted(ranks)))


def recorded_ranks(tree: xr.DataTree) -> set[int]:
    """The ranks that a recording says were to record; none if it does not say so."""
    found = tree.attrs.get(RECORDED_RANKS)
    if not isinstance(found, str) or not _FORM.fullmatch(found):
        return set()
    first, *others = found.split(", ")
    start, _, end = first.partition("-")
    return {*range(int(start), int(end or start) + 1), *map(int, others)}
