"""What a report's files share: the parts of a training, its data, and how far it got."""

import math
from dataclasses import dataclass
from typing import Any

import torch


@dataclass
class Run:
    """A model with its optimizer; ``fixed`` tells the loop whether the answer's line is in it."""

    model: torch.nn.Module
    optimizer: Any
    fixed: bool = False


def unexplained(output, target):
    """Squared error over the target's variance: 1 for the mean, 0 for a perfect prediction."""
    error = (output.reshape(-1) - target.reshape(-1)).square().mean()
    return (error / target.float().var(correction=0)).item()


def mistaken(scores, target):
    """Share of wrong classes over the share that the commonest class gets wrong."""
    scores, target = scores.reshape(-1, scores.shape[-1]), target.reshape(-1)
    if not scores.isfinite().all():
        return math.nan
    chance = 1 - target.bincount().max() / len(target)
    return ((scores.argmax(1) != target).float().mean() / chance).item()


def tones(batch, length, *, features=6, classes=4, noise=0.7, seed):
    """Noisy tones (batch, length, features), whose pitch is the class (batch,)."""
    rng = torch.Generator().manual_seed(seed)
    y = torch.randint(classes, (batch,), generator=rng)
    time = torch.arange(length)[None, :, None] / length
    phase = torch.rand(batch, 1, features, generator=rng)
    x = torch.sin(2 * math.pi * ((y[:, None, None] + 1) * time + phase))
    return x + noise * torch.randn(batch, length, features, generator=rng), y


def first_word(batch, length, *, words=12, classes=2, seed):
    """Sentences (batch, length) of word numbers, whose first word tells the class (batch,)."""
    rng = torch.Generator().manual_seed(seed)
    x = torch.randint(classes, words, (batch, length), generator=rng)
    y = torch.randint(classes, (batch,), generator=rng)
    x[:, 0] = y
    return x, y


def waves(batch, length, *, seed):
    """Pieces of sines (batch, length, 1) of several periods, and the next value (batch,)."""
    rng = torch.Generator().manual_seed(seed)
    start = 100 * torch.rand(batch, 1, generator=rng)
    period = 8 + 12 * torch.rand(batch, 1, generator=rng)
    values = torch.sin(2 * math.pi * (start + torch.arange(length + 1)) / period)
    return values[:, :-1, None], values[:, -1]


def text(batch, length, *, seed):
    """A text (batch, length + 1) of 12 words, each of which has one usual successor."""
    rng = torch.Generator().manual_seed(seed)
    follow = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    words = [torch.randint(12, (batch,), generator=rng)]
    for _ in range(length):
        surprise = torch.rand(batch, generator=rng) < 0.2
        words.append(torch.where(surprise, torch.randint(12, (batch,), generator=rng), follow[words[-1]]))
    return torch.stack(words, 1)
