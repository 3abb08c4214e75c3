"""The sound files that are damaged, and how each is read."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w
from faults import fingerprints
from faults.damages import Change

STORED = Path(__file__).parents[1] / "recording" / "stored" / "format_1.nc.gz"
PARTS = 3
EXPERIMENT = {
    "name": "small",
    "task": {"name": "adding", "length": 6},
    "model": {"cell": "lstm", "hidden_size": 3},
    "training": {"steps": 4, "batch_size": 2},
    "recording": {"every": 1, "samples": 2},
}


class Sample(NamedTuple):
    """Files of one kind.

    Attributes
    ----------
    folder : str
        Where `make_samples` puts them.
    targets : tuple of str
        Patterns of the files of which one is damaged.
    read : callable
        Takes a folder, and an attribute that is not compared; returns the fingerprint of what is read.
    has_digest : bool
        Whether other numbers must be noticed.
    is_hdf5 : bool
    """

    folder: str
    targets: tuple[str, ...]
    read: Callable[[Path, Change | None], str]
    has_digest: bool = True
    is_hdf5: bool = False


def _recording(folder: Path, change: Change | None) -> str:
    import gradviz as gv

    return fingerprints.of_tree(gv.load(folder), without=change)


def _resumed(folder: Path, change: Change | None) -> str:
    """Finish a run, and read what it leaves."""
    from gradviz.experiment.config.resolve import resolve
    from gradviz.experiment.run.run import run

    run(resolve(EXPERIMENT), folder, begin="resume")
    return of_run(folder)


def of_run(folder: Path) -> str:
    """The fingerprint of a finished run: its recording, metrics, weights and results, without the seconds."""
    from gradviz.experiment.run.checkpoint import load_checkpoint
    from gradviz.experiment.run.finished import read_finished

    result, checkpoint = read_finished(folder), load_checkpoint(folder)
    kept = (result.outcome, result.steps, result.final, (folder / "metrics.csv").read_bytes())
    training = checkpoint.training if checkpoint else None
    return _recording(folder, None) + fingerprints.of_values([kept, training])


def _done(folder: Path, change: Change | None) -> str:
    from gradviz.experiment.run.finished import read_finished
    from gradviz.experiment.run.metrics_file import read_metrics

    result = read_finished(folder)
    return fingerprints.of_values(
        [result.outcome, result.steps, result.final, read_metrics(folder / "metrics.csv")]
    )


def _experiment(folder: Path, change: Change | None) -> str:
    from gradviz.experiment.config.experiment_file import read_experiment

    return fingerprints.of_values(read_experiment(folder / "experiment.toml").table())


_FILE, _PART = ("recording.nc",), ("parts/part-*.nc",)
SAMPLES = {
    "recording.nc": Sample("recording", _FILE, _recording, is_hdf5=True),
    "a part of a recording": Sample("parts", _PART, _recording, is_hdf5=True),
    "recording.nc of format 1": Sample("format_1", _FILE, _recording, has_digest=False, is_hdf5=True),
    "checkpoint.pt, resumed": Sample("unfinished", ("checkpoint.pt",), _resumed),
    "metrics.csv, resumed": Sample("unfinished", ("metrics.csv",), _resumed),
    "a part of a run, resumed": Sample("unfinished", _PART, _resumed),
    "metrics.csv of a run that is done": Sample("done", ("metrics.csv",), _done),
    "result.json of a run that is done": Sample("done", ("result.json",), _done),
    "experiment.toml": Sample("experiment", ("experiment.toml",), _experiment, has_digest=False),
}


def make_samples(folder: Path) -> None:
    """Write the sound files of all samples, each in its folder."""
    make_recordings(folder)
    make_runs(folder)
    (folder / "experiment").mkdir()
    (folder / "experiment" / "experiment.toml").write_text(tomli_w.dumps(EXPERIMENT), encoding="utf-8")


def make_recordings(folder: Path) -> None:
    """Write the samples that are recordings only."""
    from hostile.recordings import sound

    from gradviz.recording.parts import Limits, PartWriter
    from gradviz.recording.save import save

    save(sound(), folder / "recording")
    writer = PartWriter(folder / "parts", limits=Limits(steps=2))
    _record(writer, steps=2 * PARTS)
    writer.flush()
    writer.abandon()
    (folder / "format_1").mkdir()
    (folder / "format_1" / "recording.nc").write_bytes(gzip.decompress(STORED.read_bytes()))


def _record(writer: Any, *, steps: int) -> None:
    import torch

    from gradviz.capture.record import record_into

    torch.manual_seed(0)
    model = torch.nn.GRU(2, 3)
    tape = record_into(writer, model)
    tape.__enter__()
    for _ in range(steps):
        loss = model(torch.randn(5, 2, 2))[0].square().mean()
        loss.backward()
        tape.step(loss)


class _Leaves(Exception):
    """A run that ends in the middle."""


def make_runs(folder: Path) -> None:
    """Write the samples that are runs: one that is done, and one that was left in the middle."""
    from gradviz.experiment.config.resolve import resolve
    from gradviz.experiment.run.run import run

    def leave(step: Any) -> None:
        if step.step == EXPERIMENT["training"]["steps"] - 2:
            raise _Leaves

    experiment = resolve(EXPERIMENT)
    run(experiment, folder / "done")
    try:
        run(experiment, folder / "unfinished", on_step=leave, checkpoint_seconds=0.0)
    except _Leaves:
        return
    raise RuntimeError("the run was to end in the middle")


def left_out(messages: list[warnings.WarningMessage], part: Path, steps: str) -> bool:
    """Whether a warning names a part and, if they are known, its training steps."""
    return any(
        part.name in (text := str(one.message)) and all(word in text for word in steps.split("-"))
        for one in messages
    )
