"""What the panels of a whole run show: curves, the trivial predictor, the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradviz.report.data.frames import Frame
from gradviz.report.data.missing import Missing
from gradviz.report.data.panels import by_name
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
    median : Typed of float64, dims (iteration,)
        Running median over a fortieth of the curve, as `plot_learning_curve` draws it; NaN where the value
        is not finite.
    note : str
        What was left out, in words; empty if nothing was.
    """

    metric: str
    long_name: str
    units: str
    steps: Typed
    values: Typed
    median: Typed
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


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
        return by_name(self)


@dataclass(frozen=True)
class TextPlace:
    """What colours the characters, of one module, layer and direction, for the sequence that has the text.

    Attributes
    ----------
    module : str
    layer : int
    direction : str
    steps, units : Typed
        Labels of what is in `hidden` and `gates`.
    gradient_steps : Typed
        Labels of what is in `gradient`.
    gradient : Typed of float32, dims (step, time), or Missing
        Log10 of the total gradient's norm: -inf is exactly zero, inf not finite, NaN missing.
    hidden : Frame, dims (step, time, unit), or Missing
        The hidden state of every unit.
    gates : Frame, dims (step, gate, time, unit), or Missing
        Activations of this sequence.
    gate_names : sequence of str
    squash : mapping of str to str
        For each gate "sigmoid", "tanh", "relu" or "exp".
    note : str
    """

    module: str
    layer: int
    direction: str
    steps: Typed
    units: Typed
    gradient_steps: Typed
    gradient: Typed | Missing
    hidden: Frame | Missing
    gates: Frame | Missing
    gate_names: Sequence[str]
    squash: Mapping[str, str]
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


@dataclass(frozen=True)
class TextData:
    """The characters that a model read.

    Attributes
    ----------
    characters : sequence of str
        One for each time step, as it was read; spaces and line breaks are themselves.
    visible : sequence of str
        The same with a visible sign for a space, a line break and a tab.
    places : sequence of TextPlace
        At least one.
    read_later : bool
        Whether the model read it when it was trained, and not during the training.
    """

    characters: Sequence[str]
    visible: Sequence[str]
    places: Sequence[TextPlace]
    read_later: bool = False

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)
