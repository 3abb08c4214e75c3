"""A recorded module in a few words: its cell, layers, directions, units, time steps and sequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gradviz.cell_descriptions import describe_cell
from gradviz.vocabulary import (
    BATCH_SIZE,
    BIDIRECTIONAL,
    CELL,
    HIDDEN_SIZE,
    IN_A_LOOP,
    NUM_LAYERS,
    PROJ_SIZE,
)


def module_in_words(
    attributes: Mapping[Any, Any], *, lengths: tuple[int, int] | None, samples: int | None
) -> str:
    """What a module is and how much of it is recorded.

    Parameters
    ----------
    attributes : mapping
        Those of the module's recording; one that is missing is not mentioned.
    lengths : (int, int) or None
        Time steps of the shortest and of the longest recorded step.
    samples : int or None
        Recorded sequences.

    Returns
    -------
    str

    Examples
    --------
    >>> facts = {"cell": "lstm", "num_layers": 2, "bidirectional": 1, "hidden_size": 64, "batch_size": 128}
    >>> module_in_words(facts, lengths=(50, 50), samples=16)
    'LSTM, 2 layers, both directions, 64 units; 50 time steps, 16 of 128 sequences'
    """
    seen = ", ".join(_seen(attributes, lengths, samples))
    return "; ".join(part for part in (", ".join(_built(attributes)), seen) if part)


def _built(attributes: Mapping[Any, Any]) -> Iterator[str]:
    yield describe_cell(attributes.get(CELL)).label
    if NUM_LAYERS in attributes:
        yield _counted(attributes[NUM_LAYERS], "layer")
    if attributes.get(BIDIRECTIONAL):
        yield "both directions"
    if HIDDEN_SIZE in attributes:
        projected = f" projected to {attributes[PROJ_SIZE]}" if attributes.get(PROJ_SIZE) else ""
        yield _counted(attributes[HIDDEN_SIZE], "unit") + projected
    if attributes.get(IN_A_LOOP):
        yield "in a loop"


def _seen(
    attributes: Mapping[Any, Any], lengths: tuple[int, int] | None, samples: int | None
) -> Iterator[str]:
    if lengths is not None:
        shortest, longest = lengths
        yield _counted(longest, "time step") if shortest == longest else f"{shortest} to {longest} time steps"
    if samples is not None:
        batch = attributes.get(BATCH_SIZE, samples)
        yield (
            f"{samples} of {_counted(batch, 'sequence')}"
            if batch > samples
            else _counted(samples, "sequence")
        )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
