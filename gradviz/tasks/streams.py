"""A text as parallel streams that are read a segment at a time: truncated backpropagation through time."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Segment(NamedTuple):
    """A segment of every stream, and whether the streams begin (again) with it."""

    inputs: Tensor
    targets: Tensor
    begins: bool


def segment(numbers: Tensor, size: int, length: int, step: int) -> Segment:
    """The step's piece of ``size`` equal streams that a text is cut into.

    Stream k is the k-th piece of the text.  Steps that follow one another read on where the last one
    stopped, without overlap or gap; behind the last whole segment they begin at the streams' beginning.
    The ends that fill no segment are left out.

    Parameters
    ----------
    numbers : Tensor of int, shape (characters,)
    size : int
        Streams, at least 1.
    length : int
        Characters of a segment, at least 1.
    step : int
        From 0.

    Returns
    -------
    inputs, targets : Tensor of int, shape (size, length)
        The characters and what comes after each.
    begins : bool

    Raises
    ------
    ValueError
        When a stream is shorter than a segment.

    References
    ----------
    Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent
    network trajectories", Neural Computation 2(4).
    """
    stream = (len(numbers) - 1) // size
    rounds = stream // length
    if rounds < 1:
        raise ValueError(
            f"a text of {len(numbers)} characters has no {size} streams of {length} with a character after "
            f"each: it must have at least {size * length + 1}"
        )
    first = step % rounds * length
    here = numbers[: size * stream].view(size, stream)[:, first : first + length]
    after = numbers[1 : size * stream + 1].view(size, stream)[:, first : first + length]
    return Segment(here, after, first == 0)
