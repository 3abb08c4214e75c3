"""One experiment into its folder."""

import csv
import json

import numpy as np
import pytest
import tomllib
import torch

import gradviz as gv
from gradviz.experiment.config import TrainingConfig
from gradviz.experiment.resolve import resolve
from gradviz.experiment.run import run
from gradviz.training.loop import Diverged

SMALL = resolve(
    {
        "name": "small",
        "task": {"name": "adding", "length": 8},
        "model": {"cell": "gru", "hidden_size": 4},
        "training": {"steps": 6, "batch_size": 3, "clip_norm": 1.0},
        "recording": {"every": 2, "samples": "all"},
    }
)


def changed(**parts):
    return SMALL.model_copy(update=parts)


def test_a_run_leaves_everything_in_its_folder(tmp_path):
    seen = []
    run(SMALL, tmp_path / "small", on_step=seen.append)
    folder = tmp_path / "small"
    assert sorted(p.name for p in folder.iterdir()) == [
        "config.toml",
        "environment.json",
        "metrics.csv",
        "recording.nc",
    ]
    assert resolve(tomllib.loads((folder / "config.toml").read_text())) == SMALL
    assert json.loads((folder / "environment.json").read_text())["torch"] == torch.__version__
    with open(folder / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(6))
    assert [float(row["loss"]) for row in rows] == [step.loss for step in seen]
    tree = gv.load(folder)
    assert tree["recurrent"]["step"].values.tolist() == [0, 2, 4]
    assert tree["loss"].values.tolist() == [step.loss for step in seen]
    assert tree.attrs["lag"] == 7
    assert tree.attrs["baseline_meaning"] == "always predict 1"
    assert json.loads(tree.attrs["config"])["model"]["cell"] == "gru"


def test_the_same_configuration_gives_the_same_bits(tmp_path):
    first, second = run(SMALL, tmp_path / "a"), run(SMALL, tmp_path / "b")
    assert all(torch.equal(p, q) for p, q in zip(first.parameters(), second.parameters(), strict=True))
    a, b = (gv.load(tmp_path / name)["recurrent"].to_dataset() for name in "ab")
    for name in a.data_vars:
        np.testing.assert_array_equal(a[name], b[name])


def test_a_folder_with_a_run_is_kept_unless_told_otherwise(tmp_path):
    run(SMALL, tmp_path)
    with pytest.raises(FileExistsError, match="holds a run already; choose another folder, or --overwrite"):
        run(SMALL, tmp_path)
    run(changed(seed=1), tmp_path, overwrite=True)
    assert gv.load(tmp_path).attrs["seed"] == 1


def test_what_was_recorded_before_divergence_is_kept(tmp_path):
    wild = changed(training=TrainingConfig(steps=50, batch_size=3, optimizer="sgd", learning_rate=1e30))
    with pytest.raises(Diverged):
        run(wild, tmp_path)
    tree = gv.load(tmp_path)
    assert not np.isfinite(tree["loss"].values[-1])
    assert (tmp_path / "metrics.csv").read_text().count("\n") == 1 + tree.sizes["iteration"]
