"""Joins the attributes of several recordings of one module, or of its calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradviz.vocabulary import (
    COMPUTE_DTYPE,
    GATE_SQUASH,
    KEEPS,
    NAMES_NOT_IN_OPTIMIZER,
    NAMES_NOT_ZEROED,
    REPLAY_ERROR,
    replay_error_limit,
)

NAMES_SEPARATOR = ", "


def join_attributes(pieces: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    """The attributes that hold for all calls of a module.

    Parameters
    ----------
    pieces : sequence of mapping
        The attributes of at least one recording or call.

    Returns
    -------
    dict
        An attribute is left out if a piece lacks it or has another value. There are five exceptions: the
        replay error is the largest; ``compute_dtype`` is that of the coarsest arithmetic, on which the limit
        of the replay error depends; ``names_not_zeroed`` lists the names of all pieces;
        ``names_not_in_optimizer`` is that of the last piece that has it; the gates of a recurrence written
        by hand are those of the pieces that have gates.
    """
    first, *others = pieces
    joined = {
        str(name): value
        for name, value in first.items()
        if all(name in other and other[name] == value for other in others)
    }
    errors = [piece[REPLAY_ERROR] for piece in pieces if REPLAY_ERROR in piece]
    if errors:
        joined[REPLAY_ERROR] = float(np.max(errors))
    dtypes = [piece[COMPUTE_DTYPE] for piece in pieces if COMPUTE_DTYPE in piece]
    if dtypes:
        joined[COMPUTE_DTYPE] = max(dtypes, key=replay_error_limit)
    names = [piece[NAMES_NOT_ZEROED] for piece in pieces if NAMES_NOT_ZEROED in piece]
    if names:
        every = dict.fromkeys(name for listed in names for name in str(listed).split(NAMES_SEPARATOR))
        joined[NAMES_NOT_ZEROED] = NAMES_SEPARATOR.join(every)
    for last in (piece for piece in reversed(pieces) if NAMES_NOT_IN_OPTIMIZER in piece):
        joined[NAMES_NOT_IN_OPTIMIZER] = last[NAMES_NOT_IN_OPTIMIZER]
        break
    for gates in (piece for piece in pieces if GATE_SQUASH in piece):
        joined |= {name: gates[name] for name in (GATE_SQUASH, KEEPS) if name in gates}
        break
    return joined
