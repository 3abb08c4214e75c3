"""One text for all that a recording says: equal for equal bits, names, types and attributes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr


def of_tree(tree: xr.DataTree, *, without: tuple[str, str] | None = None) -> str:
    """The fingerprint of a recording.

    Parameters
    ----------
    tree : DataTree
    without : tuple of str, optional
        A group or variable, as its file calls it, and an attribute of it that is left out.

    Returns
    -------
    str
    """
    whole = hashlib.sha256()
    place, name = without or ("", "")
    place = "/" + place.strip("/")
    for node in sorted(tree.subtree, key=lambda node: node.path):
        dataset = node.to_dataset(inherit=False)
        whole.update(_attributes(node.path, dataset.attrs, name if place == node.path and without else ""))
        for key in sorted(map(str, dataset.variables)):
            variable = dataset.variables[key]
            path = f"{node.path.rstrip('/')}/{key}"
            whole.update(_attributes(path, variable.attrs, name if place == path and without else ""))
            whole.update(f"{variable.dims} {variable.shape} {variable.dtype}".encode())
            whole.update(np.ascontiguousarray(variable.values).tobytes())
    return whole.hexdigest()


def of_values(values: object) -> str:
    """The fingerprint of nested tables, lists, tensors and numbers."""
    whole = hashlib.sha256()
    _add(whole, values)
    return whole.hexdigest()


def _add(whole: Any, value: object) -> None:
    if isinstance(value, Mapping):
        for key in value:
            whole.update(f"{key!r}:".encode())
            _add(whole, value[key])
    elif isinstance(value, list | tuple):
        whole.update(f"[{len(value)}".encode())
        for inner in value:
            _add(whole, inner)
    elif hasattr(value, "detach"):
        array = value.detach().cpu().numpy()
        whole.update(f"{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    else:
        whole.update(repr(value).encode())


def _attributes(path: str, attributes: Mapping[Any, Any], without: str) -> bytes:
    kept = {str(key): repr(value) for key, value in attributes.items() if key != without}
    return f"{path} {sorted(kept.items())}".encode()
