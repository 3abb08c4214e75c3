"""How an incoming state depends on an earlier one: which rows, and by which factor, unit by unit.

Whatever lies between two calls is linear for the gradient.  A few probes through that part of the graph tell
whether each unit only scales its own gradient (a clone, a mask, a dropout, ``where``), and how rows of the
batch were chosen (an index, a slice, a concatenation).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import Place, kind_of
from gradviz.capture.pull_back import NotCallable, can_call, pull_back

_FINE = (torch.float32, torch.float64)
_MOVING_ROWS = frozenset(
    (
        *("Index", "IndexSelect", "Gather", "Slice", "Select", "Cat", "Stack", "Flip"),
        *("Roll", "Take", "TakeAlongDim", "MaskedSelect", "Split", "SplitWithSizes"),
        *("Unbind", "Scatter", "Sort", "torch::autograd::CopySlices"),
    )
)


@dataclass(frozen=True)
class Operator:
    """The gradient at a source, given that at an incoming state; both flattened to (row, unit).

    ``rows``: (source row,), the incoming row that each source row feeds, -1 for none; None if that cannot
    be told.  ``factor``: (source row, unit), or None if units do not only scale their own gradient.
    """

    rows: Tensor | None
    factor: Tensor | None

    @cached_property
    def is_identity(self) -> bool:
        """Whether every row is handed on to the same row, with the factor 1."""
        return (
            self.rows is not None
            and self.factor is not None
            and torch.equal(self.rows, torch.arange(len(self.rows), device=self.rows.device))
            and bool((self.factor == 1).all())
        )

    def is_identity_of(self, state: Tensor) -> bool:
        """Whether `identity` makes the same of a state (row, unit)."""
        factor = self.factor
        return (
            factor is not None
            and self.is_identity
            and (factor.shape, factor.dtype, factor.device) == (state.shape, state.dtype, state.device)
        )


def identity(shape: Sequence[int], like: Tensor) -> Operator:
    """The operator of a state that is handed on as it is; ``shape``: that of the state."""
    rows = math.prod(shape[:-1])
    return Operator(torch.arange(rows, device=like.device), like.new_ones(rows, shape[-1]))


def operators(
    incoming: Tensor, start: Place, nodes: Sequence[Node], sources: dict[Place, tuple[int, ...]]
) -> dict[Place, Operator]:
    """The operator from an incoming state to each of its sources.

    Parameters
    ----------
    incoming : Tensor, shape (..., unit)
        The state that a call was given.
    start : Place
        Its place.
    nodes : sequence of Node
        The nodes between, in the order in which a backward pass runs them.
    sources : dict of Place to tuple of int
        The shapes of the sources, (..., unit).

    Returns
    -------
    dict of Place to Operator
        Without sources that no gradient can reach.
    """
    if start in sources:
        return {start: identity(sources[start], incoming.detach())}
    try:
        return _probed(incoming.detach(), start, nodes, sources)
    except NotCallable:
        return {place: _unclear(incoming, shape, nodes) for place, shape in sources.items()}


def moves_rows(nodes: Iterable[Node]) -> bool:
    """Whether any of the nodes could move rows of a batch."""
    return any(kind_of(node) in _MOVING_ROWS for node in nodes)


def _unclear(incoming: Tensor, shape: tuple[int, ...], nodes: Sequence[Node]) -> Operator:
    """Rows stay where they are if their number does, and nothing between could move them."""
    rows = math.prod(shape[:-1])
    stay = rows == math.prod(incoming.shape[:-1]) and not moves_rows(nodes)
    return Operator(torch.arange(rows, device=incoming.device) if stay else None, None)


def _probed(
    incoming: Tensor, start: Place, nodes: Sequence[Node], sources: dict[Place, tuple[int, ...]]
) -> dict[Place, Operator]:
    if not all(map(can_call, nodes)):
        raise NotCallable("the probes would run code of the user")

    def probe(values: Tensor) -> dict[Place, Tensor]:
        found = pull_back(nodes, {start: values.view(incoming.shape)}, set(sources))
        return {place: found[place].reshape(-1, sources[place][-1]) for place in found}

    rows, units = math.prod(incoming.shape[:-1]), incoming.shape[-1]
    random = torch.rand(rows, units, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    random = (random + 0.5).to(incoming)
    scrambled = probe(random)
    once = probe(torch.ones_like(random)) if scrambled else {}
    found = {place: _with_same_rows(once.get(place), scrambled[place], random) for place in scrambled}
    unclear = [place for place, operator in found.items() if operator is None]
    if unclear:
        number = torch.arange(rows, device=incoming.device)
        bits = [number >> bit & 1 for bit in range((rows - 1).bit_length())]
        read = [probe(random * bit.unsqueeze(1)) for bit in bits]
        for place in unclear:
            chosen = _chosen_rows(scrambled[place], [each.get(place) for each in read], rows)
            found[place] = _with_chosen_rows(once.get(place), scrambled[place], random, chosen)
            found[place] = found[place] or _unclear(incoming, sources[place], nodes)
    return {place: operator for place, operator in found.items() if operator is not None}


def _with_same_rows(once: Tensor | None, scrambled: Tensor, random: Tensor) -> Operator | None:
    if once is None or once.shape != random.shape or not _agree(scrambled, once * random):
        return None
    return Operator(torch.arange(len(once), device=once.device), once)


def _with_chosen_rows(
    once: Tensor | None, scrambled: Tensor, random: Tensor, rows: Tensor | None
) -> Operator | None:
    if rows is None:
        return None
    if once is None or once.shape[1] != random.shape[1]:
        return Operator(rows, None)
    is_scaled = _agree(scrambled, once * random[rows.clamp(min=0)])
    return Operator(rows, once if is_scaled else None)


def _chosen_rows(base: Tensor, with_bit: Sequence[Tensor | None], count: int) -> Tensor | None:
    """The incoming row that each source row feeds, from probes of the rows with each bit in their number.

    None if a source row feeds several: then a probe of some of them brings neither everything nor nothing.
    """
    reached = (base != 0).any(1)
    rows = torch.zeros(len(base), dtype=torch.long, device=base.device)
    tolerance = 64 * torch.finfo(base.dtype).eps if base.dtype in _FINE else 0.0
    for bit, read in enumerate(with_bit):
        if read is None:
            continue  # no source row feeds one of these
        is_all = ((read - base).abs() <= tolerance * base.abs()).all(1)
        if bool((reached & ~is_all & (read != 0).any(1)).any()):
            return None
        rows += (is_all & reached).long() << bit
    if bool((rows >= count).any()):
        return None
    same = torch.arange(len(base), device=base.device)
    if len(base) == count and torch.equal(rows[reached], same[reached]):
        return same  # a row whose gradient is cut keeps its place
    return torch.where(reached, rows, -1)


def _agree(found: Tensor, expected: Tensor) -> bool:
    """Whether two results differ by rounding only; False where digits are too few to tell."""
    if found.dtype not in _FINE:
        return False
    tolerance = 64 * torch.finfo(found.dtype).eps
    return bool(((found - expected).abs() <= tolerance * (1e-30 + expected.abs())).all())
