"""Step Jacobians the slow way: one native step after the other, each through autograd."""

import torch
from torch import nn
from torch.autograd.functional import jacobian

CONFIGURATIONS = {
    "rnn": (nn.RNN, {}),
    "rnn_relu": (nn.RNN, {"nonlinearity": "relu"}),
    "lstm": (nn.LSTM, {}),
    "lstm_projected": (nn.LSTM, {"proj_size": 2}),
    "gru": (nn.GRU, {}),
}


def _kind(module):
    """Options that make another module of the same cell."""
    if isinstance(module, nn.RNN):
        return {"nonlinearity": module.nonlinearity}
    return {"proj_size": module.proj_size} if isinstance(module, nn.LSTM) else {}


def _single(module, layer, direction):
    """One layer and direction as a separate module."""
    suffix = f"l{layer}" + ("_reverse" if direction == "reverse" else "")
    weights = {name: p.detach() for name, p in module.named_parameters() if name.endswith("_" + suffix)}
    width = weights[f"weight_ih_{suffix}"].shape[1]
    single = type(module)(width, module.hidden_size, bias=module.bias, **_kind(module)).to(
        weights[f"weight_ih_{suffix}"]
    )
    single.load_state_dict({name.replace(suffix, "l0"): value for name, value in weights.items()})
    return single


def _layer_input(module, x, states, layer):
    """(time, batch, features): what the native lower layers give, x itself for the first."""
    if layer == 0:
        return x
    rows = layer * (2 if module.bidirectional else 1)
    lower = type(module)(
        module.input_size,
        module.hidden_size,
        layer,
        bias=module.bias,
        bidirectional=module.bidirectional,
        **_kind(module),
    ).to(x)
    weights = module.state_dict()
    lower.load_state_dict({name: weights[name] for name in lower.state_dict()})
    states = [state[:rows] for state in states]
    return lower(x, tuple(states) if len(states) == 2 else states[0])[0].detach()


def autograd_jacobians(module, x, *, layer=0, direction="forward", h0=None, c0=None):
    """(time, sample, state, state_from) in real time; x is (time, batch, input), states are given or zero."""
    rows = module.num_layers * (2 if module.bidirectional else 1)
    size = module.proj_size or module.hidden_size
    h0 = x.new_zeros(rows, x.shape[1], size) if h0 is None else h0
    states = [h0]
    if isinstance(module, nn.LSTM):
        states.append(x.new_zeros(rows, x.shape[1], module.hidden_size) if c0 is None else c0)
    inputs = _layer_input(module, x, states, layer)
    single = _single(module, layer, direction)
    row = layer * (2 if module.bidirectional else 1) + (direction == "reverse")
    parts = [states[0].shape[-1], module.hidden_size][: len(states)]
    found = x.new_zeros(len(x), x.shape[1], sum(parts), sum(parts))
    for sample in range(x.shape[1]):
        state = torch.cat([part[row, sample] for part in states])

        def step(state, x_t):
            before = [part.view(1, 1, -1) for part in state.split(parts)]
            _, after = single(x_t.view(1, 1, -1), tuple(before) if len(before) == 2 else before[0])
            return torch.cat([part.flatten() for part in (after if isinstance(after, tuple) else (after,))])

        for t in range(len(x))[:: -1 if direction == "reverse" else 1]:
            x_t = inputs[t, sample]
            found[t, sample] = jacobian(lambda state, x_t=x_t: step(state, x_t), state)
            state = step(state, x_t).detach()
    return found
