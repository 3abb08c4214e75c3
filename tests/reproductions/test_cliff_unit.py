"""The model of the cliff beside the papers is the scalar recurrence: its error, its gradient, its descent."""

import sys
from pathlib import Path

import pytest
import torch

from gradviz.dynamics.cliff import START, cliff
from gradviz.dynamics.cliff_descent import cliff_descent

FOLDER = Path(__file__).parents[2] / "experiments" / "papers"


@pytest.fixture
def cliff_unit(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield pytest.importorskip("cliff_unit")
    sys.modules.pop("cliff_unit", None)


def w_and_b(unit):
    found = [one for one in unit.parameters() if one.requires_grad]
    assert [one.numel() for one in found] == [1, 1]
    return found


def test_error_and_gradient_are_those_of_the_recurrence(cliff_unit):
    unit, task = cliff_unit.CliffUnit(5.0, -2.625).double(), cliff_unit.CliffTask(length=50)
    inputs, targets = (one.double() for one in task.batch(1, torch.Generator()))
    error = task.loss(unit(inputs), targets)
    error.backward()
    known = cliff(w=[5.0], b=[-2.625])
    w, b = w_and_b(unit)
    assert error.item() == pytest.approx(known["error"].item(), rel=1e-6)
    size = torch.cat([w.grad.flatten(), b.grad.flatten()]).norm().log10().item()
    assert size == pytest.approx(known["log10_grad_norm"].item(), abs=1e-5)


def test_the_descent_is_on_w_and_b(cliff_unit):
    unit, task = cliff_unit.CliffUnit(4.5, -2.25).double(), cliff_unit.CliffTask(length=50)
    inputs, targets = (one.double() for one in task.batch(1, torch.Generator()))
    optimizer = torch.optim.SGD(w_and_b(unit), lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        task.loss(unit(inputs), targets).backward()
        torch.nn.utils.clip_grad_norm_(unit.parameters(), 1.0)
        optimizer.step()
    known = cliff_descent(4.5, -2.25, learning_rate=0.01, iterations=5, clip_norm=1.0)
    assert [one.item() for one in w_and_b(unit)] == pytest.approx(
        [known["w"].values[5], known["b"].values[5]], rel=1e-5
    )


def test_starts_are_near_the_wall(cliff_unit):
    torch.manual_seed(0)
    for _ in range(50):
        w, b = (one.item() for one in w_and_b(cliff_unit.make(low=4.3, high=4.7, distance=0.02)))
        wall = START - w / (1 + torch.exp(torch.tensor(-START)).item())
        assert 4.3 <= w <= 4.7
        assert abs(b - wall) <= 0.02 + 1e-6
