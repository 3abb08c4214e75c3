"""Weights & Biases, offline: its own file holds what was recorded."""

import pytest
import torch
from integrations.wandb_file import history
from torch import nn

import gradviz as gv

pytestmark = pytest.mark.slow  # .ci/run runs them


@pytest.mark.slow
def test_an_offline_run_holds_the_summaries(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_SILENT", "true")
    import wandb

    lstm = nn.LSTM(2, 4)
    run = wandb.init(mode="offline", dir=tmp_path, project="test")
    with gv.record(lstm, every=3, log=wandb.log) as tape:
        for _ in range(7):
            loss = lstm(torch.randn(9, 2, 2))[0][-1].sum()
            loss.backward()
            tape.step(loss)
    run.finish()
    wandb.teardown()
    (file,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    rows = history(file)
    expected = gv.scalars(tape.tree)
    assert sorted(rows) == sorted(expected) == [0, 3, 6]
    for step, values in expected.items():
        assert {name: rows[step][name] for name in values} == values


def test_before_the_run_begins_it_is_refused():
    wandb = pytest.importorskip("wandb")
    with pytest.raises(TypeError, match=r"such as wandb\.log after wandb\.init\(\)"):
        gv.record(nn.RNN(2, 3), log=wandb.log)
