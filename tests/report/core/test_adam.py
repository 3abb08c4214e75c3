"""Adam and clipping in JavaScript are torch's."""

import numpy as np
import pytest
import torch
from report.core.javascript import new_core

SHAPES = [(7,), (3, 4), (1,)]


def random_gradients(steps):
    """Of every size: the first steps, in which the bias is corrected, and small ones, in which eps counts."""
    return [
        [torch.randn(shape, dtype=torch.float64) * 10.0 ** (-step / 5) for shape in SHAPES]
        for step in range(steps)
    ]


def check_adam(core, steps=50, **options):
    start = [torch.randn(shape, dtype=torch.float64) for shape in SHAPES]
    gradients = random_gradients(steps)
    rates = [0.1 / (1 + step) for step in range(steps)] if options.pop("changing", False) else None
    own = [part.clone().requires_grad_() for part in start]
    names = {"lr": "learningRate", "betas": "betas", "eps": "eps"}
    optimizer = torch.optim.Adam(own, **options)
    for step, some in enumerate(gradients):
        if rates:
            optimizer.param_groups[0]["lr"] = rates[step]
        for parameter, gradient in zip(own, some, strict=True):
            parameter.grad = gradient
        optimizer.step()
    given = {names[key]: value for key, value in options.items()}
    found = core.call("adamSteps", parameters=start, gradients=gradients, options=given, rates=rates)
    for parameter, expected in zip(found, own, strict=True):
        np.testing.assert_allclose(
            np.atleast_1d(parameter), expected.detach().ravel(), rtol=1e-12, atol=1e-13
        )


def test_fifty_steps_are_torchs(core):
    check_adam(core)
    check_adam(core, lr=0.3, betas=(0.5, 0.7), eps=1e-3)
    check_adam(core, changing=True)


def test_the_first_step_by_hand(core):
    """Its size is the rate, whatever the gradient, but for eps."""
    (found,) = core.call(
        "adamSteps", parameters=[[1.0, 1.0]], gradients=[[[1e3, -1e-3]]], options={"learningRate": 0.1}
    )
    assert found.tolist() == pytest.approx([0.9, 1 + 0.1 / (1 + 1e-5)], rel=1e-12)


@pytest.mark.parametrize("largest", [0.5, 1.0, 1e6])
def test_clipping_is_torchs(core, largest):
    (gradients,) = random_gradients(1)
    parameters = [torch.zeros_like(gradient).requires_grad_() for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.clone()
    norm = torch.nn.utils.clip_grad_norm_(parameters, largest)
    found = core.call("clip", gradients=gradients, largest=largest)
    assert found["norm"] == pytest.approx(norm.item(), rel=1e-14)
    for gradient, parameter in zip(found["gradients"], parameters, strict=True):
        np.testing.assert_allclose(gradient, parameter.grad.ravel(), rtol=1e-14)


def test_clipping_by_hand_and_none(core):
    found = core.call("clip", gradients=[[3.0], [4.0]], largest=1)
    assert found["norm"] == 5
    assert np.concatenate(found["gradients"]).tolist() == pytest.approx([0.6, 0.8], rel=1e-6)
    found = core.call("clip", gradients=[[3.0], [4.0]], largest="Infinity")
    assert np.concatenate(found["gradients"]).tolist() == [3, 4]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("beta1 ** this.steps", "beta2 ** this.steps"),
        ("parameter[at] -= ", "parameter[at] += "),
        ("/ correction + eps)", "/ correction)"),
        ("(1 - beta2) * g * g", "(1 - beta2) * g"),
    ],
)
def test_a_wrong_step_is_noticed(old, new):
    with pytest.raises(AssertionError):
        check_adam(new_core([(old, new)]))
