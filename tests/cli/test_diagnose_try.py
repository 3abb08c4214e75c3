"""``gradviz diagnose --try``, and a factory that returns a training."""

import json
import os
import signal
import sys

import pytest

from gradviz.cli.main import main
from gradviz.remedies import training_copy

CODE = """
import torch
from torch import nn
import gradviz as gv

def batches(count=20):
    task = gv.tasks.delayed_recall(length=20, symbols=2, distractors=2)
    return [task.batch(8, torch.Generator().manual_seed(number)) for number in range(count)]

def healthy():
    torch.manual_seed(0)
    layer = gv.initialise(nn.LSTM(4, 6, batch_first=True), "chrono", t_max=20)
    return LastStep(layer), batches(), nn.functional.cross_entropy

def ill():
    torch.manual_seed(0)
    layer = gv.initialise(nn.LSTM(4, 6, batch_first=True), "forget_bias", value=-3.0)
    return LastStep(layer), batches(), nn.CrossEntropyLoss(), torch.optim.Adam

class LastStep(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0][:, -1, :2]

def older():
    return healthy()[0], batches()[0][0], lambda output: output.sum()

def only_inputs():
    return healthy()[0], batches()[0][0]

def a_tensor():
    return healthy()[0], batches()[0][0], nn.functional.cross_entropy

def misfit():
    return healthy()[0], [(torch.zeros(4, 5, 9), torch.zeros(4))], nn.functional.cross_entropy

def prints():
    print("loading")
    return ill()

def raises():
    raise KeyError("size")
"""


@pytest.fixture
def diagnose(tmp_path, monkeypatch, capsys):
    """The command in a directory with ``trained.py``; returns exit code, stdout and stderr."""
    (tmp_path / "trained.py").write_text(CODE)
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "trained", raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["gradviz", "diagnose", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    yield run
    sys.modules.pop("trained", None)


def test_a_healthy_training(diagnose):
    code, out, err = diagnose("trained:healthy", "--try", "--steps", "4", "--lag", "19")
    assert (code, err) == (0, "")
    assert out.startswith("Diagnosed: layer (LSTM, 1 layer, 6 units), 20 time steps at training step 3;")
    assert "Tried on copies, 4 training steps each" in out
    assert "untouched" in out


def test_an_ill_training_as_json(diagnose):
    code, out, err = diagnose("trained:ill", "--try", "--steps", "4", "--lag", "19", "--json")
    report = json.loads(out)
    assert (code, err) == (1, "")
    assert (report["steps"], report["lag"], report["gradient_lag"]) == (4, 19, 19)
    assert "forget_bias_too_low" in report["untouched"]["trouble"]
    assert report["diagnosis"]["healthy"] is False


def test_without_try_the_training_is_recorded(diagnose):
    code, out, _ = diagnose("trained:ill", "--lag", "19", "--json")
    report = json.loads(out)
    assert (code, report["findings"][0]["kind"]) == (1, "forget_bias_too_low")
    assert report["read"].endswith("20 time steps at training step 19")
    assert diagnose("trained:healthy", "--lag", "19")[0] == 0
    assert diagnose("trained:older", "--lag", "19")[0] == 0


def test_an_interrupt_prints_what_is_known(diagnose, monkeypatch):
    real = training_copy.TrainingCopy.step

    def step(self, number):
        if number == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return real(self, number)

    monkeypatch.setattr(training_copy.TrainingCopy, "step", step)
    code, out, _ = diagnose("trained:ill", "--try", "--steps", "50", "--lag", "19")
    assert code == 130
    assert "The untouched copy was trained for 3 steps only." in " ".join(out.split())
    assert out.endswith("Interrupted: this is what was known until then.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["run", "--try"],
            "--try trains copies of a model, which a recording does not hold: give",
        ),
        (
            ["trained:older", "--try"],
            "does not take two arguments; to train it, return (model, batches",
        ),
        (
            ["trained:only_inputs", "--try"],
            "a tuple of LastStep, Tensor; to train it, return (",
        ),
        (
            ["trained:a_tensor", "--try"],
            "a Tensor as the batches; to train it, return (",
        ),
        (["trained:a_tensor"], "trained:a_tensor() returned a Tensor as the batches"),
        (["trained:misfit", "--try"], "the model could not be trained: RuntimeError: "),
        (["trained:misfit"], "the model could not be trained: RuntimeError: "),
        (["trained:raises", "--try"], "trained:raises() failed: KeyError: 'size'"),
        (["trained:nothing", "--try"], "unknown name 'nothing' in trained"),
        (["trained:ill", "--try", "--module", "layer"], "--module cannot be used with --try"),
        (["trained:ill", "--try", "--input-shape", "1,2,3"], "--input-shape cannot be used with --try"),
        (["trained:ill", "--input-shape", "1,2,3"], "returns its own batches; leave --input-shape out"),
        (["trained:ill", "--steps", "5"], "--steps and --seconds are for --try"),
        (["trained:ill", "--seconds", "5"], "--steps and --seconds are for --try"),
        (["trained:ill", "--try", "--steps", "0"], "0 is not in the range x>=1"),
        (["trained:ill", "--try", "--seconds", "nan"], "nan is not a finite number of seconds, such as 60"),
        (["trained:ill", "--try", "--seconds", "inf"], "inf is not a finite number of seconds, such as 60"),
        (["trained:ill", "--try", "--seconds", "0"], "0.0 is not in the range x>0"),
    ],
)
def test_bad_input_is_one_sentence(diagnose, arguments, message):
    code, out, err = diagnose(*arguments)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err


@pytest.mark.parametrize("more", [[], ["--try", "--steps", "1"]])
def test_what_the_factory_prints_is_not_in_the_json(diagnose, more):
    _, out, err = diagnose("trained:prints", "--json", *more)
    json.loads(out)
    assert "loading" in err
