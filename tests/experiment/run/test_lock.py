"""One process at a time."""

import os
import signal
import subprocess
import sys

import pytest

from gradviz.experiment.run.lock import RunIsBusy, locked

HOLDER = """
import sys, time
from pathlib import Path
from gradviz.experiment.run.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
def test_another_process_gets_an_error_and_a_killed_one_releases_the_lock(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunIsBusy, match="is being written by another process"), locked(tmp_path):
            pytest.fail("both were let in")
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    with locked(tmp_path):
        pass


def test_it_is_released_after_an_exception(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path):
        raise KeyError
    with locked(tmp_path):
        pass
