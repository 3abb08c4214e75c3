"""What a panel of one gate is called, and what is said where nothing of it is saturated."""

from __future__ import annotations

import numpy as np

NOTHING = "nothing saturated"


def gate_title(gate: str, moment: str = "", *, share: np.ndarray | None = None) -> str:
    """The title of a panel.

    Parameters
    ----------
    gate : str
        Of a plain RNN, which has none, its hidden units are named.
    moment : str
        When, for example "at training step 20".
    share : ndarray, optional
        Saturated shares that the panel shows; NaN is none. Where all are exactly 0 the title says so, because
        the panel is black.

    Returns
    -------
    str
    """
    name = "hidden units" if gate == "hidden" else f"{gate} gate".strip()
    there = np.empty(0) if share is None else share[~np.isnan(share)]
    note = NOTHING if there.size and not there.any() else ""
    title = " ".join(filter(None, [name, moment]))
    return f"{title}: {note}" if note else title
