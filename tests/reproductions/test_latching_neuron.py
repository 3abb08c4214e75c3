"""The unit that is to latch: its task, and its states by hand."""

import math
import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "experiments" / "papers"


@pytest.fixture
def latching(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield pytest.importorskip("latching_neuron")
    sys.modules.pop("latching_neuron", None)


def test_the_task(latching):
    task = latching.LatchingTask(length=30, signal=3, noise=0.2)
    inputs, targets = task.batch(4000, torch.Generator().manual_seed(0))
    assert inputs.shape == (4000, 30, 2)
    assert task.lag == 27
    assert (inputs[:, :3, 1] == targets.sign()).all()
    assert (inputs[:, 3:, 1] == 0).all()
    assert targets.flatten().tolist() == pytest.approx([0.8, -0.8] * 2000)
    assert inputs[..., 0].std().item() == pytest.approx(0.2, rel=0.01)
    assert (
        task.loss(torch.zeros(4000, 1), targets).item() == pytest.approx(task.baseline) == pytest.approx(0.64)
    )
    assert task.metric(torch.tensor([[0.1], [0.1]]), torch.tensor([[0.8], [-0.8]])).item() == 0.5


def test_the_unit_by_hand(latching):
    unit = latching.LatchingNeuron(2, 1.25, 0.1)
    with torch.no_grad():
        unit.shown.copy_(torch.tensor([[0.5, 0.25], [-1.0, -0.5]]))  # of the class +1, and of -1
    noise = [[0.1, -0.2, 0.3], [0.0, 0.1, 0.2]]
    inputs = torch.tensor([noise, [[1.0, 1.0, 0.0], [-1.0, -1.0, 0.0]]]).permute(1, 2, 0)
    expected = []
    for drive in ([0.6, 0.05, 0.3], [-1.0, -0.4, 0.2]):
        state = 0.0
        for step in drive:
            state = math.tanh(1.25 * state + step)
        expected.append(state)
    assert unit(inputs).flatten().tolist() == pytest.approx(expected, abs=1e-6)
    trained = {name for name, one in unit.named_parameters() if one.requires_grad}
    assert trained == {"shown", "layer.weight_hh_l0"}
