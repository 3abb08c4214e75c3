"""Recordings in TensorBoard: scalars while a training runs, and everything of a finished recording."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import xarray as xr

from gradviz.measures.scalars import PREFIX, scalars, series_name
from gradviz.recording.tree import named_modules, select_call
from gradviz.vocabulary import DIRECTION, GATE, GATES, LAYER, LOG10_GRAD_H, STEP, UNIT_MEAN

_METHODS = ("add_scalar", "add_histogram", "add_figure", "flush")


def tensorboard_log(to: Any) -> Callable[..., None]:
    """A function for ``gradviz.record(model, log=...)`` that writes to TensorBoard.

    Parameters
    ----------
    to : path-like or SummaryWriter
        The folder that TensorBoard reads, or a ``torch.utils.tensorboard.SummaryWriter``, which stays open.

    Returns
    -------
    callable ``(dict of str to float, step) -> None``
        What it was given is on disk when it returns.

    Raises
    ------
    ModuleNotFoundError
        If a folder is given and tensorboard is not installed.
    TypeError
        If it is neither a path nor a writer.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch.utils.tensorboard import SummaryWriter  # doctest: +SKIP
    >>> tape = gv.record(model, log=gv.tensorboard_log("logs"))  # doctest: +SKIP
    >>> class Printing:  # has the methods of a SummaryWriter
    ...     def add_scalar(self, name, value, step):
    ...         print(name, value, step)
    ...     add_histogram = add_figure = None
    ...     def flush(self):
    ...         pass
    >>> gv.tensorboard_log(Printing())({"loss": 0.5}, step=3)
    loss 0.5 3
    """
    writer = to if _is_writer(to) else _new_writer(to)

    def log(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)
        writer.flush()

    return log


def to_tensorboard(recording: xr.DataTree | xr.Dataset, to: Any) -> None:
    """Write a recording for TensorBoard: scalars, histograms and the gradient heatmaps as images.

    Parameters
    ----------
    recording : DataTree or Dataset
        From `gradviz.load` or ``tape.tree``, or the recording of one module.
    to : path-like or SummaryWriter
        The folder that TensorBoard reads, or a ``torch.utils.tensorboard.SummaryWriter``, which stays open.

    Raises
    ------
    ModuleNotFoundError
        If a folder is given and tensorboard is not installed.
    TypeError
        If this is not a recording, or ``to`` is neither a path nor a writer.

    Notes
    -----
    Under Scalars stands what `gradviz.scalars` names. For each layer and direction, such as
    ``gradviz/lstm/layer0/forward``, stand under Histograms at each recorded training step
    ``<gate>_activation``, over all activations with ``detail="full"``, otherwise over the mean activations of
    the units; and ``log10_grad_h``, over time steps and sequences, without gradients of exactly zero. Under
    Images stands ``gradient_heatmap`` of the whole recording, at its last step.

    Examples
    --------
    >>> import gradviz as gv
    >>> tree = gv.load("runs/mine")  # doctest: +SKIP
    >>> gv.to_tensorboard(tree, "logs/mine")  # doctest: +SKIP
    >>> class Listing:  # has the methods of a SummaryWriter
    ...     def __init__(self):
    ...         self.histograms = []
    ...     def add_histogram(self, name, values, step):
    ...         self.histograms.append(name)
    ...     def add_scalar(self, name, value, step):
    ...         pass
    ...     def add_figure(self, name, figure, step):
    ...         print(name)
    ...     def flush(self):
    ...         pass
    >>> from torch import nn
    >>> writer = Listing()
    >>> gv.to_tensorboard(gv.probe(nn.RNN(2, 4, batch_first=True), length=9), writer)
    gradviz/rnn/layer0/forward/gradient_heatmap
    >>> writer.histograms
    ['gradviz/rnn/layer0/forward/hidden_activation', 'gradviz/rnn/layer0/forward/log10_grad_h']
    """
    by_step = scalars(recording)
    with _writing(to) as writer:
        for step, values in by_step.items():
            for name, value in values.items():
                writer.add_scalar(name, value, step)
        for name, dataset in named_modules(recording).items():
            for place, series in _series(dataset):
                _write_series(writer, f"{PREFIX}/{name}/{place}", series)


def _series(dataset: xr.Dataset) -> Iterator[tuple[str, xr.Dataset]]:
    """Each layer and direction, with its part of a tag; the dims stay, with one label each."""
    pooled = select_call(dataset)
    for layer in pooled[LAYER].values:
        for direction in pooled[DIRECTION].values:
            yield series_name(layer, direction), pooled.sel({LAYER: [layer], DIRECTION: [direction]})


def _write_series(writer: Any, tag: str, series: xr.Dataset) -> None:
    activations = GATES if GATES in series else UNIT_MEAN
    steps = series[STEP].values.tolist()
    for place, step in enumerate(steps):
        at = series.isel({STEP: place})
        if activations in at:
            for gate in at[GATE].values:
                _histogram(writer, f"{tag}/{gate}_activation", at[activations].sel({GATE: gate}), step)
        if LOG10_GRAD_H in at:
            _histogram(writer, f"{tag}/{LOG10_GRAD_H}", at[LOG10_GRAD_H], step)
    if LOG10_GRAD_H in series:
        import matplotlib.pyplot as plt

        from gradviz.plots.gradient_heatmap import plot_gradient_heatmap

        figure: Any = plot_gradient_heatmap(series).figure
        writer.add_figure(f"{tag}/gradient_heatmap", figure, steps[-1])
        plt.close(figure)


def _histogram(writer: Any, tag: str, values: xr.DataArray, step: int) -> None:
    finite = values.values[np.isfinite(values.values)]
    if finite.size:
        writer.add_histogram(tag, finite.astype(np.float64), step)


def _is_writer(to: Any) -> bool:
    return not isinstance(to, type) and all(hasattr(to, name) for name in _METHODS)


@contextmanager
def _writing(to: Any) -> Iterator[Any]:
    """The writer itself, flushed at the end, or a new one, closed at the end."""
    writer = to if _is_writer(to) else _new_writer(to)
    try:
        yield writer
    finally:
        writer.flush()
        if writer is not to:
            writer.close()


def _new_writer(folder: Any) -> Any:
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(
            "TensorBoard needs a folder or a torch.utils.tensorboard.SummaryWriter; "
            f"got {type(folder).__name__}"
        )
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ModuleNotFoundError(
            'TensorBoard is not installed: pip install "gradviz[tensorboard]"'
        ) from error
    return SummaryWriter(os.fspath(folder))
