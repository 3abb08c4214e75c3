"""Several runs on one page: distinct names, and one scale for each quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from gradviz.report.data.frames import marks_table
from gradviz.report.data.panels import as_json
from gradviz.report.data.run_data import RunData

PAGE_BYTES = 9_000_000
"""Bytes of base64 that all runs of a page may take together."""


@dataclass(frozen=True)
class Scale:
    """One axis or colour scale for a quantity, the same for all runs.

    Attributes
    ----------
    low, high : float
    kind : {"linear", "log10", "decades"}
        "decades": the values are logarithms already; "log10": draw on a logarithmic axis.
    extend : {"neither", "min", "max", "both"}
        Where values lie beyond the ends.
    """

    low: float
    high: float
    kind: str
    extend: str = "neither"

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class PageData:
    """What is embedded in a page.

    Attributes
    ----------
    runs : sequence of RunData
    scales : mapping of str to Scale
        Keys are variables ("log10_grad_h", ..., "log10_grad_path"), "gates/sigmoid", "gates/tanh",
        "gates/relu", "gates/exp", "hidden", "saturation", "time_constant", "step", "time", "curve/loss" and
        so on for every metric.
    """

    runs: Sequence[RunData]
    scales: Mapping[str, Scale]

    def to_json(self) -> dict[str, Any]:
        """Keys ``format`` (1), ``runs``, ``scales`` and ``marks`` (as `marks_table`)."""
        return {
            "format": 1,
            "runs": as_json(list(self.runs)),
            "scales": as_json(self.scales),
            "marks": marks_table(),
        }


def page_data(runs: Mapping[str, xr.DataTree], *, page_bytes: int = PAGE_BYTES) -> PageData:
    """Everything that is embedded in the page of one or several runs.

    Parameters
    ----------
    runs : mapping of str to DataTree
        By name, for example the folder of each run; names that end up alike get a number.
    page_bytes : int

    Returns
    -------
    PageData
    """
    raise NotImplementedError
