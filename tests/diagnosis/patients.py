"""Models that are broken in a known way, and models that are well: what the diagnosis is tried on.

Those with ``held_out`` were not looked at while the thresholds were chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import xarray as xr
from diagnosis.models import LastStep
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv

INPUT, FORGET = 0, 1  # places of the gates of an LSTM; FORGET is a GRU's update gate
OUTPUT = 3


@dataclass
class Case:
    """A model and what it is run on, as ``gv.probe`` takes them."""

    model: nn.Module
    x: Any = None
    loss: Any = None

    def record(self) -> xr.DataTree:
        return gv.probe(self.model, inputs=self.x, loss=self.loss)


@dataclass(frozen=True)
class Patient:
    """What is wrong with a model, and how it is mended.

    ``make`` gives a `Case`, or anything with ``record``.  ``kind`` is None where all is well.  Without a
    ``cure`` the remedy's own lines of code are run.
    """

    name: str
    make: Callable[[], Any]
    kind: str | None = None
    lag: int | None = 99
    cure: Callable[[Any], Any] | None = None
    severity: str = "trouble"
    held_out: bool = False


def layer(kind, *sizes, **options):
    """A layer with the batch first."""
    return kind(*sizes, batch_first=True, **options)


def relu(*sizes, **options):
    return layer(nn.RNN, *sizes, nonlinearity="relu", **options)


def noise(batch, steps, features, scale=1.0):
    return scale * torch.randn(batch, steps, features, generator=torch.Generator().manual_seed(1))


def slow_signals(batch, steps, features):
    """Sines of different height and phase, which change little from step to step."""
    generator = torch.Generator().manual_seed(4)
    height, phase = 1 + torch.rand(2, batch, 1, features, generator=generator)
    return height * torch.sin(6 * phase + torch.linspace(0, 3, steps)[:, None])


def packed():
    x = torch.randn(6, 50, 3, generator=torch.Generator().manual_seed(3))
    return pack_padded_sequence(x, [50, 44, 37, 31, 25, 20], batch_first=True)


def case(model, x=None, loss=None):
    return lambda: Case(model(), None if x is None else x(), loss)


def with_input(make, *sizes):
    """A cure: other input."""

    def cure(broken):
        broken.x = make(*sizes)
        return broken

    return cure


def attached(broken):
    """A cure: the state is handed on as it is."""
    broken.model.detach_every = None
    return broken


def rewired(broken):
    """A cure: the same layer in a model that does not cut it off."""
    return Case(LastStep(broken.model.layer), broken.x)


def gentler(broken):
    """A cure: clipping that catches outliers only."""
    broken.clip = 10.0
    return broken


def overflowing(broken):
    """A cure: a loss that stays finite."""
    broken.overflow = False
    return broken


def untampered(broken):
    """A cure: a recording that agrees with its model."""
    broken.replay_error = 1e-7
    return broken


def tampered(recording, **attributes):
    """A recording that says something else of itself."""
    (name,) = recording.children
    changed = recording.children[name].to_dataset(inherit=False).assign_attrs(attributes)
    return xr.DataTree.from_dict({"/": recording.to_dataset(inherit=False), f"/{name}": changed})


class Tampered(Case):
    """A recording that does not agree with its model."""

    replay_error = 0.3

    def record(self):
        return tampered(super().record(), replay_error=self.replay_error)


@dataclass
class Training:
    """A short training, recorded."""

    model: nn.Module
    task: Any
    steps: int = 40
    learning_rate: float = 1e-2
    clip: float | None = None
    overflow: bool = False

    def record(self) -> xr.DataTree:
        optimizer = torch.optim.Adam(self.model.parameters(), self.learning_rate)
        generator = torch.Generator().manual_seed(0)
        with gv.record(self.model, every=self.steps - 1) as tape:
            for step in range(self.steps):
                optimizer.zero_grad()
                x, y = self.task.batch(20, generator)
                loss = self.task.loss(self.model(x), y)
                if self.overflow and step > self.steps // 2:
                    loss = loss * torch.inf
                loss.backward()
                limit = torch.inf if self.clip is None else self.clip
                norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), limit)
                if torch.isfinite(norm):
                    optimizer.step()
                tape.step(loss, grad_norm=norm, grad_norm_clipped=norm.clamp(max=limit))
        return tape.tree


def adding(model, length=20, **options):
    return lambda: Training(model(), gv.tasks.adding(length=length), **options)
