"""Cases for the diagnosis: a model that is broken in a known way or healthy, and how it is fixed."""

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
class ProbedModel:
    """A model, its input and its loss, for ``gv.probe``."""

    model: nn.Module
    x: Any = None
    loss: Any = None

    def record(self) -> xr.DataTree:
        return gv.probe(self.model, inputs=self.x, loss=self.loss)


@dataclass(frozen=True)
class Case:
    """What is wrong with a model, and how it is fixed.

    ``make`` returns a `ProbedModel`, or anything with ``record``. ``kind`` is None for a healthy model.
    Without a ``fix``, the remedy's own lines of code are run.
    """

    name: str
    make: Callable[[], Any]
    kind: str | None = None
    lag: int | None = 99
    fix: Callable[[Any], Any] | None = None
    severity: str = "trouble"


def layer(kind, *sizes, **options):
    """A layer with the batch first."""
    return kind(*sizes, batch_first=True, **options)


def relu(*sizes, **options):
    return layer(nn.RNN, *sizes, nonlinearity="relu", **options)


def with_padding(x):
    """The sequences (batch, time, features), of which each ends sooner than the one before."""
    steps = torch.arange(x.shape[1])[None, :, None]
    ends = torch.linspace(10, x.shape[1] // 2, x.shape[0]).round()[:, None, None]
    return torch.where(steps < ends, x, 0.0)


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


def probed(model, x=None, loss=None):
    return lambda: ProbedModel(model(), None if x is None else x(), loss)


def with_input(make, *sizes):
    """A fix: another input."""

    def fix(broken):
        broken.x = make(*sizes)
        return broken

    return fix


def attached(broken):
    """A fix: the state is passed on without a detach."""
    broken.model.detach_every = None
    return broken


def rewired(broken):
    """A fix: the same layer in a model that does not cut it off."""
    return ProbedModel(LastStep(broken.model.layer), broken.x)


def clip_outliers_only(broken):
    """A fix: a clipping limit that only outliers reach."""
    broken.clip = 10.0
    return broken


def finite_loss(broken):
    """A fix: a loss that stays finite."""
    broken.overflow = False
    return broken


def untampered(broken):
    """A fix: a recording that agrees with its model."""
    broken.replay_error = 1e-7
    return broken


def tampered(recording, **attributes):
    """A recording whose module has other attributes."""
    (name,) = recording.children
    changed = recording.children[name].to_dataset(inherit=False).assign_attrs(attributes)
    return xr.DataTree.from_dict({"/": recording.to_dataset(inherit=False), f"/{name}": changed})


class Tampered(ProbedModel):
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
