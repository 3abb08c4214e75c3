"""Starts a training in several processes, each with gloo, and never waits for longer than it should."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent
SECONDS = 240  # a training that has not ended by then is a deadlock


def launch(folder, *cases, processes=2):
    """Run cases of `trainings.py` one after the other; exit code and text of each process, by rank."""
    meeting = folder / f"meeting-{cases[0]}"
    started = [
        subprocess.Popen(
            [sys.executable, str(HERE / "trainings.py"), str(folder), meeting.as_uri(), *cases],
            env={**_environment(), "RANK": str(rank), "WORLD_SIZE": str(processes)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(processes)
    ]
    return _ended(started)


def launch_by_torchrun(folder, *cases, processes=2):
    """The same by torchrun, as its users start it; of all processes together."""
    arguments = ["--standalone", "--nproc-per-node", str(processes), str(HERE / "trainings.py")]
    started = subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", *arguments, str(folder), "env://", *cases],
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return _ended([started])[0]


def _environment():
    paths = [str(TESTS.parent), str(TESTS), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "OMP_NUM_THREADS": "1"}


def _ended(started):
    try:
        texts = [process.communicate(timeout=SECONDS)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    return [(process.returncode, text) for process, text in zip(started, texts, strict=True)]
