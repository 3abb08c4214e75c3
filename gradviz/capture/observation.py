"""What one call of ``tape.observe`` is given, and the checks of its arguments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from gradviz.arguments import check_one_of, check_whole_number
from gradviz.cell_descriptions import SQUASH, CellDescription, observed_cell
from gradviz.errors import UnknownName
from gradviz.recording.attributes import can_be_stored

_EXAMPLES = {"gates": "{'update': z}", "squash": "{'candidate': 'tanh'}"}
_ROUNDING = 8  # how many times the precision of its dtype an activation may be outside of its range


class Observation(NamedTuple):
    """One time step of a recurrence written by hand; ``cell`` describes its gates."""

    state: Tensor
    gates: dict[str, Tensor]
    cell_state: Tensor | None
    cell: CellDescription

    def detached(self) -> Observation:
        """The same without autograd's graph."""
        return self._replace(
            state=self.state.detach(),
            gates={gate: tensor.detach() for gate, tensor in self.gates.items()},
            cell_state=None if self.cell_state is None else self.cell_state.detach(),
        )

    def tensors(self) -> Iterator[Tensor]:
        """The state, the gates and the cell state."""
        yield self.state
        yield from self.gates.values()
        if self.cell_state is not None:
            yield self.cell_state


def observation(
    state: object, *, gates: object, squash: object, cell_state: object, keeps: object
) -> Observation:
    """Check the arguments of ``tape.observe``, but not the values of gates.

    Raises
    ------
    TypeError
        If the state, a gate or the cell state is not a floating-point tensor, or gates or squash is not a
        mapping from names.
    ValueError
        If a shape does not fit, a name of a gate is empty or contains ``/``, or the gate that keeps the state
        is not a sigmoid.
    UnknownName
        If a gate or a squashing function is not known.
    """
    checked = _tensor("the state", state)
    named = _named("gates", gates)
    for gate in named:
        if not can_be_stored(gate):
            raise ValueError(f"gates holds the name {gate!r}: must not be empty, and without '/'")
    tensors = {gate: _beside(f"gate {gate!r}", tensor, checked) for gate, tensor in named.items()}
    functions = dict.fromkeys(tensors, "sigmoid")
    for gate, function in _named("squash", squash).items():
        check_one_of("gate in squash:", gate, tensors)
        functions[gate] = str(check_one_of(f"squashing function of gate {gate!r}:", function, SQUASH))
    if keeps is not None:
        if not tensors:
            raise UnknownName(
                f"keeps = {keeps!r}: no gates were given; give this one in gates={{{keeps!r}: ...}}"
            )
        check_one_of("gate in keeps:", keeps, tensors)
        if functions[str(keeps)] != "sigmoid":
            raise ValueError(
                f"keeps = {keeps!r}: this gate is squashed by {functions[str(keeps)]}; a gate that keeps the "
                "state when it is near 1 must be a sigmoid, or time constants mean nothing"
            )
    cell = None if cell_state is None else _beside("cell_state", cell_state, checked)
    return Observation(
        checked, tensors, cell, observed_cell(functions, None if keeps is None else str(keeps))
    )


def check_place(name: str, time: int | None, *, taken: Iterable[str]) -> None:
    """Check the name and the time step of a recurrence.

    Raises
    ------
    TypeError
        If the name is not a str.
    ValueError
        If a file cannot hold the name, or it is taken by a module, or the time is negative.
    """
    if time is not None:
        check_whole_number("time", time, at_least=0)
    if not isinstance(name, str):
        raise TypeError(f"name is of type {type(name).__name__}: must be a str, the name of the recurrence")
    if not can_be_stored(name) or name in taken:
        raise ValueError(f"name = {name!r}: must be new, printable, not empty and without '/'")


def check_ranges(name: str, given: Observation) -> None:
    """Raise unless every gate is in the range of its squashing function.

    A gate may be NaN where the state is not finite: then a training has diverged, which its recording shows.

    Raises
    ------
    ValueError
        If a gate is outside of the range by more than rounding, or NaN where the state is finite.
    """
    for gate, tensor in given.gates.items():
        values = tensor.detach()
        if not values.numel():
            continue
        function = given.cell.squash[gate]
        smallest, largest = (float(one) for one in torch.aminmax(values))
        if math.isnan(smallest):
            if bool(torch.isfinite(given.state.detach()).all()):
                raise ValueError(
                    f"tape.observe({name!r}): gate {gate!r} is NaN where the state is finite; give the "
                    f"activation of its {function} that the loop uses"
                )
            continue
        _check_range(name, gate, function, (smallest, largest), _ROUNDING * torch.finfo(values.dtype).eps)


def _check_range(name: str, gate: str, function: str, reached: tuple[float, float], rounding: float) -> None:
    def fits(other: str) -> bool:
        low, high = SQUASH[other].range
        return low - rounding <= reached[0] and reached[1] <= high + rounding

    if fits(function):
        return
    low, high = SQUASH[function].range
    extreme = reached[0] if reached[0] < low - rounding else reached[1]
    others = [other for other in SQUASH if fits(other)]
    instead = f", or say squash={{{gate!r}: {others[0]!r}}} if that is its function" if others else ""
    raise ValueError(
        f"tape.observe({name!r}): gate {gate!r} is {extreme:.4g}, outside of the range of {function}, from "
        f"{low:g} to {high:g}; give the activation that the loop uses, not the pre-activation{instead}"
    )


def _tensor(what: str, tensor: object) -> Tensor:
    if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
        kind = str(tensor.dtype) if isinstance(tensor, Tensor) else type(tensor).__name__
        remedy = (
            "; give its real and imaginary parts, torch.view_as_real(...).flatten(-2)"
            if isinstance(tensor, Tensor) and tensor.is_complex()
            else ""
        )
        if isinstance(tensor, tuple | list):
            remedy = "; give one tensor, and the cell state of an LSTM as cell_state="
        raise TypeError(
            f"tape.observe takes a tensor of floating-point numbers as {what}, not {kind}{remedy}"
        )
    if tensor.dim() not in {1, 2}:
        remedy = ""
        if tensor.dim() == 3 and len(tensor) == 1:
            remedy = "; give its only layer, for example state[0]"
        elif tensor.dim() > 2:
            remedy = "; flatten its units, for example with .flatten(1)"
        raise ValueError(f"{what} has shape (batch, unit) or (unit,), not {tuple(tensor.shape)}{remedy}")
    return tensor


def _beside(what: str, tensor: object, state: Tensor) -> Tensor:
    """A gate or a cell state, which has the state's batch and units of its own."""
    found = _tensor(what, tensor)
    if found.dim() == state.dim() and found.shape[:-1] == state.shape[:-1]:
        return found
    wanted = f"({len(state)}, unit)" if state.dim() == 2 else "(unit,)"
    remedy = (
        f"; one number for each sequence has shape ({len(state)}, 1), as unsqueeze(1) makes it"
        if state.dim() == 2 and found.shape == state.shape[:1]
        else ""
    )
    raise ValueError(
        f"{what} has shape {tuple(found.shape)}, but the state has {tuple(state.shape)}, so it must have "
        f"{wanted}{remedy}"
    )


def _named(what: str, given: object) -> dict[str, object]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(
            f"{what} is a mapping from names of gates, such as {_EXAMPLES[what]}; got {type(given).__name__}"
        )
    for name in given:
        if not isinstance(name, str):
            raise TypeError(f"{what} is a mapping from names of gates; got the name {name!r}")
    return dict(given)
