"""The model of a run."""

import pytest
import torch

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.run import run
from gradviz.experiment.run.trained import load_trained
from gradviz.training.loop import Training


def test_it_has_the_trained_weights(small, tmp_path):
    experiment = resolve(small(model__num_layers=2))
    run(experiment, tmp_path)
    model, task = load_trained(tmp_path)
    torch.manual_seed(0)
    from gradviz.experiment.config.build_model import build

    again, same_task = build(experiment)
    assert task == same_task
    list(Training(again, task, experiment.optimisation()))
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), again.parameters(), strict=True))


def test_where_there_is_none(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no run in .*: it has no config\.toml"):
        load_trained(tmp_path)
    (tmp_path / "config.toml").touch()
    with pytest.raises(FileNotFoundError, match=r"has no checkpoint\.pt yet"):
        load_trained(tmp_path)
