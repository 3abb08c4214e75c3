"""How much the gradients of the sequences in a batch differ."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.quartiles import quartiles
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import GRAD_H, LOG10_GRAD_H, SAMPLE, UNIT

SPREAD = "log10_grad_spread"
VARIATION = "coefficient_of_variation"
SIGNAL_TO_NOISE = "signal_to_noise"
ALIGNMENT = "alignment"


@takes_any_selection(SAMPLE, UNIT)
def gradient_noise(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Spread of the total gradient over sequences, at every time step.

    The norms show how much the gradients of the sequences differ in size. Only the gradients themselves
    (``detail="full"``) show whether they cancel in the mean over the batch.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_h``, dims (step, layer, direction, time, sample), in decades; ``grad_h`` is optional.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, dims (step, layer, direction, time)
        ``log10_grad_spread``: interquartile range of the log10 norms, in decades, over sequences whose norm
        is not zero. ``coefficient_of_variation``: standard deviation of the norms divided by their mean.
        With ``detail="full"`` also, for gradients g_s of n sequences: ``signal_to_noise``,
        ‖mean g‖ / sqrt(Σ‖g_s - mean g‖² / (n - 1)), inf where all gradients are equal; and ``alignment``,
        the mean cosine of all pairs of nonzero gradients, from -1 / (n - 1) to 1. Infinite gradients are
        left out. NaN where fewer than two sequences remain.

    Raises
    ------
    BadRecording
        If the total gradient was not recorded, or there is no such call.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> found = gv.gradient_noise(tree)
    >>> sorted(found.data_vars)
    ['alignment', 'coefficient_of_variation', 'log10_grad_spread', 'signal_to_noise']
    >>> dict(found["alignment"].sizes)
    {'step': 1, 'layer': 1, 'direction': 1, 'time': 20}
    """
    dataset = select_call(data, module=module, call=call)
    norms = check_variable(dataset, LOG10_GRAD_H).transpose(..., SAMPLE)
    values = np.asarray(norms.values, dtype=np.float64)
    template = norms.isel({SAMPLE: 0}, drop=True)
    found = {
        SPREAD: (_quartile_distance(values), "interquartile range of log10 gradient norms", "decades"),
        VARIATION: (_variation(values), "coefficient of variation of the gradient norm", "1"),
    }
    if GRAD_H in dataset:
        gradients = _scaled(np.asarray(dataset[GRAD_H].transpose(..., SAMPLE, UNIT).values, dtype=np.float64))
        found[SIGNAL_TO_NOISE] = (_signal_to_noise(gradients), "signal-to-noise ratio of the gradient", "1")
        found[ALIGNMENT] = (_alignment(gradients), "mean cosine of the gradients of two sequences", "1")
    return with_units(
        {
            name: (template.copy(data=numbers), long_name, units)
            for name, (numbers, long_name, units) in found.items()
        }
    )


def _quartile_distance(log10_norms: np.ndarray) -> np.ndarray:
    finite = np.where(np.isfinite(log10_norms), log10_norms, np.nan)
    low, _, high = quartiles(finite)
    return np.where(np.isfinite(finite).sum(axis=-1) > 1, high - low, np.nan)


def _variation(log10_norms: np.ndarray) -> np.ndarray:
    known = np.where(log10_norms == np.inf, np.nan, log10_norms)
    largest = np.fmax.reduce(known, axis=-1, keepdims=True)
    norms = 10 ** (known - np.where(np.isfinite(largest), largest, 0))
    mean, deviation = _mean_and_deviation(norms[..., None])
    return _ratio(deviation, mean[..., 0])


def _scaled(gradients: np.ndarray) -> np.ndarray:
    """Gradients (..., sample, unit), scaled so that squares stay in range.

    All units of a sequence with a missing or infinite gradient are NaN; units that do not exist are 0.
    """
    infinite = np.isinf(gradients).any(axis=-1, keepdims=True)
    missing = np.isnan(gradients).all(axis=-1, keepdims=True) | infinite
    known = np.where(np.isfinite(gradients), gradients, 0.0)
    counted = np.where(missing, 0.0, known)
    largest = np.abs(counted).max(axis=(-2, -1), keepdims=True)
    return np.where(missing, np.nan, counted / np.where(largest > 0, largest, 1.0))


def _signal_to_noise(gradients: np.ndarray) -> np.ndarray:
    mean, deviation = _mean_and_deviation(gradients)
    return _ratio(np.linalg.norm(mean, axis=-1), deviation)


def _mean_and_deviation(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (..., unit) and standard deviation (...) over sequences of vectors (..., sample, unit)."""
    counted = np.isfinite(values).all(axis=-1, keepdims=True)
    count = counted.sum(axis=-2)
    known = np.where(counted, values, 0.0)
    mean = known.sum(axis=-2) / np.maximum(count, 1)
    squares = np.where(counted, known - mean[..., None, :], 0.0) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = squares.sum(axis=(-2, -1)) / (count[..., 0] - 1)
    return mean, np.sqrt(np.where(count[..., 0] > 1, variance, np.nan))


def _alignment(gradients: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(gradients, axis=-1, keepdims=True)
    counted = length > 0
    directions = np.divide(gradients, length, out=np.zeros_like(gradients), where=counted)
    count = counted.sum(axis=(-2, -1))
    squared = (directions.sum(axis=-2) ** 2).sum(axis=-1)
    return np.where(count > 1, (squared - count) / np.maximum(count * (count - 1), 1), np.nan)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The ratio; inf where only `below` is zero, NaN where both are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return above / below
