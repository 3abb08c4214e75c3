"""What a diagnosis finds: a cause in plain words, its numbers, its evidence and its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import xarray as xr

from gradviz.diagnosis.measure_functions import MEASURES
from gradviz.diagnosis.series import only_call
from gradviz.vocabulary import STEP

Severity = Literal["trouble", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("trouble", "warning", "note")


@dataclass(frozen=True)
class Amount:
    """One number of a finding, and where it comes from.

    Attributes
    ----------
    name : str
        What it is, in words.
    value : float
    unit : str
    function : str
        The public function that gives it: ``gradviz.<function>(recording, **options)``.
    variable : str
        The variable of its result, at the labels in ``where``.
    options : mapping
    where : mapping of str to label
    """

    name: str
    value: float
    unit: str
    function: str
    variable: str
    options: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)

    def recompute(self, recording: xr.Dataset | xr.DataTree) -> float:
        """The number again, from the recording.

        Parameters
        ----------
        recording : Dataset or DataTree
            What was diagnosed.

        Returns
        -------
        float
        """
        data = recording
        options, where = dict(self.options), dict(self.where)
        if STEP in where:
            data = only_call(recording, options.pop("module", None)).sel({STEP: [where[STEP]]})
        values = MEASURES[self.function](data, **options)[self.variable]
        return float(values.sel({dim: label for dim, label in where.items() if dim in values.dims}))


@dataclass(frozen=True)
class Remedy:
    """What to change.

    Attributes
    ----------
    advice : str
        In a sentence.
    code : str
        The line, or lines, of Python that do it; ``model`` is the model, ``gv`` gradviz.
    """

    advice: str
    code: str


@dataclass(frozen=True)
class Place:
    """Where in the model.

    Attributes
    ----------
    module : str
        Dotted name; empty for the training as a whole.
    layer : int or None
    direction : str or None
    gate : str or None
        None where the finding is of all of them.
    """

    module: str = ""
    layer: int | None = None
    direction: str | None = None
    gate: str | None = None

    def __str__(self) -> str:
        parts = [self.module or "training"]
        if self.layer is not None:
            parts.append(f"layer {self.layer}")
        if self.direction not in (None, "forward"):
            parts.append(f"{self.direction} direction")
        if self.gate is not None:
            parts.append(f"{self.gate} gate")
        return ", ".join(parts)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Attributes
    ----------
    kind : str
        A key of ``kinds.KINDS``.
    severity : {"trouble", "warning", "note"}
        Trouble: the model cannot do what it is for. Warning: it may. Note: worth knowing.
    what : str
        In a sentence, for a reader who does not know the terms.
    where : Place
    amounts : tuple of Amount
        How much, the telling number first.
    variables : tuple of str
        The variables of the recording that show it.
    plot : str
        The call that draws it; ``tree`` is the recording.
    remedy : Remedy
    """

    kind: str
    severity: Severity
    what: str
    where: Place
    amounts: tuple[Amount, ...]
    variables: tuple[str, ...]
    plot: str
    remedy: Remedy

    @property
    def is_trouble(self) -> bool:
        return self.severity == "trouble"
