"""The progress bar of tries."""

import io
import sys

import pytest
import torch

import gradviz as gv
from gradviz import progress_bar
from gradviz.remedies.tries_bar import tries_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "delay", "is_shown"), [(Terminal, 0, True), (Terminal, 1e6, False), (io.StringIO, 0, False)]
)
def test_a_bar_on_a_terminal_for_what_takes_long(monkeypatch, stream, delay, is_shown):
    monkeypatch.setattr(sys, "stderr", stream())
    monkeypatch.setattr(progress_bar, "DELAY", delay)
    with tries_bar() as show:
        show("untouched", 1, 2)
        show("clip", 3, 8)
    assert ("3/8" in sys.stderr.getvalue() and "clip" in sys.stderr.getvalue()) is is_shown


def make():
    task = gv.tasks.adding(length=6)
    generator = torch.Generator().manual_seed(0)
    model = gv.SequenceModel("rnn", task.input_size, 3, task.output_size)
    return model, (task.batch(4, generator) for _ in range(2)), task.loss, torch.optim.Adam


def test_it_is_what_is_told_of_progress_by_default(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress_bar, "DELAY", 0)
    gv.try_remedies(make, steps=2, progress=lambda *_: None)
    assert sys.stderr.getvalue() == ""
    gv.try_remedies(make, steps=2)
    assert "untouched" in sys.stderr.getvalue()
