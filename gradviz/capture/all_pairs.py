"""Whether a loss wants the pairs of a batch, or only got them by a broadcast.

The distances between all outputs and all targets are what a set distance, a soft assignment or a kernel is
made of.  A loss that did not mean to compare pairs does nothing with them but a function of each and a sum
over all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import edges_of
from gradviz.capture.private_torch import saved_tensor, shapes_of_outputs

_OF_EACH = frozenset(
    (
        *(
            "Pow",
            "Abs",
            "Neg",
            "Sqrt",
            "Cosh",
            "Log",
            "Log1P",
            "Softplus",
            "Mul",
            "Div",
            "Add",
            "Sub",
            "Rsub",
        ),
        *("Maximum", "Minimum", "Clamp", "ClampMin", "ClampMax", "Where", "Relu", "LeakyRelu"),
        *("View", "UnsafeView", "ReshapeAlias", "T", "Transpose", "Clone", "ToCopy", "Alias", "Unsqueeze"),
    )
)
_SUMS = frozenset(("Sum", "Mean"))
_FACTORS = frozenset(("Mul", "Div"))


def are_only_added_up(pairs: Node, size: int, users: Mapping[Node, Sequence[Node]]) -> bool:
    """Whether a loss only adds up a function of each pair, as far as the graph shows it.

    Parameters
    ----------
    pairs : Node
        What computed the pairs, (size, size).
    size : int
    users : mapping of Node to sequence of Node
        The nodes of the loss that use the result of each.

    Returns
    -------
    bool
        False for a loss that takes the smallest one of each row, normalises over a row, chooses some of the
        pairs or gives each a weight of its own.
    """
    seen, others = {pairs: False}, set()  # whether a node is a sum over one of the two axes
    waiting = [pairs]
    for node in waiting:
        for user in users.get(node, ()):
            kind, count = user.name().rpartition("Backward")[0], math.prod(shapes_of_outputs(user)[0])
            is_sum = seen[node]
            if count == 1 or user in seen:
                continue
            if not is_sum and kind in _SUMS and count == size:
                seen[user] = True
            elif count == (size if is_sum else size**2) and kind in (_FACTORS if is_sum else _OF_EACH):
                if not is_sum and kind in _FACTORS and _has_weights(user, count):
                    return False
                seen[user] = is_sum
                others |= {edge.source.node for edge in edges_of(user)}
            else:
                return False
            waiting.append(user)
    return all(node in seen or math.prod(shapes_of_outputs(node)[0]) <= size for node in others)


def _has_weights(node: Node, count: int) -> bool:
    """Whether a product multiplies each of the pairs by a number that has no gradient."""
    if len(edges_of(node)) != 1:
        return False
    weights = [saved_tensor(node, name) for name in ("self", "other")]
    return any(each is not None and each.numel() >= count > 1 and 0 not in each.stride() for each in weights)
