"""One experiment, trained and recorded into its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from gradviz.capture.record import record
from gradviz.experiment.build import build
from gradviz.experiment.config import Experiment
from gradviz.experiment.folder import prepare, write_metrics
from gradviz.training.loop import TrainingStep, train


def run(
    experiment: Experiment,
    folder: Path,
    *,
    overwrite: bool = False,
    on_step: Callable[[TrainingStep], None] | None = None,
) -> nn.Module:
    """Train and record; the folder then holds config, environment, metrics and recording.

    Parameters
    ----------
    experiment : Experiment
    folder : Path
    overwrite : bool
        Whether a run that is there may be replaced.
    on_step : callable, optional
        Is given every training step, for a progress bar.

    Returns
    -------
    nn.Module
        Trained.

    Raises
    ------
    FileExistsError
        When the folder holds a run and ``overwrite`` is false.
    Diverged
        When the loss is no longer finite; everything up to there is kept.
    """
    torch.manual_seed(experiment.seed)
    model, task = build(experiment)
    prepare(folder, experiment, overwrite=overwrite)
    steps: list[TrainingStep] = []
    metadata = {
        "config": experiment.table(),
        "seed": experiment.seed,
        "lag": task.lag,
        "baseline": task.baseline,
        "baseline_meaning": task.baseline_meaning,
        "informative": list(task.informative),
    }
    how = experiment.recording
    try:
        with record(
            model,
            every=how.every,
            samples=how.sample_count,
            detail=how.detail,
            path=folder,
            metadata=metadata,
        ) as tape:
            for step in train(model, task, experiment.optimisation()):
                steps.append(step)
                tape.step(step.loss, **step.metrics)
                if on_step is not None:
                    on_step(step)
    finally:
        write_metrics(folder, steps)
    return model
