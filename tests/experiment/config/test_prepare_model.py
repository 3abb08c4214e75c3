"""A new model gets what its training asks of it."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.experiment.config import prepare_model as prepared
from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.prepare_model import check_device, prepare_model
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.training_schema import TrainingConfig
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.run.run import run
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.memory import check_memory_of_points
from gradviz.models.segments import Segments


def test_segments_and_type(small):
    torch.manual_seed(0)
    model, _ = build(resolve(small(training__bptt=3, training__dtype="float64")))
    torch.manual_seed(0)
    plain, _ = build(resolve(small()))
    assert model.segments == Segments(3)
    assert plain.segments is None
    for ours, theirs in zip(model.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours, theirs.double())  # drawn in float32 for both
    uncut, _ = build(resolve(small(training__bptt=3, training__bptt_detach=False)))
    assert uncut.segments == Segments(3, detach=False)


def test_a_model_that_does_not_read_in_segments():
    with pytest.raises(BadExperiment, match=r"training\.bptt = 3: must be left out for a GRU"):
        prepare_model(nn.GRU(1, 1), TrainingConfig(bptt=3))


def test_a_device_that_is_not_there(small, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    check_device(TrainingConfig())
    with pytest.raises(BadExperiment, match=r"training\.device = 'mps': this machine has no Apple GPU"):
        check_device(TrainingConfig(device="mps"))
    experiment = resolve(small(training__device="cuda"))
    message = "training.device = 'cuda': this machine has no CUDA device; 'cpu' is everywhere"
    with pytest.raises(BadExperiment, match=message):
        run(experiment, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(BadExperiment, match=f"at seed=0: {message}"):
        check_memory_of_points([Point({"seed": 0}, experiment)], tmp_path)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    check_device(TrainingConfig(device="cuda:1"))
    with pytest.raises(BadExperiment, match=r"'cuda:2': this machine has 2 CUDA devices, numbered from 0"):
        check_device(TrainingConfig(device="cuda:2"))


def test_an_apple_gpu_has_no_float64(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    prepared.check_device(TrainingConfig(device="mps"))
    with pytest.raises(BadExperiment, match=r"training\.dtype = 'float64': an Apple GPU"):
        check_device(TrainingConfig(device="mps", dtype="float64"))
    with pytest.raises(BadExperiment, match=r"training\.omega = 0\.5: an Apple GPU"):
        check_device(TrainingConfig(device="mps", omega=0.5))


def test_segments_in_a_run_are_cuts_in_its_recording(small, tmp_path):
    run(resolve(small(training__bptt=3)), tmp_path)
    found = gv.load(tmp_path)["recurrent"]
    assert found["cut"].isel(step=0, sample=0).values.ravel().tolist() == [0, 0, 0, 1, 0, 0, 1, 0]
    assert (found["log10_grad_h"].isel(time=slice(6)) == -float("inf")).all()
