"""What was done before the loss, as the loss' own graph shows it when a backward pass begins.

The graph is only read, from the roots back to the states of recorded calls and to the last product with a
matrix: what lies before that belongs to the model.  1 says that the graph shows the fault, 0 that it does not
have it, NaN that it does not tell.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import NamedTuple

from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import edges_of, kind_of
from gradviz.capture.target_broadcast import Shape, broadcast_at
from gradviz.vocabulary import SIGMOID_BEFORE_LOGITS_LOSS, SOFTMAX_BEFORE_LOG_SOFTMAX, TARGET_BROADCAST

_MOST_NODES = 256

# Losses of logits, and what they apply themselves.
_OF_LOGITS = {"LogSoftmax": "Softmax", "BinaryCrossEntropyWithLogits": "Sigmoid"}
_PRODUCTS = frozenset(
    (
        *("Addmm", "Mm", "Addmv", "Mv", "Bmm", "Baddbmm", "Addbmm", "Dot", "Linear"),
        *("MkldnnLinear", "Convolution", "Embedding", "CudnnRnn", "MiopenRnn"),
        *("MkldnnRnnLayer",),
    )
)
_SAME_VALUES = frozenset(
    (
        *("View", "UnsafeView", "ReshapeAlias", "AsStrided", "Alias", "Expand", "Squeeze"),
        *("Unsqueeze", "T", "Transpose", "Permute", "Unfold", "Select", "Slice", "Split"),
        *("SplitWithSizes", "UnsafeSplit", "Unbind", "Cat", "Stack", "Index", "IndexSelect"),
        *("MaskedSelect", "Flip", "Roll", "Clone", "ToCopy", "PackPaddedSequence"),
    )
)


class LossFacts(NamedTuple):
    """1, 0 or NaN each; see the module."""

    softmax_before_log_softmax: float
    sigmoid_before_logits_loss: float
    target_broadcast: float

    def as_variables(self) -> dict[str, float]:
        """By the names of the vocabulary."""
        return {
            SOFTMAX_BEFORE_LOG_SOFTMAX: self.softmax_before_log_softmax,
            SIGMOID_BEFORE_LOGITS_LOSS: self.sigmoid_before_logits_loss,
            TARGET_BROADCAST: self.target_broadcast,
        }

    def with_shapes(self, output: Shape, target: Shape) -> LossFacts:
        """The facts if the shapes that the loss compares are known; they decide what the graph left open."""
        both = {tuple(output), tuple(target)}
        is_column = any(both == {(size,), (size, 1)} and size > 1 for size in output[:1])
        if is_column and math.isnan(self.target_broadcast):
            return self._replace(target_broadcast=1.0)
        return self


def read_loss(roots: Iterable[Node], states: Collection[Node] = ()) -> LossFacts:
    """What the graph of a loss tells.

    Parameters
    ----------
    roots : iterable of Node
        Where the backward pass starts; the graph has not been freed.
    states : collection of Node
        What computed the states of recorded calls.

    Returns
    -------
    LossFacts
        A softmax or sigmoid counts if PyTorch's function computed it (not ``exp`` and ``sum``), and nothing
        but its shape, order or dtype was changed since.
    """
    waiting = list(dict.fromkeys(roots))
    users: dict[Node, list[Node]] = {node: [] for node in waiting}
    found: dict[str, list[float]] = {"LogSoftmax": [], "BinaryCrossEntropyWithLogits": []}
    is_whole, read = True, []
    for number, node in enumerate(waiting):
        kind = kind_of(node)
        if (isinstance(node, BackwardCFunction) and node not in states) or number >= _MOST_NODES:
            is_whole = False  # a function of the user's own does not show what it computes
            continue
        if kind in _OF_LOGITS:
            source = node.next_functions[0][0]
            found[kind].append(0.0 if source is None else _comes_from(_OF_LOGITS[kind], source, states))
            continue
        read.append(node)
        if kind in _PRODUCTS or node in states:
            continue
        for edge in edges_of(node):
            source = edge.source.node
            if source not in users:
                waiting.append(source)
            users.setdefault(source, []).append(node)
    compared = (broadcast_at(node, users) for node in read)
    found[""] = [value for value in compared if value is not None]
    return LossFacts(*(_value(values, is_whole) for values in found.values()))


def of_any(passes: Collection[LossFacts]) -> LossFacts:
    """What holds for any of several backward passes, of which there is at least one."""
    return LossFacts(*(_any(values) for values in zip(*passes, strict=True)))


def _comes_from(kind: str, start: Node, states: Collection[Node]) -> float:
    """Whether all values of a node were computed by nodes of a kind, and only moved or cast since."""
    waiting = [start]
    found = []
    for node in waiting:
        if node in states:
            found.append(0.0)
        elif isinstance(node, BackwardCFunction) or len(waiting) > _MOST_NODES:
            return math.nan
        elif kind_of(node) in _SAME_VALUES:
            waiting += [edge.source.node for edge in edges_of(node)]
        else:
            found.append(float(kind_of(node) == kind))
    return min(found, default=0.0)


def _value(found: Collection[float], is_whole: bool) -> float:
    if not found:
        return 0.0 if is_whole else math.nan
    return _any(found)


def _any(values: Iterable[float]) -> float:
    known = set(values)
    if 1 in known:
        return 1.0
    return math.nan if any(math.isnan(value) for value in known) else 0.0
