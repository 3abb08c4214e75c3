"""Everything that a page shows of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from gradviz.report.data.missing import Missing
from gradviz.report.data.panels import PlaceData, as_json
from gradviz.report.data.typed import Typed


@dataclass(frozen=True)
class Curve:
    """A metric over the training.

    Attributes
    ----------
    metric, long_name, units : str
    steps : Typed, dims (iteration,)
        Training steps: all of them if the recording has them, else the recorded ones.
    values : Typed of float64, dims (iteration,)
        The recording's numbers, not finite ones included.
    note : str
        What was left out, in words.
    """

    metric: str
    long_name: str
    units: str
    steps: Typed
    values: Typed
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return {name: as_json(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Baseline:
    """The trivial predictor.

    Attributes
    ----------
    value : float
        Its loss, finite.
    meaning : str
        What it does, for example "always predict 1".
    """

    value: float
    meaning: str

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return {"value": self.value, "meaning": self.meaning}


@dataclass(frozen=True)
class TextPlace:
    """What colours the characters, of one module, layer and direction, for the sequence that has the text.

    Attributes
    ----------
    module, direction : str
    layer : int
    steps, units : Typed
    gradient : Typed of float32, dims (step, time), or Missing
        Log10 of the total gradient's norm.
    hidden : Frame, dims (step, time, unit), or Missing
        The hidden state of every unit.
    gates : Frame, dims (step, gate, time, unit), or None
        Of this sequence; None where the recording has no other sequence, so that the gates of the place are
        those of the text.
    """

    module: str
    layer: int
    direction: str
    steps: Typed
    units: Typed
    gradient: Any
    hidden: Any
    gates: Any

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return {name: as_json(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class TextData:
    """The characters that a model read.

    Attributes
    ----------
    characters : sequence of str
        One for each time step, as it was read; spaces and line breaks are themselves.
    visible : sequence of str
        The same with a visible sign for what cannot be seen.
    sample : int
        The sequence in the batch that has the text.
    places : sequence of TextPlace
    """

    characters: Sequence[str]
    visible: Sequence[str]
    sample: int
    places: Sequence[TextPlace]

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return {name: as_json(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class RunData:
    """One run.

    Attributes
    ----------
    name : str
        Distinct among the runs of a page. Not escaped, as any text here.
    variant : str
        What the palette calls it; empty if it has several cells.
    attributes : mapping of str to str, number or None
        Task, cells, seed, lag and others that the recording names, with their words as keys.
    settings : mapping of str to str, number or bool
        The configuration with dotted keys.
    steps : Typed, dims (step,)
        All recorded training steps of any module, ascending: the stops of the slider.
    curves : mapping of str to Curve, or Missing
        By metric, the loss first; ``{"loss": Missing}`` if there is none.
    baseline : Baseline or Missing
    informative : sequence of int
        Time steps on which the target depends; empty if not known.
    places : sequence of PlaceData
        Modules in recorded order, layers ascending, forward before reverse.
    text : TextData or Missing
    findings : sequence of FindingData
        Worst first.
    notes : sequence of str
        What was coarsened or left out, in words.
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
    findings: Any = ()
    notes: Sequence[str] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return {name: as_json(getattr(self, name)) for name in self.__dataclass_fields__}


def run_data(tree: xr.DataTree, *, name: str = "", budget: int = 2_250_000) -> RunData:
    """What a page shows of one recording.

    Parameters
    ----------
    tree : DataTree
        As `gradviz.load` returns it; read block by block.
    name : str
    budget : int
        Bytes of base64 that the run may take. What is larger is coarsened, gates first; gradient norms only
        beyond 400 training steps by 400 time steps.

    Returns
    -------
    RunData
        Where the recording lacks a variable, a `Missing` says how to get it.

    Raises
    ------
    TypeError
        If this is not a recording.
    """
    raise NotImplementedError
