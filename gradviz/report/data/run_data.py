"""Everything that a page shows of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from gradviz.report.data.curve_panel import curves
from gradviz.report.data.findings import FindingData, findings
from gradviz.report.data.json_size import json_size
from gradviz.report.data.missing import Missing
from gradviz.report.data.panels import PlaceData, by_name
from gradviz.report.data.panels_of_run import Baseline, Curve, TextData
from gradviz.report.data.place_blocks import Place, places_of
from gradviz.report.data.place_panels import place_data
from gradviz.report.data.run_attributes import attributes, baseline, informative_times, settings, variant
from gradviz.report.data.text_panel import text_data
from gradviz.report.data.typed import Typed, labels
from gradviz.vocabulary import FORWARD, STEP

BUDGET = 2_125_000
"""Characters of base64 of one of four runs on a page."""


@dataclass(frozen=True)
class RunData:
    """One run.

    Attributes
    ----------
    name : str
        Distinct among the runs of a page. Not escaped, as any text here.
    variant : str
        What the palette calls it; empty if it has several modules or its cell is not known.
    attributes : mapping of str to str, int or float
        ``task``, ``cells`` (labels, of all modules), ``modules``, ``detail``, ``seed``, ``lag`` and others
        that the recording names; those that are not known are left out.
    settings : mapping of str to str, int, float or bool
        The configuration with dotted keys, and metadata; empty if there is none.
    steps : Typed, dims (step,)
        All recorded training steps of any module, ascending: the stops of the slider.
    curves : mapping of str to Curve or Missing
        By metric, the loss first; "loss" is there in any case.
    baseline : Baseline or Missing
    informative : sequence of int
        Time steps on which the target depends; empty if not known.
    places : sequence of PlaceData
        Modules in recorded order, layers ascending, forward before reverse; empty if nothing was recorded.
    text : TextData or Missing
    findings : sequence of FindingData, or Missing
        Worst first.
    notes : sequence of str
        Everything that was coarsened, in words.
    """

    name: str
    variant: str
    attributes: Mapping[str, Any]
    settings: Mapping[str, Any]
    steps: Typed
    curves: Mapping[str, Curve | Missing]
    baseline: Baseline | Missing
    informative: Sequence[int]
    places: Sequence[PlaceData]
    text: TextData | Missing
    findings: Sequence[FindingData] | Missing
    notes: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


def run_data(
    tree: xr.DataTree, *, name: str = "", budget: int = BUDGET, reading: xr.DataTree | None = None
) -> RunData:
    """What a page shows of one recording.

    Parameters
    ----------
    tree : DataTree
        As `gradviz.load` returns it; large variables are read a few training steps at a time.
    name : str
    budget : int
        Characters of base64 that the run should take. What is larger is coarsened, gates first; gradient
        norms only beyond 400 training steps or 400 time steps, even if they do not fit.
    reading : DataTree, optional
        Recording of the same model while it read the text in the attribute ``text``, with ``detail="full"``;
        by default `tree` itself, if it has a text.

    Returns
    -------
    RunData
        Where the recording lacks a variable, a `Missing` says how to get it.
    """
    found = places_of(tree)
    informative = informative_times(tree)
    training = curves(tree, budget // 8)
    text = text_data(tree if reading is None else reading, budget // 4)
    if reading is not None and isinstance(text, TextData):
        text = replace(text, read_later=True)
    share = (budget - json_size(training, text)) // max(len(found), 1)
    places = [place_data(place, share, informative) for place in found]
    return RunData(
        name=name,
        variant=variant(tree),
        attributes=attributes(tree),
        settings=settings(tree),
        steps=labels(_all_steps(found), STEP),
        curves=training,
        baseline=baseline(tree),
        informative=informative,
        places=places,
        text=text,
        findings=findings(tree),
        notes=_notes(places, training, text),
    )


def _all_steps(places: Sequence[Place]) -> np.ndarray:
    found = [place.steps for place in places]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)


def _notes(
    places: Sequence[PlaceData], training: Mapping[str, Curve | Missing], text: TextData | Missing
) -> list[str]:
    """What was coarsened: of several places with the name of each, unless it is the same in all of them."""
    several = len(places) > 1
    found: dict[str, list[str]] = {}
    for place in places:
        panels = [*place.gradients.values(), place.gates, place.saturation, place.time_constants, place.paths]
        for note in (getattr(panel, "note", "") for panel in panels):
            if note:
                found.setdefault(note, []).append(place_name(place))
    notes = [
        note if not several or len(names) == len(places) else f"{', '.join(names)}: {note}"
        for note, names in found.items()
    ]
    whole = [] if isinstance(text, Missing) else [place.note for place in text.places]
    return [
        *notes,
        *dict.fromkeys(filter(None, [*whole, *(getattr(c, "note", "") for c in training.values())])),
    ]


def place_name(place: PlaceData) -> str:
    """A module, layer and direction in words.

    Parameters
    ----------
    place : PlaceData

    Returns
    -------
    str
        For example "encoder, layer 1, reverse".
    """
    return (
        f"{place.module}, layer {place.layer}{', ' + place.direction if place.direction != FORWARD else ''}"
    )
