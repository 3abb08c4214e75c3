"""Recordings that are killed while they are written, and while they are closed."""

from __future__ import annotations

import os
import shutil
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from faults.deaths import Life, live

PART = 8  # training steps
STEPS = 12 * PART
_MORE = 3  # steps of the session that goes on
_MODULE = "lstm"
_ALONE = threading.Lock()  # warnings are caught in all threads of a process


def _small_parts() -> None:
    """Parts of a few steps, so that a recording of a second has a dozen; only in this process."""
    from gradviz.recording.parts import Limits

    Limits.__new__.__defaults__ = (PART, *Limits.__new__.__defaults__[1:])  # type: ignore[attr-defined]


def train(tape: Any, model: Any, steps: int, after_step: Callable[[], object] = lambda: None) -> None:
    """Train, from one seed, within a tape; without an optimizer, whose making imports a compiler."""
    import torch

    torch.manual_seed(1)
    parameters = list(model.parameters())
    for _ in range(steps):
        loss = model(torch.randn(12, 4, 3))[0].square().mean()
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter.sub_(parameter.grad, alpha=0.1)
        tape.step(loss)
        after_step()


def _model() -> Any:
    import torch

    torch.manual_seed(0)
    return torch.nn.LSTM(3, 8)


def record(begin: Callable[[], None], folder: str, progress: str) -> None:
    """Record a training to the end; every step leaves a byte in another file."""
    import gradviz as gv

    _small_parts()
    model, done = _model(), os.open(progress, os.O_WRONLY | os.O_CREAT)
    begin()
    with gv.record(model, path=folder) as tape:
        train(tape, model, STEPS, lambda: os.write(done, b"."))


def go_on(begin: Callable[[], None], folder: str, steps: int) -> None:
    """Go on with a recording, and begin where it is closed."""
    import gradviz as gv

    model = _model()
    with gv.record(model, path=gv.storage(folder, append=True)) as tape:
        train(tape, model, steps)
        begin()


class Recording:
    """``gv.record`` that is killed anywhere between its first step and its end."""

    name, share = "gv.record", 90

    def __init__(self, context: Any, stage: Path) -> None:
        self._context = context
        self.whole = stage / "recorded"
        self.usual = live(context, record, (str(self.whole), str(stage / "steps")), self.whole)

    def strike(self, folder: Path, dies: Any) -> Life:
        """Record into a folder until death."""
        progress = folder.with_suffix(".steps")
        given = (str(folder), str(progress))
        return live(self._context, record, given, folder, dies=dies, usual=self.usual)

    def judge(self, folder: Path) -> str:
        """What was lost; empty if nothing."""
        progress = folder.with_suffix(".steps")
        taken = progress.stat().st_size if progress.exists() else 0
        return lost(folder, self.whole, least=taken - PART) or mended(self._context, folder, self.whole)


class Closing:
    """A recording that is killed while its parts become one file."""

    name, share = "close", 70

    def __init__(self, context: Any, stage: Path) -> None:
        self._context = context
        self.whole, self._parts = stage / "recorded", stage / "parts"
        self._make_parts()
        undisturbed = stage / "closed"
        shutil.copytree(self._parts, undisturbed)
        self.usual = live(context, go_on, (str(undisturbed), 1), undisturbed)

    def _make_parts(self) -> None:
        from gradviz.capture.record import record_into
        from gradviz.recording.parts import Limits, PartWriter

        writer, model = PartWriter(self._parts, limits=Limits(steps=PART)), _model()
        tape = record_into(writer, model)
        tape.__enter__()
        train(tape, model, STEPS)
        writer.flush()
        writer.abandon()

    def strike(self, folder: Path, dies: Any) -> Life:
        """Close a copy of the parts until death."""
        shutil.copytree(self._parts, folder)
        return live(self._context, go_on, (str(folder), 1), folder, dies=dies, usual=self.usual)

    def judge(self, folder: Path) -> str:
        """What was lost; empty if nothing."""
        return lost(folder, self.whole, least=STEPS) or mended(self._context, folder, self.whole)


def lost(folder: Path, whole: Path, *, least: int, most: int | None = None) -> str:
    """Compare what a killed recording left with one that was not killed.

    Parameters
    ----------
    folder, whole : Path
    least : int
        Steps that must be there.
    most : int
        Steps that are compared, by default all of an undisturbed training.

    Returns
    -------
    str
        What is missing or differs; empty if nothing.
    """
    import gradviz as gv
    from gradviz.errors import BadRecording

    expected = gv.load(whole)
    with _ALONE, warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = gv.load(folder)
        except (BadRecording, FileNotFoundError) as error:
            return f"nothing can be loaded: {error}" if least > 0 else ""
        except UserWarning as error:
            return f"a finished part cannot be loaded: {error}"
    steps = found[_MODULE]["step"].values
    if steps.tolist() != list(range(len(steps))) or len(steps) < least:
        return f"{len(steps)} steps were loaded; at least {least} were finished"
    for node, dim in (("/", "iteration"), (_MODULE, "step")):
        ours, theirs = found[node].to_dataset(inherit=False), expected[node].to_dataset(inherit=False)
        count = min(ours.sizes[dim], STEPS if most is None else most)
        for name in theirs.data_vars:
            pair = (
                one[name].isel({dim: slice(count)}) if dim in one[name].dims else one[name]
                for one in (ours, theirs)
            )
            if not np.array_equal(*(one.values for one in pair), equal_nan=True):
                return f"{name} differs from the undisturbed recording"
    return ""


def mended(context: Any, folder: Path, whole: Path) -> str:
    """Go on with what was left: nothing of the dead process may be in the way, or stay."""
    before = _steps_in(folder)
    life = live(context, go_on, (str(folder), _MORE), folder)
    if life.exit_code != 0:
        return f"a new recording could not go on (exit code {life.exit_code})"
    left = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    if left != ["recording.nc"]:
        return f"files are left: {', '.join(left)}"
    return lost(folder, whole, least=before + _MORE, most=min(before, STEPS))


def _steps_in(folder: Path) -> int:
    import gradviz as gv
    from gradviz.recording.file_names import holds_recording

    return gv.load(folder)[_MODULE].sizes["step"] if holds_recording(folder) else 0
