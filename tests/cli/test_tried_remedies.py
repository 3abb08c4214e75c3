"""The progress bar of tries."""

import io
import sys

import pytest

from gradviz.cli import tried_remedies


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "delay", "is_shown"), [(Terminal, 0, True), (Terminal, 1e6, False), (io.StringIO, 0, False)]
)
def test_a_bar_on_a_terminal_for_what_takes_long(monkeypatch, stream, delay, is_shown):
    monkeypatch.setattr(sys, "stderr", stream())
    monkeypatch.setattr(tried_remedies, "_DELAY", delay)
    with tried_remedies._tries_bar() as show:
        show("untouched", 1, 2)
        show("clip", 3, 8)
    assert ("3/8" in sys.stderr.getvalue() and "clip" in sys.stderr.getvalue()) is is_shown
