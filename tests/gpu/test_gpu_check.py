"""The script that checks a GPU: what it does without one, and what it prints if a check fails."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
CHILD = """
import json, os, sys, time
for name in sys.argv[2:]:
    if name == "hangs":
        time.sleep(60)
    if name == "dies":
        os._exit(3)
    print("noise")
    print(json.dumps({"check": name, "result": "ok", "worst": 1e-6, "limit": 1e-5}))
    sys.stdout.flush()
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script as a module, whose checks are those of ``CHILD``."""
    spec = importlib.util.spec_from_file_location("gpu_check", ROOT / "scripts" / "gpu_check.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "gpu_check", module)
    spec.loader.exec_module(module)
    (tmp_path / "child.py").write_text(CHILD)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "child.py"))
    return module


def run(**changes):
    environment = {**os.environ, "PYTHON": sys.executable, **changes}
    environment.pop("GRADVIZ_DEVICE", None)
    command = [shutil.which("sh"), str(ROOT / "scripts" / "gpu_check.sh")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_it_says_so_in_one_line():
    done = run()
    assert done.stdout == "PyTorch finds no CUDA device on this machine; there is nothing to check.\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_without_torch_it_says_which_python_it_tried(tmp_path):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    done = run(PYTHON=str(fake))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{fake} has no torch")
    assert done.stdout.count("\n") == 1


def test_what_is_missing_is_named_with_the_line_that_installs_it(script, monkeypatch, capsys, tmp_path):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in {"xarray", "tqdm"} else found(name)
    )
    assert script.main(tmp_path) == 1
    out = capsys.readouterr().out
    assert out == f"missing: xarray tqdm; install: {sys.executable} -m pip install xarray tqdm\n"


def test_a_check_that_hangs_or_dies_does_not_take_the_others_along(script, monkeypatch):
    monkeypatch.setattr(script, "FIRST_CHECK", 3)
    monkeypatch.setattr(script, "EACH_CHECK", 1)
    waiting, rows = ["a", "hangs", "b", "c", "dies", "d"], []
    while waiting:
        done = script._run_until_broken(waiting, time.monotonic() + 60)
        rows, waiting = rows + done, waiting[len(done) :]
    assert [row.check for row in rows] == ["a", "hangs", "b", "c", "dies", "d"]
    assert [row.result for row in rows] == ["ok", "hangs", "ok", "ok", "crashed", "ok"]
    assert rows[1].note == "no answer within 1 s"


def test_the_table_tells_the_worst_error_of_each_check(script):
    rows = [
        script.Row("lstm, float32", "ok", 1.2e-6, 1e-5),
        script.Row("gru, float32", "error", note="RuntimeError: no kernel"),
        script.Row("lstm, samples_16, 100 time steps", "FAILS", 3.456, 3.0, "1.00 -> 3.46 ms"),
        script.Row("rnn, every_20, 100 time steps", "measured", 1.01, None),
    ]
    lines = [" ".join(line.split()) for line in script._table(rows).splitlines()]
    assert lines == [
        "check result worst limit note",
        "lstm, float32 ok 1.2e-06 1.0e-05",
        "gru, float32 error RuntimeError: no kernel",
        "lstm, samples_16, 100 time steps FAILS 3.46 3.00 1.00 -> 3.46 ms",
        "rnn, every_20, 100 time steps measured 1.01",
        "2 of 4 passed; worst is a relative error, or a ratio of times",
    ]


def test_times_are_read_with_their_limits(script, tmp_path):
    path = tmp_path / "times.csv"
    head = "case,cell,time_steps,native_ms,measured_ms,ratio,limit\n"
    path.write_text(head + "samples_16,lstm,100,2.0,7.0,3.5,3.0\nevery_20,gru,100,2.0,2.02,1.01,\n")
    assert script._times(path) == [
        script.Row("lstm, samples_16, 100 time steps", "FAILS", 3.5, 3.0, "2.00 -> 7.00 ms"),
        script.Row("gru, every_20, 100 time steps", "measured", 1.01, None, "2.00 -> 2.02 ms"),
    ]
    assert script._times(tmp_path / "none.csv") == []
