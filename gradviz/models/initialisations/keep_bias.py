"""The bias of the gate that keeps the state: the forget gate of an LSTM, the update gate of a GRU."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn

Recurrent = nn.RNNBase | nn.RNNCellBase

INPUT, KEEPS = 0, 1  # KEEPS is the second of i, f, g, o and of r, z, n


def set_keep_bias(
    name: str, modules: Sequence[Recurrent], draw: Callable[[int], Tensor], *, mirror_input: bool = False
) -> None:
    """Set the bias of that gate in every layer and direction of all modules; on an error, nothing is changed.

    PyTorch adds two biases: the first is set and the second becomes 0, so that their sum is the drawn value.
    The caller must disable gradients.

    Parameters
    ----------
    name : str
        Name of the initialisation, for the message.
    modules : sequence of nn.LSTM, nn.GRU or their cells
    draw : callable ``units -> Tensor``
        Draws the biases of a number of units, shape (units,).
    mirror_input : bool
        Whether the input gate of an LSTM gets the negative values, so that without other input i = 1 - f.
        A GRU needs no such gate: it already uses 1 - z.

    Raises
    ------
    TypeError
        If a module lacks the gate or its bias.
    """
    for module in modules:
        _check_has_bias(name, module)
    for module in modules:
        weights = dict(module.named_parameters())
        for key in [key for key in weights if key.startswith("bias_ih")]:
            biases = weights[key], weights[key.replace("bias_ih", "bias_hh")]
            drawn = draw(module.hidden_size)
            _set_sum(biases, KEEPS, drawn)
            if mirror_input and isinstance(module, (nn.LSTM, nn.LSTMCell)):
                _set_sum(biases, INPUT, -drawn)


def _set_sum(biases: tuple[Tensor, Tensor], gate: int, values: Tensor) -> None:
    units = slice(gate * len(values), (gate + 1) * len(values))
    biases[0][units] = values.to(biases[0])
    biases[1][units] = 0.0


def _check_has_bias(name: str, module: Recurrent) -> None:
    kind = type(module).__name__
    if not isinstance(module, (nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell)):
        raise TypeError(f"{kind} has no forget gate; {name} is for nn.LSTM and nn.GRU")
    if not module.bias:
        raise TypeError(f"this {kind} was made with bias=False, so it has no forget bias; use bias=True")
