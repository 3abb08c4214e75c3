"""The order in which every figure shows gates."""

from __future__ import annotations

from collections.abc import Iterable

import xarray as xr

from gradviz.vocabulary import GATE

_SHOWN = ("reset", "forget", "update", "input", "candidate", "output")


def in_order(names: Iterable[str]) -> list[str]:
    """Gates, or paths of the gradient, in the order in which figures show them.

    Parameters
    ----------
    names : iterable of str
        A recording has the gates of an LSTM in the order of PyTorch's weights.

    Returns
    -------
    list of str
        Forget, input, candidate, output for an LSTM; reset, update, candidate for a GRU. Other names keep
        their places.

    Examples
    --------
    >>> from gradviz.plots.drawing.gate_order import in_order
    >>> in_order(["input", "forget", "candidate", "output"])
    ['forget', 'input', 'candidate', 'output']
    """
    given = list(names)
    known = iter(sorted((name for name in given if name in _SHOWN), key=_SHOWN.index))
    return [next(known) if name in _SHOWN else name for name in given]


def gates_in_order(data: xr.Dataset, dim: str = GATE) -> xr.Dataset:
    """A recording with its gates, or its paths, in the order in which figures show them.

    Parameters
    ----------
    data : Dataset
    dim : {"gate", "path"}
        Has labels; a recording without this dim is returned as it is.

    Returns
    -------
    Dataset
    """
    if dim not in data.dims or dim not in data.coords:
        return data
    names = [str(name) for name in data[dim].values]
    return data.isel({dim: [names.index(name) for name in in_order(names)]})
