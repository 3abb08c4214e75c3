"""``gradviz sample`` of a run."""

import pytest
import torch
from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.errors import UnknownName
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.run import run
from gradviz.experiment.run.trained import load_trained
from gradviz.models.sample import sample


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("text")
    table = {
        "name": "text",
        "task": {"name": "text", "form": "stream", "encoding": "one_hot", "bptt": 8},
        "model": {"cell": "gru", "hidden_size": 16},
        "training": {"steps": 30, "batch_size": 4, "learning_rate": 1e-2},
    }
    run(resolve(table), folder)
    return folder


def invoke(folder, *options):
    return CliRunner().invoke(cli, ["sample", str(folder), *options], standalone_mode=False)


def test_the_best_weights(trained, tmp_path):
    table = {
        "name": "text",
        "task": {"name": "text", "form": "stream", "encoding": "one_hot", "bptt": 8, "held_out": 0.3},
        "model": {"cell": "gru", "hidden_size": 16},
        "training": {"steps": 4, "batch_size": 2, "optimizer": "sgd", "learning_rate": 50.0},
        "validation": {"every": 1},
    }
    run(resolve(table), tmp_path)
    options = ["--prompt", "hello", "--length", "30"]
    said = [invoke(tmp_path, *options, *more).stdout for more in ([], ["--best"])]
    for text, best in zip(said, (False, True), strict=True):
        model, task = load_trained(tmp_path, best=best)
        assert text == f"hello{sample(model, task.alphabet, 'hello', length=30)}\n"
    assert said[0] != said[1]
    with pytest.raises(FileNotFoundError, match=r"has no best\.pt"):
        raise invoke(trained, "--prompt", "hello", "--best").exception


def test_it_continues_as_the_model_does(trained):
    options = ["--prompt", "hello", "--length", "12", "--temperature", "0.7"]
    done = invoke(trained, *options, "--seed", "3")
    model, task = load_trained(trained)
    expected = sample(model, task.alphabet, "hello", length=12, temperature=0.7, seed=3)
    assert done.stdout == f"hello{expected}\n"
    assert invoke(trained, *options).stdout != done.stdout
    greedy = sample(model, task.alphabet, "hello", length=200)
    assert invoke(trained, "--prompt", "hello").stdout == f"hello{greedy}\n"


def test_a_character_that_the_text_lacks_is_named(trained):
    error = invoke(trained, "--prompt", "hëllo").exception
    assert "'ë'" in str(error)
    assert invoke(trained, "--prompt", "").exception is not None


def test_a_run_of_something_else_and_no_run(tmp_path):
    table = {"name": "a", "task": {"name": "adding", "length": 4}, "model": {"cell": "rnn", "hidden_size": 2}}
    run(resolve({**table, "training": {"steps": 1}}), tmp_path / "a")
    error = invoke(tmp_path / "a", "--prompt", "x").exception
    assert isinstance(error, UnknownName)
    assert "is a run of the task 'adding'; text is sampled from runs of 'text'" in str(error)
    assert isinstance(invoke(tmp_path, "--prompt", "x").exception, FileNotFoundError)
