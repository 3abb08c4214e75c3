"""Gradient descent at the wall."""

import math

import numpy as np
import pytest
import torch

from gradviz.dynamics.cliff_descent import cliff_descent


def by_autograd(w, b, steps=50):
    w, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (w, b))
    x = torch.tensor(0.5, dtype=torch.float64)
    for _ in range(steps):
        x = w * torch.sigmoid(x) + b
    error = (torch.sigmoid(x) - 0.7) ** 2
    error.backward()
    return error.item(), w.grad.item(), b.grad.item()


def test_a_descent_steps_along_the_gradient():
    path = cliff_descent(5.0, -2.0, learning_rate=0.5, iterations=3)
    w, b = 5.0, -2.0
    for k in range(4):
        error, by_w, by_b = by_autograd(w, b)
        assert path["w"].values[k] == pytest.approx(w)
        assert path["b"].values[k] == pytest.approx(b)
        assert path["error"].values[k] == pytest.approx(error)
        w, b = w - 0.5 * by_w, b - 0.5 * by_b
    assert path.sizes == {"iteration": 4}
    assert path["b"].attrs["long_name"] == "bias b"


def test_at_the_wall_a_step_is_thrown_and_a_clipped_one_is_not():
    sigma = 1 / (1 + math.exp(-0.5))
    start = (6.0, 0.5 - sigma * 6.0 + 1e-9)
    plain = cliff_descent(*start, learning_rate=0.1, iterations=1)
    clipped = cliff_descent(*start, learning_rate=0.1, iterations=1, clip_norm=0.5)
    thrown, short = (
        np.array([np.diff(path[name].values).item() for name in ("w", "b")]) for path in (plain, clipped)
    )
    assert np.linalg.norm(thrown) > 10
    assert np.linalg.norm(short) == pytest.approx(0.05)
    assert thrown @ short == pytest.approx(np.linalg.norm(thrown) * np.linalg.norm(short))


def test_from_one_start_the_wall_throws_and_clipping_descends_along_it():
    start = {"w": 5.5, "b": -2.3, "learning_rate": 0.5, "iterations": 100}
    plain, clipped = cliff_descent(**start), cliff_descent(**start, clip_norm=0.5)
    longest = [np.hypot(np.diff(path["w"]), np.diff(path["b"])).max() for path in (plain, clipped)]
    assert longest[0] > 5
    assert longest[1] == pytest.approx(0.25)
    assert plain["error"].values[-1] == pytest.approx(0.09, abs=1e-3)  # (1 - .7)²: saturated
    assert clipped["error"].values[-1] < 1e-3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 0}, "learning_rate = 0: must be a finite number above 0"),
        ({"learning_rate": 1, "iterations": 0}, "iterations = 0: must be a whole number of at least 1"),
        ({"learning_rate": 1, "clip_norm": -1}, "clip_norm = -1: must be a number above 0"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        cliff_descent(5.0, -2.0, **options)
