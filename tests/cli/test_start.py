"""Ctrl-C while the command line is imported."""

import signal
import subprocess
import sys

import pytest

from gradviz.cli import main as main_module
from gradviz.cli.start import start

# Begins a command that gets SIGINT at the moment at which it imports click.
INTERRUPTED = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
signal.signal(signal.SIGINT, getattr(signal, sys.argv.pop()))
from gradviz.cli.start import start
start()
"""


@pytest.mark.parametrize(
    ("handler", "code", "said"),
    [("default_int_handler", 130, "interrupted\n"), ("SIG_IGN", 0, "")],  # the latter in the background
)
def test_an_interrupt_of_the_imports(handler, code, said):
    command = [sys.executable, "-c", INTERRUPTED, "--version", handler]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, said)
    assert ("version" in done.stdout) is (code == 0)


def test_after_the_imports_it_is_an_exception_again(monkeypatch):
    before, seen = signal.getsignal(signal.SIGINT), []
    monkeypatch.setattr(main_module, "main", lambda: seen.append(signal.getsignal(signal.SIGINT)))
    start()
    assert seen == [before]
    assert signal.getsignal(signal.SIGINT) is before
