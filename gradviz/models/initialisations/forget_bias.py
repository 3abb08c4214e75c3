"""One bias for every gate that keeps the state."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from gradviz.arguments import check_finite
from gradviz.models.initialisations.keep_bias import Recurrent, set_keep_bias


def forget_bias(modules: Sequence[Recurrent], /, *, value: float = 1.0) -> None:
    """One value for the bias of an LSTM's forget gate, or of a GRU's update gate.

    Without other input the gate stands at σ(value), which forgets with the time constant 1 + exp(value).

    Parameters
    ----------
    modules : sequence of nn.LSTM, nn.GRU or their cells
    value : float
        Sum of PyTorch's two biases.

    Raises
    ------
    ValueError
        For a value that is not a finite number.
    TypeError
        For a module without the gate or its bias.

    References
    ----------
    Gers, Schmidhuber and Cummins (2000), "Learning to forget"; Jozefowicz, Zaremba and Sutskever (2015),
    "An empirical exploration of recurrent network architectures".
    """
    number = check_finite("value", value)
    set_keep_bias("forget_bias", modules, lambda units: torch.full((units,), number))
