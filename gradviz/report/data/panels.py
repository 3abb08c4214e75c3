"""What the panels of one module, layer and direction show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradviz.report.data.frames import Frame
from gradviz.report.data.missing import Missing
from gradviz.report.data.typed import Typed


@dataclass(frozen=True)
class Gradient:
    """Norms of one gradient, means over sequences: for the line at a step, and for the heatmap.

    Attributes
    ----------
    variable, long_name, units : str
        Of the recording; the unit is decades.
    steps, times : Typed, shape (step,), (time,)
        Labels: recorded training steps and time steps.
    values : Typed of float32, dims (step, time)
        Log10 of the mean norm: -inf is exactly zero, inf not finite, NaN missing.
    frame : Frame, dims (step, time)
        The same for the heatmap, with the marks.
    note : str
        What was coarsened, in words; empty if nothing was.
    """

    variable: str
    long_name: str
    units: str
    steps: Typed
    times: Typed
    values: Typed
    frame: Frame
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


@dataclass(frozen=True)
class Gates:
    """Activations of every gate of every unit, means over sequences.

    Attributes
    ----------
    gates : sequence of str
        In the order in which figures show them.
    squash : mapping of str to str
        For each gate "sigmoid", "tanh", "relu" or "exp".
    steps, times, units : Typed
        Labels of what is in the frame.
    frame : Frame, dims (step, gate, time, unit)
    orders : mapping of str to sequence of int, or Missing
        "recorded" and "time_constant" (shortest first, at the last step): for each row from the bottom, the
        index along ``unit`` of the frame.
    units_kept : str
        Which units there are, as "every 2nd by time constant"; empty if all.
    note : str
    """

    gates: Sequence[str]
    squash: Mapping[str, str]
    steps: Typed
    times: Typed
    units: Typed
    frame: Frame
    orders: Mapping[str, Sequence[int] | Missing]
    units_kept: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


@dataclass(frozen=True)
class MostSaturated:
    """The gate of a unit that is at an end of its range most often, at one training step.

    Attributes
    ----------
    gate : str
    unit : int
        Its label.
    fraction : float
        Of time, both ends together.
    """

    gate: str
    unit: int
    fraction: float

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


@dataclass(frozen=True)
class Saturation:
    """How often each unit's gate is saturated, for the scatter plot.

    Attributes
    ----------
    gates : sequence of str
    steps, units : Typed
    left, right : Frame, dims (step, gate, unit)
        Fractions of time, over all sequences.
    left_meaning, right_meaning : str
        What the fractions are, in words.
    most : sequence of MostSaturated or None
        For each step, also among the units that `units` leaves out; None if none is known.
    note : str
    """

    gates: Sequence[str]
    steps: Typed
    units: Typed
    left: Frame
    right: Frame
    left_meaning: str
    right_meaning: str
    most: Sequence[MostSaturated | None]
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


@dataclass(frozen=True)
class TimeConstants:
    """Time constant of each unit, from the mean activation of the gate that keeps its state.

    Attributes
    ----------
    gate : str
        The gate that keeps the state.
    long_name, units_of_value : str
    steps, units : Typed
    values : Typed of float32, dims (step, unit)
        In time steps, at least 1; inf where the gate is 1, NaN where it is not known.
    medians : Typed of float32, dims (step,)
        Over all units that are known, also those that `units` leaves out; NaN if none is.
    note : str
    """

    gate: str
    long_name: str
    units_of_value: str
    steps: Typed
    units: Typed
    values: Typed
    medians: Typed
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


@dataclass(frozen=True)
class Paths:
    """How much of the gradient takes each path, mean over sequences.

    Attributes
    ----------
    paths : sequence of str
        In the order in which figures show them.
    long_name, units : str
        Of the norms.
    steps, times : Typed
    norms : Frame, dims (step, path, time), scale "log10"
        Log10 of the mean norm that each path contributes; the mark of zero where it is nothing.
    fractions : Frame, dims (step, path, time)
        Of the sum over paths, in [0, 1].
    note : str
    """

    paths: Sequence[str]
    long_name: str
    units: str
    steps: Typed
    times: Typed
    norms: Frame
    fractions: Frame
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


@dataclass(frozen=True)
class PlaceData:
    """Everything of one module, layer and direction.

    Attributes
    ----------
    module : str
    layer : int
    direction : {"forward", "reverse"}
    cell, label : str
        The cell's key and its name in figures.
    hidden_size : int or None
    calls : int
        Of the module in a training step; sequences of all calls count together.
    steps, times : Typed
        All recorded training steps and time steps, also those that a panel leaves out.
    gradients : mapping of str to Gradient or Missing
        By variable: "log10_grad_h" (total), "log10_grad_h_direct", "log10_grad_c".
    gates : Gates or Missing
    saturation : Saturation or Missing
    time_constants : TimeConstants or Missing
    paths : Paths or Missing
    """

    module: str
    layer: int
    direction: str
    cell: str
    label: str
    hidden_size: int | None
    calls: int
    steps: Typed
    times: Typed
    gradients: Mapping[str, Gradient | Missing]
    gates: Gates | Missing
    saturation: Saturation | Missing
    time_constants: TimeConstants | Missing
    paths: Paths | Missing

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


def by_name(data: Any) -> dict[str, Any]:
    """The attributes of a dataclass as JSON, those within it too.

    Parameters
    ----------
    data : dataclass

    Returns
    -------
    dict
    """
    return {name: as_json(getattr(data, name)) for name in data.__dataclass_fields__}


def as_json(value: Any) -> Any:
    """A value as strict JSON: objects by their own `to_json`, tuples as lists.

    A number outside an array that is not finite is text: "nan", "inf" or "-inf".

    Parameters
    ----------
    value : object

    Returns
    -------
    object
    """
    if hasattr(value, "to_json"):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)
