"""Checkpoints are complete and safe to load, and damage is reported."""

import pickle

import pytest
import torch
from torch import nn

from gradviz.experiment.run.checkpoint import CannotResume, Checkpoint, load_checkpoint, save_checkpoint


def test_what_was_saved_comes_back(tmp_path):
    assert load_checkpoint(tmp_path) is None
    model = nn.LSTM(2, 3)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 1, 2))[0].sum().backward()
    optimizer.step()
    carried = (torch.ones(1), torch.zeros(1))
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "carried": carried, "step": 3}
    save_checkpoint(
        tmp_path, Checkpoint(state, parts=2, seconds=1.5, outcome="done", metrics="0a", cpu_seconds=2.5)
    )
    found = load_checkpoint(tmp_path)
    assert found[1:] == (2, 1.5, "done", "", "0a", "", 2.5)
    assert found.training["step"] == 3
    assert all(torch.equal(found.training["model"][name], value) for name, value in state["model"].items())
    assert torch.equal(found.training["carried"][0], carried[0])
    assert found.training["optimizer"]["state"][0]["step"] == 1


@pytest.mark.parametrize("keep", [0, 10, 500, -20])
def test_a_truncated_file(tmp_path, keep):
    save_checkpoint(tmp_path, Checkpoint({"weights": torch.ones(1000)}, parts=0, seconds=0.0))
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CannotResume, match=r"checkpoint\.pt is damaged \(.+\); --fresh starts the run again"):
        load_checkpoint(tmp_path)


class Evil:
    def __reduce__(self):
        return pytest.fail, ("code from a checkpoint was run",)


def test_code_in_a_file_is_not_run(tmp_path):
    torch.save({"training": Evil(), "parts": 0, "seconds": 0.0}, tmp_path / "checkpoint.pt")
    with pytest.raises(CannotResume):
        load_checkpoint(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(CannotResume):
        load_checkpoint(tmp_path)
