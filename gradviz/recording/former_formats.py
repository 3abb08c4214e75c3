"""Reads recordings of earlier format versions."""

from __future__ import annotations

from numbers import Integral

import xarray as xr

from gradviz.recording.provenance import FORMAT_ATTRIBUTE
from gradviz.vocabulary import CELL, REPLAY_ERROR, is_metric

_FORMER_ATTRIBUTES = {"parity": REPLAY_ERROR}  # of a module


def from_former_format(tree: xr.DataTree) -> xr.DataTree:
    """A recording with the names of this version.

    In format 1 the attributes of a module are those of its first recorded call, and there are no variables
    ``length`` and ``batch_size``. The file does not tell what they were later, so they stay as they are.

    Parameters
    ----------
    tree : DataTree
        As read from a file.

    Returns
    -------
    DataTree
        The same tree if it is of this version. In one of format 1, ``parity`` becomes ``replay_error``, and
        a metric whose name is that of a variable of a module now gets ``metric_`` in front of it.
    """
    version = tree.attrs.get(FORMAT_ATTRIBUTE)
    if not isinstance(version, Integral) or version != 1:
        return tree
    curves = [str(name) for name in tree.to_dataset(inherit=False).data_vars]
    taken = {name: f"metric_{name}" for name in curves if not is_metric(name)}
    return xr.DataTree.from_dict(
        {node.path: _renamed(node.to_dataset(inherit=False), taken) for node in tree.subtree}
    )


def _renamed(dataset: xr.Dataset, metrics: dict[str, str]) -> xr.Dataset:
    renamed = dataset.rename({old: new for old, new in metrics.items() if old in dataset.data_vars})
    if CELL in dataset.attrs:  # a module; the root has attributes that the user named
        renamed.attrs = {_FORMER_ATTRIBUTES.get(name, name): value for name, value in dataset.attrs.items()}
    return renamed
