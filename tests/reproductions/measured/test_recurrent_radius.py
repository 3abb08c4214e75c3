"""The spectral radius before and after a training, against the weights themselves."""

import math

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.experiment.run.before_training import load_untrained
from gradviz.reproductions.measured.recurrent_radius import AFTER, BEFORE, NAMES, _weight, measure

CONFIG = {
    "name": "radius",
    "task": {"name": "latch", "length": 4},
    "model": {"cell": "rnn", "hidden_size": 2},
    "training": {"steps": 2, "batch_size": 2, "optimizer": "sgd", "learning_rate": 0.5},
}


def by_hand(weight):
    """The eigenvalues of a 2 by 2 matrix from its trace and its determinant."""
    (a, b), (c, d) = weight.double().tolist()
    root = complex((a + d) ** 2 / 4 - (a * d - b * c)) ** 0.5
    return max(abs((a + d) / 2 + root), abs((a + d) / 2 - root))


def test_before_and_after(tmp_path):
    result = gv.run(CONFIG, runs=tmp_path)
    found = measure(result.folder)
    assert set(found) == set(NAMES)
    assert found[BEFORE] == pytest.approx(by_hand(_weight(load_untrained(result.folder)[0])), rel=1e-9)
    assert found[AFTER] == pytest.approx(by_hand(_weight(gv.load_trained(result.folder)[0])), rel=1e-9)
    assert not math.isclose(found[BEFORE], found[AFTER], rel_tol=1e-6)


def test_the_weight_of_a_rotation():
    with torch.no_grad():
        layer = nn.RNN(1, 2)
        layer.weight_hh_l0.copy_(torch.tensor([[0.0, -3.0], [3.0, 0.0]]))
    assert torch.equal(_weight(nn.Sequential(layer)), layer.weight_hh_l0.double())
    assert by_hand(layer.weight_hh_l0.detach()) == pytest.approx(3)


@pytest.mark.parametrize("change", [{"num_layers": 2}, {"bidirectional": True}, {"cell": "lstm"}])
def test_other_models(tmp_path, change):
    result = gv.run({**CONFIG, "model": {**CONFIG["model"], **change}}, runs=tmp_path)
    with pytest.raises(ValueError, match="it must have one, of one layer and one direction"):
        measure(result.folder)
