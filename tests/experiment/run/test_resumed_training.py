"""Runs with schedules, a validation, a curriculum, segments and Ω: stopped and resumed, they end the same."""

import os
import signal

import pytest
import torch
import xarray as xr

import gradviz as gv
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.checkpoint import CannotResume, load_checkpoint
from gradviz.experiment.run.interrupt import Interrupted
from gradviz.experiment.run.result import read_result
from gradviz.experiment.run.run import run
from gradviz.experiment.run.trained import load_trained
from gradviz.experiment.run.validation_files import Best, load_best, save_best
from gradviz.training.batch_seeds import validation_generator

BASE = {
    "name": "small",
    "task": {"name": "adding", "length": 9},
    "model": {"cell": "lstm", "hidden_size": 4},
    "recording": {"every": 2, "samples": 2},
}
EXPERIMENTS = {
    "patience": {
        "model": {"cell": "lstm", "hidden_size": 4, "num_layers": 2, "dropout": 0.5},
        "training": {
            "steps": 14,
            "batch_size": 3,
            "optimizer": "sgd",
            "learning_rate": 0.5,
            "momentum": 0.9,
            "schedule": "cosine",
            "warmup": 3,
        },
        "validation": {"every": 2, "batches": 2, "patience": 2},
    },
    "curriculum": {
        "training": {
            "steps": 9,
            "batch_size": 3,
            "optimizer": "adamw",
            "dtype": "float64",
            "optimizer_options": {"amsgrad": True},
        },
        "validation": {"every": 2, "batches": 1},
        "curriculum": {"lengths": [3, 5, 9], "advance_at": 100.0},
    },
    "segments": {
        "task": {"name": "adding", "length": [4, 9]},
        "training": {
            "steps": 6,
            "batch_size": 3,
            "optimizer": "rmsprop",
            "momentum": 0.5,
            "optimizer_options": {"alpha": 0.9, "centered": True},
            "bptt": 3,
            "schedule": {"name": "step", "every": 2},
        },
    },
    "omega": {
        "model": {"cell": "rnn", "hidden_size": 4, "num_layers": 2},
        "training": {"steps": 6, "batch_size": 3, "omega": 0.5, "clip_norm": 1.0},
        "curriculum": {"lengths": [4, 9], "every": 3},
    },
}
FILES = ("metrics.csv", "validation.csv")


@pytest.fixture(scope="module", params=EXPERIMENTS)
def whole(request, tmp_path_factory):
    """An experiment, the folder of a run that was never stopped, and its steps."""
    torch.set_num_threads(1)
    experiment = resolve({**BASE, **EXPERIMENTS[request.param]})
    folder, steps = tmp_path_factory.mktemp("whole"), []
    run(experiment, folder, on_step=steps.append)
    if experiment.curriculum is not None:
        assert len({step.metrics["sequence_length"] for step in steps}) == len(experiment.curriculum.lengths)
    return experiment, folder, steps


def assert_same(folder, other):
    found, expected = gv.load(folder), gv.load(other)
    for node in ("/", *expected.children):
        xr.testing.assert_identical(
            found[node].to_dataset(inherit=False), expected[node].to_dataset(inherit=False)
        )
    for name in FILES:
        assert (folder / name).exists() == (other / name).exists()
        assert not (other / name).exists() or (folder / name).read_bytes() == (other / name).read_bytes()
    ours, theirs = (load_checkpoint(place).training for place in (folder, other))
    assert torch.equal(ours.pop("random"), theirs.pop("random"))
    assert all(torch.equal(ours["model"][name], value) for name, value in theirs.pop("model").items())
    for place, state in theirs.pop("optimizer")["state"].items():
        assert all(torch.equal(ours["optimizer"]["state"][place][name], v) for name, v in state.items())
    ours.pop("model"), ours.pop("optimizer")
    assert ours == theirs
    assert (folder / "best.pt").exists() == (other / "best.pt").exists()
    if (other / "best.pt").exists():
        ours, theirs = (load_best(place, theirs["run"]) for place in (folder, other))
        assert (ours.step, ours.loss) == (theirs.step, theirs.loss)
        assert all(torch.equal(ours.model[name], value) for name, value in theirs.model.items())
    ours, theirs = read_result(folder), read_result(other)
    assert (ours.outcome, ours.steps, ours.message) == (theirs.outcome, theirs.steps, theirs.message)
    assert (ours.final, ours.validation) == (theirs.final, theirs.validation)


def interrupt_at(*chosen):
    def on_step(step):
        if step.step in chosen:
            os.kill(os.getpid(), signal.SIGINT)

    return on_step


@pytest.mark.parametrize("steps", [(1, 4), pytest.param(range(13), marks=pytest.mark.slow)])
def test_interrupted_and_resumed(whole, tmp_path, steps):
    experiment, expected, taken = whole
    last = taken[-1].step
    for _ in [step for step in steps if step < last]:
        with pytest.raises(Interrupted):
            run(experiment, tmp_path, begin="resume", on_step=interrupt_at(*steps))
    run(experiment, tmp_path, begin="resume", on_step=interrupt_at(last))  # then it is too late
    assert_same(tmp_path, expected)


