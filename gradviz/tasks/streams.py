"""A text as parallel streams that are read in segments, for truncated backpropagation through time."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Segment(NamedTuple):
    """A segment of every stream, and whether it is the first one of the streams."""

    inputs: Tensor
    targets: Tensor
    begins: bool


def segment(numbers: Tensor, size: int, length: int, step: int) -> Segment:
    """Segment that a training step reads of each of ``size`` streams of equal length.

    Stream k is the k-th part of the text.  Each step continues where the step before it stopped, without
    overlap or gap; after the last whole segment the streams start again.  The rest of a stream that does
    not fill a segment is left out.

    Parameters
    ----------
    numbers : Tensor of int, shape (characters,)
    size : int
        Number of streams, at least 1.
    length : int
        Characters in a segment, at least 1.
    step : int
        Training step, counted from 0.

    Returns
    -------
    inputs, targets : Tensor of int, shape (size, length)
        The characters, and the character after each.
    begins : bool
        Whether the streams start with this segment.

    Raises
    ------
    ValueError
        If a stream is shorter than a segment.

    References
    ----------
    Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent
    network trajectories", Neural Computation 2(4).
    """
    stream = (len(numbers) - 1) // size
    rounds = stream // length
    if rounds < 1:
        raise ValueError(
            f"a text of {len(numbers)} characters is too short for {size} streams of {length} characters and "
            f"a next one each: it must have at least {size * length + 1} characters"
        )
    first = step % rounds * length
    here = numbers[: size * stream].view(size, stream)[:, first : first + length]
    after = numbers[1 : size * stream + 1].view(size, stream)[:, first : first + length]
    return Segment(here, after, first == 0)
