"""Training in the browser: its losses are those of torch on the same batches, and it learns."""

import math

import numpy as np
import pytest
import torch
from report.core.generator import Generator, adding_batch
from report.core.javascript import new_core
from report.core.sequences import MODULES, NAMES
from torch import nn
from twin import Unrolled, log10_norm

import gradviz as gv

STEPS = 20


class Twin:
    """The same network, batches and optimizer in torch, float64, every state's gradient retained."""

    def __init__(self, *, cell="gru", time=30, units=24, batch=16, learningRate=1e-2, clip=1.0, seed=0):
        self.generator = Generator(seed)
        self.module, self.head = MODULES[cell](2, units).double(), nn.Linear(units, 1).double()
        self.time, self.batch, self.clip = time, batch, clip
        parameters = [*self.module.parameters(), *self.head.parameters()]
        for parameter in parameters:
            self.generator.fill(parameter, -1 / math.sqrt(units), 1 / math.sqrt(units))
        self.optimizer = torch.optim.Adam(parameters, lr=learningRate)

    def step(self):
        x, targets, _, _ = adding_batch(self.generator, self.time, self.batch)
        unrolled = Unrolled(self.module, torch.tensor(x))
        loss = ((self.head(unrolled.out[-1])[:, 0] - torch.tensor(targets)) ** 2).mean()
        self.optimizer.zero_grad()
        loss.backward()
        for name, parameter in self.module.named_parameters():
            parameter.grad = unrolled.weights[name].grad
        parameters = [*self.module.parameters(), *self.head.parameters()]
        norm = nn.utils.clip_grad_norm_(parameters, self.clip)
        self.optimizer.step()
        return loss.item(), norm.item(), {name: mean_norm(unrolled, name) for name in "hc"}


def mean_norm(unrolled, name):
    """Log10 of the mean over sequences of the norm of the total gradient, (time,)."""
    if (name, 0) not in unrolled.seen[0, 0] or unrolled.seen[0, 0][name, 0].grad is None:
        return None
    norms = 10 ** log10_norm(unrolled.gradient(name, 0, 0))
    return np.log10(norms.mean(1))


def check_training(core, **options):
    found = core.call("training", options=options, steps=STEPS)
    twin = Twin(**options)
    assert [step["step"] for step in found] == list(range(STEPS))
    for step in found:
        loss, norm, logs = twin.step()
        assert step["loss"] == pytest.approx(loss, rel=1e-10)
        assert step["gradientNorm"] == pytest.approx(norm, rel=1e-10)
        np.testing.assert_allclose(step["log10GradState"], logs["h"], rtol=0, atol=1e-9)
        if logs["c"] is None:
            assert step["log10GradCell"] is None
        else:
            np.testing.assert_allclose(step["log10GradCell"], logs["c"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("cell", NAMES)
def test_the_first_losses_are_torchs(core, cell):
    check_training(core, cell=cell, time=30, units=24, batch=16, seed=1)


def test_for_other_settings(core):
    check_training(core)
    check_training(core, cell="lstm", time=2, units=1, batch=1, learningRate=0.1, clip=0.05, seed=2**32 - 1)
    check_training(core, cell="gru", time=7, units=5, batch=3, clip=1e9, seed=12)


def test_a_gru_learns_the_task(core):
    """In 700 training steps, from the trivial predictor down."""
    losses = np.array([step["loss"] for step in core.call("training", options={"seed": 1}, steps=700)])
    baseline = gv.tasks.adding(length=30).baseline
    assert losses[50:100].mean() > baseline / 2
    assert losses[-50:].mean() < baseline / 20


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(2 * error) / length", "(-2 * error) / length"),
        ("ofC * g * i * (1 - i)", "-ofC * g * i * (1 - i)"),
        (
            "gradviz.adam.clipGradientNorm(this.gradients, this.clip)",
            "gradviz.adam.gradientNorm(this.gradients)",
        ),
        ("gradviz.scaling.meanLog10(adjoint.log10GradC", "gradviz.scaling.meanLog10(adjoint.log10GradH"),
    ],
)
def test_a_planted_fault_is_noticed(old, new):
    with pytest.raises(AssertionError):
        check_training(new_core([(old, new)]), cell="lstm", clip=0.1)
