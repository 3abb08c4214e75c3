"""Checks and times the recorder on the GPU of this machine, and prints one table.

Run by ``scripts/gpu_check.sh``.  It needs torch and the packages that gradviz needs to record, but
not pytest.  ``GRADVIZ_DEVICE=cpu`` tests the script itself on a machine without a GPU.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DEVICE = os.environ.get("GRADVIZ_DEVICE", "cuda")
FIRST_CHECK, EACH_CHECK = 60, 45  # seconds that a check may take; the first one waits for the imports
ALL_CHECKS, BENCHMARK = 150, 110  # seconds in all
_ENDED = ""
TO_RECORD = ("numpy", "pandas", "xarray", "h5netcdf", "h5py")
TO_TIME = ("click", "tqdm", "matplotlib", "seaborn")


class Row(NamedTuple):
    """One line of the table."""

    check: str
    result: str
    worst: float | None = None
    limit: float | None = None
    note: str = ""


def main(folder: Path) -> int:
    """Run everything; return 0 if everything passed, 1 if something failed or could not be run."""
    missing = [name for name in (*TO_RECORD, *TO_TIME) if importlib.util.find_spec(name) is None]
    if missing:
        print(f"missing: {' '.join(missing)}; install: {sys.executable} -m pip install {' '.join(missing)}")
    if set(missing) & set(TO_RECORD):
        return 1
    print(_machine(), flush=True)
    rows = _run_checks()
    rows += _time(folder) if not missing else [Row("benchmark", "not done", note="packages are missing")]
    print(_table(rows))
    return int(any(row.result not in {"ok", "measured"} for row in rows))


def _machine() -> str:
    import torch

    if DEVICE == "cpu":
        return f"CPU, torch {torch.__version__}"
    cudnn = torch.backends.cudnn
    return (
        f"{torch.cuda.get_device_name()}, torch {torch.__version__}, CUDA {torch.version.cuda}, "
        f"cuDNN {cudnn.version()}; TF32 as set by PyTorch: cuDNN {cudnn.allow_tf32}, "
        f"products {torch.backends.cuda.matmul.allow_tf32}"
    )


def _environment() -> dict[str, str]:
    """The environment with the repository first on Python's path, before the caller's own entries."""
    paths = [str(ROOT), str(ROOT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "MPLBACKEND": "Agg"}


def _run_checks() -> list[Row]:
    """Run the checks in a separate process, which is restarted after one that hangs or breaks the device."""
    command = [sys.executable, __file__, "--list"]
    listed = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if listed.returncode:
        return [Row("checks", "not done", note=listed.stderr.strip().splitlines()[-1])]
    waiting = json.loads(listed.stdout.splitlines()[-1])
    rows: list[Row] = []
    end = time.monotonic() + ALL_CHECKS
    while waiting and time.monotonic() < end:
        done = _run_until_broken(waiting, end)
        rows += done
        waiting = waiting[len(done) :]
    return rows + [Row(name, "not done", note="no time was left") for name in waiting]


def _run_until_broken(names: list[str], end: float) -> list[Row]:
    """Rows of the first checks, at least of one: the last may be one that hung or broke the process."""
    command = [sys.executable, __file__, "--checks", *names]
    rows: list[Row] = []
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True) as process:
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_pass_on, args=(process, lines), daemon=True).start()
        while len(rows) < len(names):
            patience = min(EACH_CHECK if rows else FIRST_CHECK, max(end - time.monotonic(), 0))
            try:
                line = lines.get(timeout=patience)
            except queue.Empty:
                rows.append(Row(names[len(rows)], "hangs", note=f"no answer within {patience:.0f} s"))
                break
            if line == _ENDED:
                rows.append(Row(names[len(rows)], "crashed", note="its process ended"))
                break
            if line.startswith("{"):
                rows.append(Row(**json.loads(line)))
        process.kill()
    return rows


def _pass_on(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """Put every line of a process into a queue, and an empty one at its end."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(_ENDED)


def _check(names: list[str]) -> None:
    """Run in the separate process: print a line of JSON for each check; stop if the device is broken."""
    import torch
    from on_device import CHECKS

    for name in names:
        try:
            outcome = CHECKS[name](DEVICE)
            row = Row(name, "ok" if outcome.passed else "FAILS", outcome.worst, outcome.limit)
        except Exception as error:
            text = " ".join(str(error).split())
            row = Row(name, "error", note=f"{type(error).__name__}: {text[:140]}")
        print(json.dumps(row._asdict()), flush=True)
        if "CUDA error" in row.note:
            sys.exit(1)
        if DEVICE == "cuda":
            torch.cuda.empty_cache()


def _time(folder: Path) -> list[Row]:
    """Run ``gradviz benchmark``; if it does not finish, the results so far are used."""
    command = [sys.executable, "-m", "gradviz", "benchmark", "--device", DEVICE]
    command += (
        ["--lengths", "5", "--units", "4", "--threads", "1"] if DEVICE == "cpu" else ["--lengths", "100,800"]
    )
    command += ["--seconds", "1", "--pairs", "9", "-o", str(folder)]
    (folder / "times.csv").unlink(missing_ok=True)
    note = ""
    try:
        done = subprocess.run(
            command, env=_environment(), capture_output=True, text=True, timeout=BENCHMARK, check=False
        )
        if done.returncode:
            note = (done.stderr.strip().splitlines() or ["no message"])[-1]
    except subprocess.TimeoutExpired:
        note = f"did not finish within {BENCHMARK} s"
    rows = _times(folder / "times.csv")
    return [*rows, Row("benchmark", "not done", note=note)] if note or not rows else rows


def _times(path: Path) -> list[Row]:
    """The benchmark's ratios to the native step, with their limits if there are any."""
    if not path.exists():
        return []
    rows = []
    with path.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            ratio, limit = float(line["ratio"]), float(line["limit"]) if line["limit"] else None
            result = "measured" if limit is None else "ok" if ratio <= limit else "FAILS"
            note = f"{float(line['native_ms']):.2f} -> {float(line['measured_ms']):.2f} ms"
            name = f"{line['cell']}, {line['case']}, {line['time_steps']} time steps"
            rows.append(Row(name, result, ratio, limit, note))
    return rows


def _table(rows: list[Row]) -> str:
    """Check, result, worst error or ratio, limit, and a note."""
    width = max(len(row.check) for row in rows)
    lines = [f"{'check':{width}}  {'result':9}  {'worst':>8}  {'limit':>7}  note"]
    for row in rows:
        worst, limit = (
            "" if value is None else f"{value:.2f}" if "time steps" in row.check else f"{value:.1e}"
            for value in (row.worst, row.limit)
        )
        lines.append(f"{row.check:{width}}  {row.result:9}  {worst:>8}  {limit:>7}  {row.note}".rstrip())
    good = sum(row.result in {"ok", "measured"} for row in rows)
    return "\n".join(
        [*lines, f"{good} of {len(rows)} passed; worst is a relative error, or a ratio of times"]
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["--list"]:
        from on_device import checks_for

        print(json.dumps(list(checks_for(DEVICE))))
    elif arguments[:1] == ["--checks"]:
        _check(arguments[1:])
    elif arguments:
        Path(arguments[0]).mkdir(parents=True, exist_ok=True)
        sys.exit(main(Path(arguments[0])))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            sys.exit(main(Path(temporary)))
