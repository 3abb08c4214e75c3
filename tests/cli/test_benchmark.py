"""``gradviz benchmark``, on a network small enough for a test."""

import csv

import matplotlib.pyplot as plt
import pytest
import torch
from click.testing import CliRunner

from gradviz.benchmark.kept_results import read_results
from gradviz.benchmark.measurement import Measurement
from gradviz.benchmark.others import Comparison
from gradviz.benchmark.peak_memory import Memory
from gradviz.benchmark.row import Row
from gradviz.benchmark.settings import DEFAULT_LENGTHS, FULL_LENGTHS, Settings
from gradviz.benchmark.timing import Quartiles
from gradviz.cli.benchmark import command
from gradviz.cli.main import cli

TINY = ["--lengths", "5", "--units", "8", "--pairs", "2", "--threads", "1"]


@pytest.mark.slow
def test_it_prints_a_table_and_writes_csv_and_pictures(tmp_path):
    threads = torch.get_num_threads()
    out = tmp_path / "new" / "out"
    result = CliRunner().invoke(
        cli, ["benchmark", "-o", str(out), "--cells", "rnn", *TINY], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert result.stderr == ""
    assert torch.get_num_threads() == threads
    lines = result.stdout.splitlines()
    assert lines[6].split()[:2] == ["rnn", "5"]
    assert lines[6].endswith(" 2")  # pairs; limits are stated for 128 units only
    assert "Peak memory of one training step" in result.stdout
    written = [out / name for name in ("times.csv", "memory.csv", "times.png", "memory.png")]
    assert lines[-4:] == [str(path) for path in written]
    with open(out / "times.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
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
    assert default["lengths"] == ()  # those of the settings
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
        (
            ["--page", "page.md", "--units", "8"],
            "a page is of 128 units or more on one or two threads of a CPU",
        ),
        (["--page", "page.md", "--threads", "3"], "a page is of 128 units or more on one or two threads"),
        (["--lengths", ""], "'': must be whole numbers of at least 1"),
        (["--cells", ","], "give at least one cell"),
        (["--pairs", "0"], "0 is not in the range x>=1"),
        (["--threads", "0"], "0 is not in the range x>=1"),
        (["--device", "tpu"], "'tpu'; did you mean 'cpu'? (cpu, cuda)"),
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


@pytest.fixture
def pretended(monkeypatch):
    """Nothing is measured; the lengths that would be are in the list."""
    lengths = []

    def timed(case, ratio):
        ms, found = Quartiles(9.0, 10.0, 11.0), Quartiles(ratio, ratio, ratio)
        return Measurement(case, "lstm", 100, 3, ms, ms, found, 1.2 if case == "samples_16" else None)

    def measure(settings, **_):
        lengths.append(settings.lengths)
        return [timed("samples_16", 1.5), timed("samples_all", 2.0), timed("loop_hooks", 3.0)]

    def compare(settings, **_):
        yield Comparison("loop_hooks", "lstm", 1e-7)
        yield Comparison("jacrev", "lstm", 1e-7, measurement=timed("jacrev", 4.0))

    def more(settings, *, full, **_):
        yield Row("Plots", "heatmap", 0.5, 0.5, 0.5, "s", limit=1.0)
        if full:
            yield Row("Commands", "run", 2.5, 2.5, 2.5, "s", limit=3.0)

    memory = [Memory("lstm", 100, 10, 20, 1)]
    monkeypatch.setattr("gradviz.benchmark.measurement.measure", measure)
    monkeypatch.setattr("gradviz.benchmark.peak_memory.measure_memory", lambda *_, **__: memory)
    monkeypatch.setattr("gradviz.benchmark.others.compare_ways", compare)
    monkeypatch.setattr("gradviz.benchmark.all_limits.more_rows", more)
    for home, names in (
        ("write_page", ("figure_times", "figure_others")),
        ("picture", ("figure_times",)),
        ("memory_picture", ("figure_memory",)),
    ):
        for name in names:
            monkeypatch.setattr(f"gradviz.benchmark.{home}.{name}", lambda *_: plt.figure(figsize=(1, 1)))
    return lengths


def test_the_default_prints_its_limits_and_what_it_leaves_out(tmp_path, pretended):
    result = CliRunner().invoke(cli, ["benchmark", "-o", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0
    assert pretended == [DEFAULT_LENGTHS]
    lines = result.stdout.splitlines()
    assert any(
        line.startswith("  LSTM, T = 100, recorded, 16 samples") and "over by 0.3" in line for line in lines
    )
    assert "  heatmap" in result.stdout
    assert "1 of 3 limits met" in lines
    assert "Only with --full: other sizes" in result.stdout


def test_the_full_benchmark_writes_a_page_that_can_be_made_again(tmp_path, pretended):
    page = tmp_path / "docs" / "found.md"
    command = ["benchmark", "--full", "-o", str(tmp_path / "out"), "--page", str(page)]
    result = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert result.exit_code == 0
    assert pretended == [FULL_LENGTHS]
    assert "2 of 4 limits met" in result.stdout
    assert "Only with --full" not in result.stdout
    beside = [
        page,
        page.with_suffix(".json"),
        *(page.with_name(f"found-{n}.png") for n in ("length", "others")),
    ]
    assert result.stdout.splitlines()[-8:-4] == [str(path) for path in beside]
    assert "jacrev" in {one.case for one in read_results(beside[1]).measurements}
    text = page.read_text(encoding="utf-8")
    assert "| 4.00 (10.0) | 1e-07 |" in text
    page.write_text(text.replace("over by", ""), encoding="utf-8")
    again = CliRunner().invoke(cli, ["benchmark", "page", str(page)], catch_exceptions=False)
    assert again.stdout.splitlines() == [str(path) for path in beside]
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_marks_is_refused_before_anything_is_measured(tmp_path, pretended):
    page = tmp_path / "page.md"
    page.write_text("mine")
    result = CliRunner().invoke(cli, ["benchmark", "-o", str(tmp_path), "--page", str(page)])
    assert "page.md must have a line <!-- tables" in str(result.exception)
    assert pretended == []
    assert page.read_text() == "mine"


def test_a_page_without_results_cannot_be_made_again(tmp_path):
    result = CliRunner().invoke(cli, ["benchmark", "page", str(tmp_path / "page.md")])
    assert "no results in" in str(result.exception)
    assert not (tmp_path / "page.md").exists()
