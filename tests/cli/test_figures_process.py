"""The process that draws the figures of a run: the same figures, or none; it is never left behind."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from gradviz.cli import figures_process as module
from gradviz.cli.figure_files import figure_files, figures_exist
from gradviz.cli.figures_process import FiguresProcess, figures_process
from gradviz.cli.run_figures import draw_figures
from gradviz.recording.call_record import CallRecord
from gradviz.recording.save import save
from gradviz.recording.sink import MemorySink
from gradviz.vocabulary import BASELINE, LOG10_GRAD_H, LOSS

needs_signals = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

STARTED = """
import sys
import gradviz.cli.figures_process as module
module._saves_time = lambda: True
with module.figures_process() as figures:
    print(figures._process.pid, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def run_folder(tmp_path):
    """A run that is done, as far as its figures ask."""
    sink = MemorySink(metadata={BASELINE: 0.5})
    for step in range(3):
        norms = np.linspace(-4.0 - step, 0.0, 10).reshape(1, 1, 5, 2)
        sink.add(CallRecord(step, "lstm", "lstm", np.array([0, 1]), {LOG10_GRAD_H: norms}, 0.0))
        sink.add_metrics(step, {LOSS: 2.0 / (step + 1)})
    save(sink.tree(), tmp_path / "run")
    return tmp_path / "run"


def answers(code):
    """A process that runs some code in place of drawing."""
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", code], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    return FiguresProcess(process), process


def test_its_figures_are_the_same_and_it_ends(run_folder, monkeypatch):
    monkeypatch.setattr(module, "_saves_time", lambda: True)
    with figures_process() as figures:
        process = figures._process
        assert figures.draw(run_folder)
    assert process.returncode is not None
    theirs = [file.read_bytes() for file in figure_files(run_folder)]
    for file in figure_files(run_folder):
        file.unlink()
    draw_figures(run_folder)
    assert [file.read_bytes() for file in figure_files(run_folder)] == theirs


@pytest.mark.slow
def test_a_rehearsal_changes_nothing(run_folder, monkeypatch):
    monkeypatch.setattr(module, "_saves_time", lambda: True)
    with figures_process() as figures:
        time.sleep(8)  # it has imported and rehearsed
        assert figures.draw(run_folder)
    theirs = [file.read_bytes() for file in figure_files(run_folder)]
    for file in figure_files(run_folder):
        file.unlink()
    draw_figures(run_folder)
    assert [file.read_bytes() for file in figure_files(run_folder)] == theirs


@pytest.mark.slow
def test_what_it_cannot_draw_is_not_said_to_be_drawn(run_folder, monkeypatch, capfd):
    (run_folder / "recording.nc").write_bytes(b"damaged")
    monkeypatch.setattr(module, "_saves_time", lambda: True)
    with figures_process() as figures:
        assert not figures.draw(run_folder)
    assert not figures_exist(run_folder)
    assert capfd.readouterr() == ("", "")  # the caller tells what is wrong


@pytest.mark.parametrize("code", ["", "print('drawn', 'not')", "input(); print('error')"])
def test_no_answer_or_another_means_not_drawn(run_folder, code):
    figures, process = answers(code)
    assert not figures.draw(run_folder)
    figures.close()
    assert process.returncode is not None


def test_one_that_does_not_answer_is_ended(run_folder, monkeypatch):
    monkeypatch.setattr(module, "_SECONDS_TO_DRAW", 0.2)
    figures, process = answers("import time; time.sleep(600)")
    assert not figures.draw(run_folder)
    assert process.returncode is not None


def test_nothing_comes_from_the_working_directory(tmp_path, monkeypatch):
    """The path of this process, also with entries that are no text, is that of the other."""
    for name in ("json.py", "re.py", "gradviz.py"):
        (tmp_path / name).write_text("import os; os._exit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])
    monkeypatch.setattr(module, "_saves_time", lambda: True)
    with figures_process() as figures:
        process = figures._process
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
    assert process.returncode != 3


def test_one_that_does_not_start_draws_nothing(run_folder, monkeypatch):
    def fails(*arguments, **options):
        raise OSError("no more processes")

    monkeypatch.setattr(module, "_saves_time", lambda: True)
    monkeypatch.setattr(module.subprocess, "Popen", fails)
    with figures_process() as figures:
        assert not figures.draw(run_folder)


@pytest.mark.parametrize(
    ("cores", "loaded", "expected"),
    [(2, "gradviz", True), (1, "gradviz", False), (2, "torch", False), (2, "matplotlib", False)],
)
def test_it_is_started_where_it_saves_time(monkeypatch, cores, loaded, expected):
    monkeypatch.setattr(module, "_cores", lambda: cores)
    monkeypatch.setattr(sys, "modules", {loaded: None})
    saves = module._saves_time()
    monkeypatch.undo()
    assert saves == expected


@needs_signals
def test_one_that_does_not_end_is_killed(monkeypatch):
    monkeypatch.setattr(module, "_SECONDS_TO_END", 0.2)
    code = (
        "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True)\nwhile 1: pass"
    )
    figures, process = answers(code)
    process.stdout.readline()
    figures.close()
    assert process.returncode == -signal.SIGKILL


@needs_signals
@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_it_ends_with_the_one_that_started_it(how):
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert int(parent.stdout.readline()) != parent.pid
    parent.send_signal(how)
    parent.communicate(timeout=20)  # its standard error is open as long as one of them lives


@needs_signals
@pytest.mark.slow
def test_only_the_one_that_started_it_hears_of_ctrl_c(run_folder, monkeypatch):
    monkeypatch.setattr(module, "_saves_time", lambda: True)
    with figures_process() as figures:
        assert os.getpgid(figures._process.pid) == figures._process.pid
        assert figures.draw(run_folder)


@needs_signals
@pytest.mark.slow
def test_a_figure_that_it_is_writing_when_it_is_ended_is_removed(run_folder):
    code = (
        "import os, sys, time, json\n"
        "import gradviz.cli.run_figures as figures, gradviz.cli.drawing_on_request as module\n"
        "from gradviz.recording.atomic import replaced_atomically\n"
        "def slowly(folder):\n"
        "    with replaced_atomically(folder / 'slow.png') as file:\n"
        "        os.write(1, b'writing\\n'); time.sleep(60)\n"
        "figures.draw_figures = slowly\n"
        "module.draw_on_request()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    module._send(process, os.fspath(run_folder))
    assert process.stdout.readline() == b"writing\n"
    assert [left.suffix for left in run_folder.glob(".slow*")] == [".tmp"]
    FiguresProcess(process).close()
    assert process.returncode == 1
    assert list(run_folder.glob(".slow*")) == []


@pytest.mark.slow
def test_it_does_not_wait_for_ever():
    code = "import gradviz.cli.drawing_on_request as module\nmodule._PATIENCE = 0.1\nmodule.draw_on_request()"
    waiting = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert waiting.wait(30) == 1
    waiting.stdin.close()
