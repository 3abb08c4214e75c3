"""One bias for all forget or update gates."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from gradviz.arguments import check_finite
from gradviz.models.initialisations.keep_bias import Recurrent, set_keep_bias


def forget_bias(modules: Sequence[Recurrent], /, *, value: float = 1.0) -> None:
    """Set the bias of an LSTM's forget gate, or of a GRU's update gate, to one value.

    Without other input the gate is σ(value), and the state decays with the time constant 1 + exp(value).

    Parameters
    ----------
    modules : sequence of nn.LSTM, nn.GRU or their cells
    value : float
        Sum of the two biases of PyTorch.

    Raises
    ------
    ValueError
        If the value is not a finite number.
    TypeError
        If a module lacks the gate or its bias.

    References
    ----------
    Gers, Schmidhuber and Cummins (2000), "Learning to forget"; Jozefowicz, Zaremba and Sutskever (2015),
    "An empirical exploration of recurrent network architectures".
    """
    number = check_finite("value", value)
    set_keep_bias("forget_bias", modules, lambda units: torch.full((units,), number))
