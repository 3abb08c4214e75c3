"""The title of a panel of one gate, with a note if almost nothing is saturated."""

from __future__ import annotations

import numpy as np

from gradviz.plots.drawing.plain_text import plain_text

_NO_GATES = {"hidden": "hidden units", "candidate": "candidate"}
_DARK = 0.05  # a panel with only smaller fractions looks black


def gate_title(gate: str, when: str = "", *, fraction: np.ndarray | None = None) -> str:
    """The title of a panel.

    Parameters
    ----------
    gate : str
        A gate, "candidate", or "hidden" for the hidden units of a plain RNN.
    when : str
        For example "at training step 20".
    fraction : ndarray, optional
        Saturated fractions that the panel shows; NaN does not count. If all of them are below a twentieth,
        the panel looks black and the title gives the largest.

    Returns
    -------
    str
    """
    name = _NO_GATES.get(gate, f"{gate} gate".strip())
    title = " ".join(filter(None, [name, when]))
    note = "" if fraction is None else _note_on_black(fraction[~np.isnan(fraction)])
    return plain_text(f"{title}: {note}" if note else title)


def _note_on_black(fraction: np.ndarray) -> str:
    """The note for a panel that looks black; an empty string for any other."""
    most = float(fraction.max(initial=0))
    if not fraction.size or most >= _DARK:
        return ""
    return f"at most {100 * most:.1f}\N{NARROW NO-BREAK SPACE}% saturated" if most else "nothing saturated"
