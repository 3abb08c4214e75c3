"""An experiment on a GPU trains as on the CPU; ``GRADVIZ_DEVICE=cpu`` checks the same on a CPU."""

import os
import signal

import pytest
import torch

import gradviz as gv
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.interrupt import Interrupted
from gradviz.experiment.run.run import run
from gradviz.experiment.run.trained import load_trained

DEVICE = os.environ.get("GRADVIZ_DEVICE", "cuda")

pytestmark = pytest.mark.skipif(
    DEVICE == "cuda" and not torch.cuda.is_available(), reason="PyTorch finds no CUDA device"
)
TRAININGS = {
    "adamw": {"optimizer": "adamw", "schedule": "cosine"},
    "momentum": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "segments": {"optimizer": "rmsprop", "momentum": 0.5, "bptt": 3},
    "omega": {"omega": 0.5, "clip_norm": 1.0},
}


def experiment(training, device, **model):
    return resolve(
        {
            "name": "device",
            "task": {"name": "adding", "length": [5, 9]},
            "model": {"cell": "rnn", "hidden_size": 4, "num_layers": 2, **model},
            "training": {"steps": 6, "batch_size": 5, "dtype": "float64", **training, "device": device},
            "validation": {"every": 2, "batches": 2},
            "recording": {"every": 2, "samples": "all"},
        }
    )


@pytest.mark.parametrize("name", TRAININGS)
def test_it_trains_as_on_the_cpu(tmp_path, name):
    here = run(experiment(TRAININGS[name], "cpu"), tmp_path / "here")
    there = run(experiment(TRAININGS[name], DEVICE), tmp_path / "there")
    assert there.final == pytest.approx(here.final, rel=1e-8)
    assert there.validation == pytest.approx(here.validation, rel=1e-8)
    ours, theirs = (gv.load(tmp_path / folder)["recurrent"]["log10_grad_h"] for folder in ("there", "here"))
    assert abs((ours - theirs).where(theirs > -1e9)).max() < 1e-5
    model, _ = load_trained(tmp_path / "there", best=True)
    assert {parameter.device.type for parameter in model.parameters()} == {"cpu"}


def test_it_is_resumed_with_the_draws_of_its_device(tmp_path):
    one = experiment({"optimizer": "adam", "dtype": "float32"}, DEVICE, dropout=0.5)

    def interrupt(step):
        if step.step == 2:
            os.kill(os.getpid(), signal.SIGINT)

    whole = run(one, tmp_path / "whole")
    with pytest.raises(Interrupted):
        run(one, tmp_path / "cut", on_step=interrupt)
    torch.manual_seed(5)
    resumed = run(one, tmp_path / "cut", begin="resume")
    assert resumed.final == pytest.approx(whole.final, rel=1e-4)
