"""The line of code that reads the state at the end of each sequence."""

from __future__ import annotations

from gradviz.diagnosis.context import DiagnosisContext

_ONE = "last = h_n[-1]  # (batch, hidden_size)"
_BOTH = "last = torch.cat((h_n[-2], h_n[-1]), dim=1)  # (batch, 2 * hidden_size)"
_KEPT = "last = torch.stack(states)[lengths - 1, torch.arange(len(lengths))]  # states: of every time step"


def last_states(context: DiagnosisContext) -> str:
    """How to read the last layer at the end of each sequence.

    Parameters
    ----------
    context : DiagnosisContext

    Returns
    -------
    str
        For a cell in a loop, with the states of all time steps; for two directions, both. The state ``h_n``
        of a layer that reads packed sequences stands at the end of each one.
    """
    if context.is_cell or context.is_observed:
        return _KEPT
    return _BOTH if len(context.directions) > 1 else _ONE
