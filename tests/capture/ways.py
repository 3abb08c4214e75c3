"""What users do to a state between two calls: functions of the new state, the one before, and the call."""

import torch
from torch.nn import functional as F


def _weight(state):
    size = state.shape[-1]
    return torch.linspace(-1, 1, size * size).sin().view(size, size).to(state)


def _column(flags, state):
    """One flag for every sequence, of shape (batch, 1)."""
    return torch.tensor([flags(b) for b in range(state.shape[-2])]).unsqueeze(-1)


def mask(new, old, t):
    return new * _column(lambda b: (t + b) % 4 != 1, new).to(new)


def padding(new, old, t):
    """Later sequences are shorter: the state is kept from call 2, 4, ... on."""
    return torch.where(_column(lambda b: b == 0 or t < 2 * b, new), new, old)


def zoneout(new, old, t):
    return torch.where(torch.rand(new.shape) < 0.3, old, new)


def in_place(new, old, t):
    kept = new.clone()
    kept[..., 0] = 0.0
    return kept


WAYS = {
    "untouched": lambda new, old, t: new,
    "clone": lambda new, old, t: new.clone(),
    "view": lambda new, old, t: new.view(*new.shape),
    "where true": lambda new, old, t: torch.where(torch.ones_like(new, dtype=torch.bool), new, old),
    "cast": lambda new, old, t: new.double().to(new.dtype),
    "stack and index": lambda new, old, t: torch.stack([old, new])[1],
    "half": lambda new, old, t: 0.5 * new,
    "mask": mask,
    "dropout": lambda new, old, t: F.dropout(new, 0.3),
    "layer norm": lambda new, old, t: F.layer_norm(new, new.shape[-1:]),
    "linear": lambda new, old, t: new @ _weight(new),
    "residual": lambda new, old, t: new + torch.tanh(new @ _weight(new)),
    "mean with old": lambda new, old, t: 0.25 * old + 0.75 * new,
    "zoneout": zoneout,
    "padding": padding,
    "clamp": lambda new, old, t: new.clamp(-0.2, 0.3),
    "tanh": lambda new, old, t: new.tanh(),
    "in place": in_place,
}
# the same numbers as an untouched loop
DISGUISES = ["clone", "view", "where true", "cast", "stack and index"]
