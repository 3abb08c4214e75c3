"""Whether the input of a layer is a view that exchanges the sizes of its axes without moving any number.

``x.view(time, batch, features)`` of data (batch, time, features) is no transpose: it cuts the numbers in the
order of memory, so that every "sequence" holds parts of several.  1 says that the input is such a view, 0
that it is a view that keeps the order of the axes, NaN that it cannot be told: it is no view, or sizes are
equal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import edges_of, kind_of
from gradviz.capture.private_torch import base_of, saved_sizes, saved_tensor, shapes_of_outputs

_MOST_NODES = 32
_VIEWS = frozenset(("View", "ReshapeAlias", "UnsafeView"))
# What keeps the axes of its input, and makes every number from those of the same place in the first two axes.
_KEEP_PLACES = frozenset(
    (
        *("Relu", "Tanh", "Sigmoid", "Gelu", "Elu", "LeakyRelu", "Silu", "Softplus", "Mul", "Add", "Sub"),
        *("Div", "NativeLayerNorm", "FusedDropout", "NativeDropout", "Clone", "ToCopy"),
    )
)
# Products with a weight, and lookups in one: the name under which they save what they read.
_READ = {"Addmm": "mat1", "Mm": "self", "Embedding": "indices"}


def is_scrambled(x: Tensor) -> float:
    """Whether the input of a layer is a view that mixes its sequences.

    Parameters
    ----------
    x : Tensor, shape (batch, time, input) or (time, batch, input)
        As the model handed it over.

    Returns
    -------
    float
        1, 0 or NaN; see the module.

    Examples
    --------
    >>> import torch
    >>> from gradviz.capture.scrambled_view import is_scrambled
    >>> x = torch.randn(8, 5, 3)  # (batch, time, features)
    >>> is_scrambled(x.view(5, 8, 3)), is_scrambled(x.transpose(0, 1))
    (1.0, 0.0)
    """
    if x.dim() != 3:
        return math.nan
    found = _of_view(x, tuple(x.shape))
    return _of_graph(x.grad_fn, tuple(x.shape)) if math.isnan(found) and x.grad_fn is not None else found


def _of_graph(node: Node, shape: tuple[int, ...]) -> float:
    """What the nodes tell that computed an input of some shape, from the last one back."""
    for _ in range(_MOST_NODES):
        kind, result = kind_of(node), shapes_of_outputs(node)[0]
        if kind in _READ:
            read = saved_tensor(node, _READ[kind])
            return math.nan if read is None else _of_read(read, kind, shape)
        sources = [edge.source for edge in edges_of(node)]
        if kind in _VIEWS:
            before = saved_sizes(node)
            found = compare(before, result) if before is not None and result[:2] == shape[:2] else math.nan
            if not math.isnan(found):
                return found
        elif kind in _KEEP_PLACES and result[:2] == shape[:2]:
            sources = [at for at in sources if shapes_of_outputs(at.node)[at.number][:2] == shape[:2]]
        else:
            return math.nan
        if len(sources) != 1:
            return math.nan
        node = sources[0].node
    return math.nan


def _of_read(read: Tensor, kind: str, shape: tuple[int, ...]) -> float:
    """What a product or a lookup has read, one row or one index for each place of the first two axes."""
    features = 1 if kind == "Embedding" else read.shape[-1]
    if read.numel() != shape[0] * shape[1] * features:
        return math.nan
    return _of_view(read, (*shape[:2], features))


def _of_view(values: Tensor, shape: tuple[int, ...]) -> float:
    """What the base of a view tells, if its numbers are read in a shape."""
    base = base_of(values)
    if base is None or not base.is_contiguous():
        return math.nan
    if values.is_contiguous():
        return _in_order(base, values, shape)
    strides = values.stride()
    in_memory = values.permute(sorted(range(len(strides)), key=lambda axis: -strides[axis]))
    if not in_memory.is_contiguous() or not 2 <= values.dim() <= len(shape):
        return math.nan
    sizes = (*in_memory.shape, 1)[: len(shape)]
    return 1.0 if _in_order(base, in_memory, sizes) == 1 else 0.0  # its strides have moved the axes


def _in_order(base: Tensor, values: Tensor, shape: tuple[int, ...]) -> float:
    """The same for numbers that are read in the order of memory."""
    if values.numel() == base.numel():
        return compare(tuple(base.shape), shape)
    return _of_rows(base, values, shape)


def _of_rows(base: Tensor, values: Tensor, shape: tuple[int, ...]) -> float:
    """The same where the view is of some neighbouring rows of the base, such as a batch of a data set."""
    row = math.prod(base.shape[1:])
    is_rows = row and not values.numel() % row
    if not is_rows or (values.storage_offset() - base.storage_offset()) % row:
        return math.nan
    return compare((values.numel() // row, *base.shape[1:]), shape)


def compare(before: Sequence[int], after: Sequence[int]) -> float:
    """Whether reading a contiguous tensor in another shape exchanges its axes.

    Parameters
    ----------
    before : sequence of int
        The sizes that it had.
    after : sequence of int
        Those in which it is read: of the batch and time in any order, and the features.

    Returns
    -------
    float
        1 if the first two axes, (a, b, ...) read as (b, a, ...), or time and features, (a, ..., b) read as
        (a, b, ...), have exchanged their sizes.  0 if the first two axes stay.  Else NaN, also where a size
        is 1, or both are equal.

    Examples
    --------
    >>> from gradviz.capture.scrambled_view import compare
    >>> compare((8, 5, 3), (5, 8, 3)), compare((8, 5, 2, 3), (8, 5, 6)), compare((40, 3), (8, 5, 3))
    (1.0, 0.0, nan)
    """
    if len(before) < 2 or len(after) != 3:
        return math.nan
    first, second, features = after
    if min(first, second) < 2:
        return math.nan
    if (before[0], before[1]) == (second, first) and first != second:
        return 1.0 if math.prod(before[2:]) == features else math.nan
    if (before[0], before[1]) == (first, second):
        return math.nan if first == second else 0.0
    inner = math.prod(before[1:-1])
    is_turned = len(before) > 2 and before[0] == first and before[-1] == second and inner == features > 1
    # If one size is a multiple of the other, neighbouring steps may have been joined on purpose.
    return 1.0 if is_turned and second % features and features % second else math.nan
