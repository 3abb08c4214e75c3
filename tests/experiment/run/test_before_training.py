"""The weights from which a run started are drawn again from its seed."""

import pytest
import torch

import gradviz as gv
from gradviz.experiment.run.before_training import load_untrained


def run_of(tmp_path, steps, learning_rate):
    config = {
        "name": "tiny",
        "seed": 3,
        "task": {"name": "adding", "length": 6},
        "model": {"cell": "gru", "hidden_size": 4, "init": "orthogonal"},
        "training": {"steps": steps, "batch_size": 2, "learning_rate": learning_rate},
    }
    return gv.run(config, runs=tmp_path).folder


def test_a_step_of_nothing_leaves_the_weights_that_are_drawn_again(tmp_path):
    still = run_of(tmp_path, 1, 1e-30)
    before = torch.random.get_rng_state()
    model, task = load_untrained(still)
    assert torch.equal(torch.random.get_rng_state(), before)
    trained, _ = gv.load_trained(still)
    for name, weight in trained.named_parameters():
        assert torch.equal(model.get_parameter(name), weight)
    assert task.name == "adding"


def test_they_are_not_those_after_training(tmp_path):
    folder = run_of(tmp_path, 3, 0.1)
    model, trained = load_untrained(folder)[0], gv.load_trained(folder)[0]
    assert not torch.equal(next(model.parameters()), next(trained.parameters()))


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="no run in"):
        load_untrained(tmp_path)
