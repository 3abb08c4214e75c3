"""``gradviz benchmark``, on a network small enough for a test."""

import csv

import pytest
import torch
from click.testing import CliRunner

from gradviz.benchmark.settings import Settings
from gradviz.cli.benchmark import command
from gradviz.cli.main import cli

TINY = ["--lengths", "5", "--units", "8", "--pairs", "2", "--threads", "1"]


def test_it_prints_a_table_and_writes_csv_and_pictures(tmp_path):
    threads = torch.get_num_threads()
    out = tmp_path / "new" / "out"
    result = CliRunner().invoke(
        cli, ["benchmark", "-o", str(out), "--cells", "gru,rnn", *TINY], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert result.stderr == ""
    assert torch.get_num_threads() == threads
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines[6:8]] == [["gru", "5"], ["rnn", "5"]]
    assert all(line.endswith(" 2") for line in lines[6:8])  # pairs; limits are stated for 128 units only
    assert "Peak memory of one training step" in result.stdout
    written = [out / name for name in ("times.csv", "memory.csv", "times.png", "memory.png")]
    assert lines[-4:] == [str(path) for path in written]
    with open(out / "times.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 6
    assert {row["pairs"] for row in rows} == {"2"}
    assert {row["hidden_size"] for row in rows} == {"8"}
    for path in written[2:]:
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_lists_have_commas_or_are_options_given_several_times():
    given = ["--cells", "rnn,gru", "--cells", "lstm", "--lengths", "5", "--lengths", "5,7"]
    context = command.make_context("benchmark", given)
    assert context.params["cells"] == ("rnn", "gru", "lstm")
    assert context.params["lengths"] == (5, 7)
    default = command.make_context("benchmark", []).params
    assert default["cells"] == Settings().cells
    assert default["lengths"] == Settings().lengths
    assert all(
        default[name] == getattr(Settings(), name) for name in ("pairs", "seconds", "threads", "device")
    )
    assert default["units"] == Settings().hidden_size


def test_an_interrupt_leaves_the_times_so_far(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("gradviz.benchmark.peak_memory.measure_memory", interrupted)
    result = CliRunner().invoke(cli, ["benchmark", "-o", str(tmp_path), "--cells", "rnn", *TINY])
    assert result.exit_code != 0
    assert len((tmp_path / "times.csv").read_text().splitlines()) == 1 + 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lengths", "100,x"], "'100,x': must be whole numbers of at least 1, as in 100,200,400"),
        (["--lengths", "0"], "'0': must be whole numbers of at least 1"),
        (["--lengths", ""], "'': must be whole numbers of at least 1"),
        (["--cells", ","], "give at least one cell"),
        (["--pairs", "0"], "0 is not in the range x>=1"),
        (["--threads", "0"], "0 is not in the range x>=1"),
        (["--device", "tpu"], "'tpu' is not one of 'cpu', 'cuda'"),
    ],
)
def test_bad_options_are_bad_input(tmp_path, options, message):
    result = CliRunner().invoke(cli, ["benchmark", "-o", str(tmp_path / "out"), *options])
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_cell_is_named(tmp_path):
    result = CliRunner().invoke(cli, ["benchmark", "-o", str(tmp_path / "out"), "--cells", "rnn,lsmt"])
    assert str(result.exception).startswith("unknown cell 'lsmt'; did you mean 'lstm'?")
    assert not (tmp_path / "out").exists()


def test_without_cuda_there_is_a_message(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    result = CliRunner().invoke(cli, ["benchmark", "-o", str(tmp_path / "out"), "--device", "cuda"])
    assert result.exit_code == 2
    assert "PyTorch finds no CUDA device on this machine; use --device cpu" in result.stderr
