"""A finding of the diagnosis: a cause in plain words, its numbers, its evidence and its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import xarray as xr

from gradviz.diagnosis.amount_in_words import amount_in_words
from gradviz.diagnosis.diagnosed_step import diagnosed_step
from gradviz.diagnosis.kinds import KINDS
from gradviz.diagnosis.measure_functions import MEASURES, OF_PATHS
from gradviz.short_view import ShortView, shown_text
from gradviz.vocabulary import FORWARD, STEP

Severity = Literal["trouble", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("trouble", "warning", "note")


@dataclass(frozen=True)
class Amount:
    """One number of a finding, and its source.

    Attributes
    ----------
    name : str
        What the number is, in words.
    value : float
    unit : str
    function : str
        The public function that computes it: ``gradviz.<function>(recording, **options)``.
    variable : str
        The variable of the function's result, taken at the labels in ``where``.
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

    def __str__(self) -> str:
        return amount_in_words(self.name, self.value, self.unit)

    def __repr__(self) -> str:
        return f"<{shown_text(self)}>"

    def recompute(self, recording: xr.Dataset | xr.DataTree) -> float:
        """The same number, computed again from the recording.

        Parameters
        ----------
        recording : Dataset or DataTree
            The recording that was diagnosed.

        Returns
        -------
        float
        """
        data = recording
        options, where = dict(self.options), dict(self.where)
        if STEP in where and self.function not in OF_PATHS:
            data = diagnosed_step(recording, options.pop("module", None), step=where[STEP])
        values = MEASURES[self.function](data, **options)[self.variable]
        return float(values.sel({dim: label for dim, label in where.items() if dim in values.dims}))


def training_amount(function: str, result: xr.Dataset, variable: str, **options: Any) -> Amount:
    """A number about the whole training, without training step.

    Parameters
    ----------
    function : str
        Name of the public measure.
    result : Dataset
        Its result.
    variable : str
        A variable of the result, without dims.
    **options
        With which the measure was called, such as ``module``.

    Returns
    -------
    Amount
    """
    values = result[variable]
    name, unit = str(values.attrs["long_name"]), str(values.attrs["units"])
    return Amount(name, float(values), unit, function, variable, options)


@dataclass(frozen=True)
class Change:
    """One change that a remedy makes, which can be applied to a model or a training and so be tried.

    Attributes
    ----------
    name : str
        A key of the table of remedies, such as "initialise" or "clip_norm".
    options : mapping of str to value
        Arguments of that remedy.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Remedy:
    """What to change.

    Attributes
    ----------
    advice : str
        The change, in words. Empty for a consequence, which goes with its cause.
    code : str
        The lines of Python that make it; ``model`` is the model and ``gv`` is gradviz.
    changes : tuple of Change
        What the lines change, for trying it. Empty if only the author of the model can make the change.
    """

    advice: str
    code: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Place:
    """Place in the model that a finding is about.

    Attributes
    ----------
    module : str
        Dotted name; empty for the training as a whole.
    layer : int or None
    direction : str or None
    gate : str or None
        None if the finding is about all of them.
    """

    module: str = ""
    layer: int | None = None
    direction: str | None = None
    gate: str | None = None

    def __str__(self) -> str:
        parts = [self.module or "training"]
        if self.layer is not None:
            parts.append(f"layer {self.layer}")
        if self.direction not in (None, FORWARD):
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
        Trouble: the model cannot do its task. Warning: it may be unable to. Note: worth knowing.
    what : str
        What happens, in words for a reader who does not know the terms.
    where : Place
    amounts : tuple of Amount
        The numbers, the decisive one first.
    variables : tuple of str
        The variables of the recording that show it.
    plot : str
        The call that draws it; ``tree`` is the recording. Empty if there is none.
    remedy : Remedy
    cause : str or None
        Kind of the finding that this one is a consequence of. A consequence is a note without a remedy.
    since : int or None
        The first recorded training step from which on it holds. None if it was judged at one step only, or
        over the whole training.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.RNN(2, 16, batch_first=True))
    >>> finding = gv.diagnose(tree, lag=99)[0]
    >>> finding.kind, finding.is_trouble, finding.plot
    ('vanishing', True, 'gv.plot_gradient_norms(tree)')
    >>> finding.amounts[0].recompute(tree) == finding.amounts[0].value
    True
    """

    kind: str
    severity: Severity
    what: str
    where: Place
    amounts: tuple[Amount, ...]
    variables: tuple[str, ...]
    plot: str
    remedy: Remedy
    cause: str | None = None
    since: int | None = None

    @property
    def title(self) -> str:
        """What was found and where, in one line."""
        return f"{KINDS.get(self.kind, self.kind)} ({self.where})"

    def __repr__(self) -> str:
        return ShortView(f"{self.severity.upper()}: {self.title}").text()

    def _repr_html_(self) -> str:
        since = f"training step {self.since}" if self.since else ""
        rows = {
            "what": self.what,
            "numbers": "; ".join(map(str, self.amounts)),
            "since": since,
            "do": self.remedy.advice,
            "see": self.plot,
        }
        told = tuple((label, text) for label, text in rows.items() if text)
        return ShortView(f"{self.severity.upper()}: {self.title}", told, code=self.remedy.code).html()

    @property
    def is_trouble(self) -> bool:
        return self.severity == "trouble"
