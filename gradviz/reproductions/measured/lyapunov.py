"""Lyapunov exponents of a run's recurrent layer, before the training and after it."""

from __future__ import annotations

from pathlib import Path

import torch
import xarray as xr
from torch import Tensor, nn

from gradviz.capture.recurrent_modules import recurrent_layers
from gradviz.dynamics.lyapunov import lyapunov_spectrum
from gradviz.experiment.run.before_training import load_untrained
from gradviz.experiment.run.trained import load_trained
from gradviz.models.evaluation_mode import evaluation_mode
from gradviz.tasks.task_table import Task

BEFORE, AFTER = "lyapunov_before", "lyapunov_after"
NEUTRAL_BEFORE, NEUTRAL_AFTER = "lyapunov_neutral_before", "lyapunov_neutral_after"
CHANGE, TOWARDS_ZERO = "lyapunov_change", "lyapunov_towards_zero"
NAMES = (BEFORE, AFTER, NEUTRAL_BEFORE, NEUTRAL_AFTER, CHANGE, TOWARDS_ZERO)

NEUTRAL = 0.05
"""An exponent that is nearer to zero than this counts as neutral, in nats per time step."""

_SEQUENCES = 16
_SEED = 0  # of the sequences that drive the layer, the same before and after


def measure(folder: Path) -> dict[str, float]:
    """The largest exponents of the last recurrent layer, driven by sequences of the task.

    The second half of the time steps counts; the first half aligns the vectors.

    Parameters
    ----------
    folder : Path
        Of a run whose model has one ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU``.

    Returns
    -------
    dict of str to float
        ``lyapunov_before`` and ``lyapunov_after``, the largest exponent in nats per time step; their
        difference ``lyapunov_change``, positive if it rose; ``lyapunov_towards_zero``, by how much it came
        nearer to zero; and ``lyapunov_neutral_before`` and ``lyapunov_neutral_after``, the number of
        exponents nearer to zero than `NEUTRAL`.

    Raises
    ------
    ValueError
        If the model has no such layer, or several.
    FileNotFoundError
        If there is no run, or it has no checkpoint.
    """
    before, after = _spectrum(*load_untrained(folder)), _spectrum(*load_trained(folder))
    first, last = before[0].item(), after[0].item()
    return {
        BEFORE: first,
        AFTER: last,
        NEUTRAL_BEFORE: _neutral(before),
        NEUTRAL_AFTER: _neutral(after),
        CHANGE: last - first,
        TOWARDS_ZERO: abs(first) - abs(last),
    }


def _spectrum(model: nn.Module, task: Task) -> xr.DataArray:
    layers = list(recurrent_layers(model).values())
    if len(layers) != 1:
        raise ValueError(
            f"Lyapunov exponents need a model with one nn.RNN, nn.LSTM or nn.GRU; this has {len(layers)}"
        )
    inputs, _ = task.batch(_SEQUENCES, torch.Generator().manual_seed(_SEED))
    x = _input_of(layers[0], model, inputs)
    steps = x.shape[1 if layers[0].batch_first else 0]
    return lyapunov_spectrum(layers[0], x, warmup=steps // 2, layer=layers[0].num_layers - 1)


def _input_of(layer: nn.RNNBase, model: nn.Module, inputs: object) -> Tensor:
    """What the layer reads when the model reads ``inputs``."""
    seen: list[Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    try:
        with torch.no_grad(), evaluation_mode(model):
            model(inputs)
    finally:
        hook.remove()
    return seen[0]


def _neutral(spectrum: xr.DataArray) -> float:
    return float((abs(spectrum) < NEUTRAL).sum())
