"""The findings of the diagnosis, each with the panel that is its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from gradviz.report.data.panels import as_json


@dataclass(frozen=True)
class Evidence:
    """Where on the page a finding can be seen.

    Attributes
    ----------
    panel : str
        A key of ``PANELS``.
    module : str
        Empty for the training as a whole.
    layer : int or None
    direction : str or None
    gate : str or None
    step : int or None
        The training step that shows it.
    time : int or None
        The time step that shows it.
    """

    panel: str
    module: str
    layer: int | None
    direction: str | None
    gate: str | None
    step: int | None
    time: int | None

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class FindingData:
    """One finding as the page shows it; no text is escaped.

    Attributes
    ----------
    kind : str
        A key of ``kinds.KINDS``.
    severity : {"trouble", "warning", "note"}
    title : str
        For example "The gradient vanishes".
    where : str
        For example "lstm, layer 0, forget gate".
    what : str
        A sentence.
    amounts : sequence of str
        The numbers in words, the decisive one first: "gradient lost over the lag: 12.3 decades".
    advice, code : str
        What to change, in words and in Python; empty for a consequence.
    cause : str or None
        Title of the finding that this is a consequence of.
    since : int or None
        The first recorded training step from which on it holds.
    evidence : Evidence
    """

    kind: str
    severity: str
    title: str
    where: str
    what: str
    amounts: Sequence[str]
    advice: str
    code: str
    cause: str | None
    since: int | None
    evidence: Evidence

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return {name: as_json(getattr(self, name)) for name in self.__dataclass_fields__}


PANELS: Mapping[str, str] = {
    "gradient": "gradient norm against time",
    "heatmap": "gradient over training and time",
    "gates": "gates by unit and time",
    "saturation": "saturation of the gates",
    "paths": "paths of the gradient",
    "time_constants": "time constants",
    "learning_curve": "learning curve",
    "text": "text",
    "attributes": "settings of the run",
}
"""Every panel of a page that a finding may link to, with its title."""


def findings(tree: xr.DataTree) -> Sequence[FindingData]:
    """The findings of `gradviz.diagnose`, worst first.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    sequence of FindingData
    """
    raise NotImplementedError
