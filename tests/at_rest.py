"""What a module's gates are, and how long its states last, when only the biases are not zero."""

import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v

KEEPS = {nn.LSTM: "forget", nn.GRU: "update", nn.LSTMCell: "forget", nn.GRUCell: "update"}


def without_weights(module):
    """The module with every weight 0, so that neither the input nor the state reaches a gate."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "weight" in name:
                parameter.zero_()
    return module


def gate_of_units(module, gate):
    """That gate's value, every unit of every layer and direction, as gradviz records it: (units,)."""
    with gv.record(without_weights(module)) as tape:
        module(torch.randn(3, 2, module.input_size))[0].sum().backward()
    return torch.from_numpy(tape.dataset[v.UNIT_MEAN].sel(gate=gate).values).double().flatten()


def kept_after(module, steps):
    """Fraction of a difference between two states that is left after some steps, for each unit: (units,).

    Of an LSTM it is the cell state's, of a GRU the hidden state's.
    """
    module = without_weights(module).double()
    start = torch.zeros(1, 2, module.hidden_size, dtype=torch.float64)
    start[:, 1] = 1
    inputs = torch.randn(steps, 2, module.input_size, dtype=torch.float64)
    if isinstance(module, nn.LSTM):
        final = module(inputs, (torch.zeros_like(start), start))[1][1]
    else:
        final = module(inputs, start)[1]
    return (final[0, 1] - final[0, 0]).detach()


def assert_uniform(values, low, high):
    """A sample is from U[low, high]: its Kolmogorov distance is below the value that 1 in 1000 exceeds."""
    cumulative = ((values.sort().values - low) / (high - low)).clamp(0, 1)
    ranks = torch.arange(1, len(values) + 1) / len(values)
    assert values.min() >= low - 1e-4 * (high - low)
    assert values.max() <= high + 1e-4 * (high - low)
    assert (cumulative - ranks).abs().max() < 1.95 / len(values) ** 0.5
