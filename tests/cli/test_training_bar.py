"""The bar moves with the steps, on a terminal only."""

import io
import sys

from gradviz import progress_bar
from gradviz.cli.training_bar import training_bar
from gradviz.training.loop import TrainingStep


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress_bar, "DELAY", 0)
    with training_bar(10, "adding") as show:
        show(TrainingStep(6, 0.25, {}))
        show(TrainingStep(7, 0.125, {}))
    return stream.getvalue()


def test_a_resumed_training_begins_where_it_stopped(monkeypatch):
    text = shown(monkeypatch, Terminal())
    assert "8/10" in text
    assert "adding" in text
    assert "loss=0.125" in text


def test_it_is_silent_without_a_terminal(monkeypatch):
    assert shown(monkeypatch, io.StringIO()) == ""
