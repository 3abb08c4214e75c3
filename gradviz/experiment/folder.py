"""A run's folder: its configuration, metrics and circumstances beside its recording."""

from __future__ import annotations

import csv
import json
import os
import platform
import shutil
from collections.abc import Iterable
from pathlib import Path

import tomli_w
import torch

from gradviz.experiment.config import Experiment
from gradviz.recording.provenance import provenance
from gradviz.training.loop import TrainingStep

CONFIG, METRICS, ENVIRONMENT = "config.toml", "metrics.csv", "environment.json"


def prepare(folder: Path, experiment: Experiment, *, overwrite: bool = False) -> Path:
    """Make a run's folder and write what is known before the run.

    Raises
    ------
    FileExistsError
        When it holds a run already and ``overwrite`` is false.
    """
    if not overwrite:
        check_free(folder)
    elif (folder / CONFIG).exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / CONFIG, tomli_w.dumps(experiment.table()))
    _write(folder / ENVIRONMENT, json.dumps(environment(), indent=2) + "\n")
    return folder


def check_free(folder: Path) -> None:
    """Refuse a folder that holds a run.

    Raises
    ------
    FileExistsError
        When it does.
    """
    if (folder / CONFIG).exists():
        raise FileExistsError(f"{folder} holds a run already; choose another folder, or --overwrite")


def write_metrics(folder: Path, steps: Iterable[TrainingStep]) -> None:
    """``metrics.csv``: one row a training step."""
    with open(folder / METRICS, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        for position, step in enumerate(steps):
            if not position:
                rows.writerow(["step", "loss", *step.metrics])
            rows.writerow([step.step, step.loss, *step.metrics.values()])


def environment() -> dict[str, object]:
    """Versions and machine, as far as they can change a number."""
    return {
        **provenance(),
        "platform": platform.platform(),
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
    }


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