@pytest.mark.slow
@pytest.mark.parametrize("checkpointed", [True, False])
def test_broken_off_without_a_last_checkpoint(whole, tmp_path, checkpointed):
    break_off(*whole[:2], tmp_path, seconds=0.0 if checkpointed else 1e9)


def test_broken_off_with_weights_that_are_newer_than_the_checkpoint(tmp_path):
    experiment = resolve({**BASE, **EXPERIMENTS["patience"]})
    run(experiment, tmp_path / "whole")
    break_off(experiment, tmp_path / "whole", tmp_path / "cut", seconds=1e9)


def break_off(experiment, expected, folder, *, seconds):
    """Whatever was written after the last checkpoint, the best weights too, is written again."""

    def fail(step):
        if step.step == 4:
            raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        run(experiment, folder, on_step=fail, checkpoint_seconds=seconds)
    assert (load_checkpoint(folder) is None) == (seconds > 0)
    run(experiment, folder, begin="resume")
    assert_same(folder, expected)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """The folder and the result of a run that its patience ended."""
    torch.set_num_threads(1)
    experiment = resolve({**BASE, **EXPERIMENTS["patience"]})
    folder = tmp_path_factory.mktemp("stopped")
    return experiment, folder, run(experiment, folder)


def test_patience_stops_a_run_and_its_result_says_so(stopped):
    experiment, folder, result = stopped
    assert (result.outcome, result.steps < 14) == ("stopped", True)
    assert result.message.startswith(
        "the validation loss has not improved in the last 2 evaluations: the low"
    )
    assert read_result(folder) == result
    assert run(experiment, folder, on_step=pytest.fail) == result
    rows = (folder / "validation.csv").read_text().splitlines()
    assert rows[0] == "step,loss,mse"
    assert [int(row.split(",")[0]) for row in rows[1:]] == list(range(1, result.steps, 2))
    losses = [float(row.split(",")[1]) for row in rows[1:]]
    assert result.validation["validation_loss"] == losses[-1]
    assert result.validation["best_validation_loss"] == min(losses) == losses[-3]
    assert result.validation["best_validation_step"] == result.steps - 5
    assert result.ended_by == "patience"
    curve = gv.load(folder)["validation_loss"].dropna("iteration")  # NaN where there was no evaluation
    assert curve["iteration"].values.tolist() == list(range(1, result.steps, 2))
    assert curve.values.tolist() == losses


def test_the_best_weights_are_those_that_were_evaluated(stopped):
    _, folder, result = stopped
    (model, task), (last, _) = load_trained(folder, best=True), load_trained(folder)
    model.eval(), last.eval()
    for weights, loss in ((model, "best_validation_loss"), (last, "validation_loss")):
        with torch.no_grad():
            batches = [task.batch(3, validation_generator(0, number)) for number in range(2)]
            losses = [float(task.loss(weights(inputs), targets)) for inputs, targets in batches]
        assert sum(losses) / 2 == pytest.approx(result.validation[loss], rel=1e-6)


def test_a_run_without_a_validation_has_no_best_weights(tmp_path):
    run(resolve({**BASE, "training": {"steps": 1}}), tmp_path)
    assert not (tmp_path / "validation.csv").exists()
    assert read_result(tmp_path).validation == {}
    with pytest.raises(FileNotFoundError, match=r"has no best\.pt: only an experiment with \[validation\]"):
        load_trained(tmp_path, best=True)


def interrupted(folder):
    experiment = resolve({**BASE, **EXPERIMENTS["curriculum"]})
    with pytest.raises(Interrupted):
        run(experiment, folder, on_step=interrupt_at(5))
    return experiment


def test_best_weights_that_are_missing_damaged_or_of_another_run_are_reported(tmp_path):
    experiment = interrupted(tmp_path)
    path = tmp_path / "best.pt"
    whole = path.read_bytes()
    other = {**torch.load(path, weights_only=True), "run": "00000000"}
    old = {**torch.load(path, weights_only=True), "step": -1}

    def replaced(content):
        if isinstance(content, dict):
            save_best(tmp_path, Best(**content))
        else:
            path.write_bytes(content)

    path.unlink()
    with pytest.raises(CannotResume, match=r"best\.pt is missing; --fresh starts the run again"):
        run(experiment, tmp_path, begin="resume")
    for content, message in (
        (whole[:-9], r"best\.pt is damaged"),
        (other, r"best\.pt is of another run"),
        (old, r"best\.pt is older than the checkpoint"),
    ):
        replaced(content)
        with pytest.raises(CannotResume, match=message):
            run(experiment, tmp_path, begin="resume")
    path.write_bytes(whole)
    assert run(experiment, tmp_path, begin="resume").steps == 9


def test_float64_is_recorded_and_loaded_in_float64(tmp_path):
    table = {**BASE, "training": {"steps": 2, "batch_size": 3, "dtype": "float64"}}
    run(resolve(table), tmp_path)
    assert gv.load(tmp_path)["recurrent"].attrs["compute_dtype"] == "float64"
    model, _ = load_trained(tmp_path)
    weights = load_checkpoint(tmp_path).training["model"]
    assert {value.dtype for value in model.state_dict().values()} == {torch.float64}
    assert all(torch.equal(model.state_dict()[name], value) for name, value in weights.items())
