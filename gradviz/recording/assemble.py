"""Builds the tree of a whole recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr

from gradviz.recording.metrics import with_metrics


def assemble(
    modules: Mapping[str, xr.Dataset], complete: xr.Dataset, attributes: Mapping[Any, object]
) -> xr.DataTree:
    """The tree of a recording: complete training curves at its root, one child per module.

    Parameters
    ----------
    modules : mapping of str to Dataset
        Recordings by dotted module name. Each one gets the metrics at its own steps.
    complete : Dataset
        Training curves as `metrics.curves` returns them, dims (iteration,).
    attributes : mapping
        Attributes of the root, as `provenance.provenance` returns them.

    Returns
    -------
    DataTree

    Raises
    ------
    ValueError
        If a module and a metric have the same name.
    """
    clash = sorted(set(modules).intersection(map(str, complete.variables)))
    if clash:
        raise ValueError(
            f"a metric cannot be called {clash[0]!r}: a recurrent module has that name; choose another"
        )
    children = {f"/{name}": with_metrics(dataset, complete) for name, dataset in modules.items()}
    return xr.DataTree.from_dict({"/": complete.assign_attrs(attributes), **children})
