"""What a panel of one gate is called, and what is said where hardly any of it is saturated."""

from __future__ import annotations

import numpy as np

_DARK = 0.05  # a panel whose fractions are all below it looks black


def gate_title(gate: str, moment: str = "", *, fraction: np.ndarray | None = None) -> str:
    """The title of a panel.

    Parameters
    ----------
    gate : str
        Of a plain RNN, which has none, its hidden units are named.
    moment : str
        When, for example "at training step 20".
    fraction : ndarray, optional
        Saturated fractions that the panel shows; NaN is none. Where all are below a twentieth the panel looks
        black, and the title says how large they are.

    Returns
    -------
    str
    """
    name = "hidden units" if gate == "hidden" else f"{gate} gate".strip()
    title = " ".join(filter(None, [name, moment]))
    note = "" if fraction is None else _of_black(fraction[~np.isnan(fraction)])
    return f"{title}: {note}" if note else title


def _of_black(fraction: np.ndarray) -> str:
    most = float(fraction.max(initial=0))
    if not fraction.size or most >= _DARK:
        return ""
    return f"at most {most:.1%} saturated" if most else "nothing saturated"
