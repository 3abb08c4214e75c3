"""Ctrl-C and SIGTERM while the command line is imported."""

import signal
import subprocess
import sys
import threading

import pytest

from gradviz.cli import main as main_module
from gradviz.cli.start import ended_at_once, start

# Begins a command that gets SIGINT at the moment at which it imports click.
INTERRUPTED = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), getattr(signal, number))

sys.meta_path.insert(0, Interrupt())
number, handler = sys.argv[-2:]
del sys.argv[-2:]
signal.signal(getattr(signal, number), getattr(signal, handler))
from gradviz.cli.start import start
start()
"""


@pytest.mark.parametrize(
    ("number", "handler", "code", "said"),
    [
        ("SIGINT", "default_int_handler", 130, "interrupted\n"),
        ("SIGINT", "SIG_IGN", 0, ""),  # in the background
        ("SIGTERM", "SIG_DFL", 143, "gradviz: terminated\n"),
    ],
)
def test_a_signal_during_the_imports(number, handler, code, said):
    command = [sys.executable, "-c", INTERRUPTED, "--version", number, handler]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, said)
    assert ("version" in done.stdout) is (code == 0)


def test_after_the_imports_it_is_an_exception_again(monkeypatch):
    before, seen = signal.getsignal(signal.SIGINT), []
    monkeypatch.setattr(main_module, "main", lambda: seen.append(signal.getsignal(signal.SIGINT)))
    start()
    assert seen == [before]
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_signals_are_left_alone(monkeypatch):
    seen = []
    monkeypatch.setattr(main_module, "main", lambda: seen.append(threading.current_thread().name))
    thread = threading.Thread(target=start, name="other")
    thread.start()
    thread.join()
    assert seen == ["other"]


def test_a_handler_of_someone_else_stays():
    def mine(number, frame):
        pass

    before = signal.signal(signal.SIGTERM, mine)
    try:
        with ended_at_once():
            assert signal.getsignal(signal.SIGTERM) is mine
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
