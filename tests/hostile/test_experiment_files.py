"""Experiment files that are wrong in every way: exit code 2 and a message, never a traceback or a hang."""

import os
import sys

import pytest
import tomli_w

from gradviz.cli.main import main
from gradviz.experiment.config.checks.memory_estimate import check_memory, least_memory, machine_memory
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.validation import BadExperiment

SMALL = {
    "name": "small",
    "task": {"name": "adding", "length": 6},
    "model": {"cell": "rnn", "hidden_size": 3},
    "training": {"steps": 3, "batch_size": 2},
}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """The exit code and the message of ``gradviz run`` with a file of this content."""

    def call(content, *more):
        path = tmp_path / "experiment.toml"
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content is not None:
            path.write_bytes(tomli_w.dumps(content).encode())
        monkeypatch.setattr(
            sys, "argv", ["gradviz", "run", str(path), "--runs", str(tmp_path / "runs"), *more]
        )
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().err

    return call


def changed(key, value):
    table = {name: dict(inner) if isinstance(inner, dict) else inner for name, inner in SMALL.items()}
    *tables, last = key.split(".")
    inner = table
    for name in tables:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return table


KEYS = (
    "name",
    "seed",
    "task",
    "task.name",
    "task.length",
    "model",
    "model.cell",
    "model.init",
    "model.init_options",
    "model.hidden_size",
    "model.num_layers",
    "model.dropout",
    "training.steps",
    "training.batch_size",
    "training.learning_rate",
    "training.optimizer",
    "recording.samples",
    "recording.detail",
    "expect",
)
VALUES = (
    [],
    ["rnn", "lstm"],
    [["rnn"]],
    {},
    {"a": {"b": 1}},
    2**63 - 1,
    -1,
    float("nan"),
    float("-inf"),
    "",
    "\x00",
)


@pytest.mark.parametrize("key", KEYS)
def test_values_of_other_types(key):
    for value in VALUES:
        try:
            check_memory(resolve(changed(key, value)), available=2**33)
            said = key
        except BadExperiment as error:
            said = str(error)
        assert key.partition(".")[0] in said or "of memory" in said


@pytest.mark.parametrize("value", [["rnn", "lstm"], [["rnn"]], []])
def test_a_list_in_place_of_a_name(run, value):
    code, said = run(changed("model.cell", value))
    assert code == 2
    assert f"model.cell = {value!r}: must be text in quotes" in said


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["rnn"], "model.init[0]: unknown initialisation 'rnn'; (chrono, default"),
        ([["rnn"]], "model.init[0] = ['rnn']: must be text in quotes or a table {name = "),
        ([], "model.init = []: must have at least one name"),
        (3, "model.init = 3: must be text in quotes or a table"),
        ({"t_max": 3}, "model.init = {'t_max': 3}: must be text in quotes or a table"),
    ],
)
def test_initialisations_that_are_none(run, value, message):
    code, said = run(changed("model.init", value))
    assert code == 2
    assert said.count("\n") == 1
    assert message in said


@pytest.mark.parametrize("size", [10**9, 2**63 - 1])
@pytest.mark.parametrize(
    "key", ["model.hidden_size", "training.batch_size", "task.length", "model.num_layers"]
)
def test_a_size_beyond_the_memory(run, key, size, tmp_path):
    code, said = run(changed(key, size))
    assert code == 2
    assert "of memory, and this machine has" in said
    assert "it would fit with" in said
    assert not (tmp_path / "runs").exists()


def test_a_size_beyond_64_bits(run):
    code, said = run(
        b'name = "a"\ntask = {name = "adding"}\nmodel = {cell = "rnn", hidden_size = 9223372036854775808}\n'
    )
    assert code == 2
    assert "model.hidden_size" in said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "name: missing"),
        (b"a = " + b"[" * 5000, "nested too deeply|not valid TOML"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b"#" + b"x" * 1_000_001, "has 1000002 bytes; an experiment has at most 1000000"),
        ("name = 'é'".encode("latin-1"), "is not UTF-8 text"),
        ("name = 'a'".encode("utf-16"), "is not UTF-8 text"),
        (b"name = 1\nname = 2\n", "not valid TOML"),
        (b"name = 'a\x00b'", "not valid TOML"),
        (b"seed = " + b"9" * 5000, "cannot be read|not valid TOML"),
    ],
)
def test_files_that_are_not_experiments(run, content, message):
    code, said = run(content)
    assert code == 2
    assert any(part in said for part in message.split("|"))


def test_what_is_not_a_file(run, tmp_path):
    path = tmp_path / "experiment.toml"
    os.mkfifo(path)
    assert run(None) == (2, f"gradviz: {path} is a named pipe; expected a file\n")
    path.unlink()
    path.symlink_to("/dev/zero")
    assert run(None) == (2, f"gradviz: {path} is a device; expected a file\n")


@pytest.mark.parametrize("source", ["/dev/zero", "pipe", "folder", "missing", "a\x00b"])
def test_a_text_that_is_not_a_file(run, tmp_path, source):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    code, said = run(changed("task", {"name": "text", "file": str(tmp_path / source)}))
    assert code == 2
    assert "task.file" in said


def test_names_that_are_too_long(run):
    code, said = run(changed("name", "a" * 101))
    assert code == 2
    assert "name = " in said
    assert "at most 100 letters" in said
    code, said = run(changed("model.cell", "a" * 5000))
    assert code == 2
    assert len(said) < 300


@pytest.mark.parametrize("task", [{"name": "parity", "length": 1}, {"name": "text", "window": 1}])
def test_a_task_without_a_lag_is_run(run, task, monkeypatch):
    monkeypatch.setattr("gradviz.cli.run._draw", lambda folder: None)
    assert run(changed("task", task))[0] == 0
    code, said = run({**changed("task", task), "training": {"steps": 3, "stop_when": "hopeless"}})
    assert code == 2
    assert "training.stop_when" in said


def test_the_estimate_by_hand():
    found = resolve(SMALL)
    weights = 3 * (2 + 3 + 2) + 1 * (3 + 1)  # W, U and two biases; the head
    batch = 2 * 6 * (2 + 3 * (1 + 1))  # inputs, gates and states
    assert least_memory(found) == 4 * (4 * weights + batch)  # weight, gradient and two moments of Adam
    check_memory(found, available=least_memory(found))
    with pytest.raises(BadExperiment, match=r"needs at least 784 B .* has 783 B; .*model\.hidden_size = 2"):
        check_memory(found, available=least_memory(found) - 1)


def test_the_estimate_is_below_what_a_training_takes():
    torch = pytest.importorskip("torch")
    found = resolve(changed("model.hidden_size", 1500))
    model_bytes = 4 * sum(p.numel() for p in torch.nn.RNN(2, 1500).parameters())
    assert 4 * model_bytes < least_memory(found) < 5 * model_bytes


def test_the_memory_of_this_machine():
    found = machine_memory()
    assert found is None or 2**26 < found <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 1.01
