"""Values of several runs, aligned by label along the dim ``run``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from gradviz.recording.align import Block, join
from gradviz.runs.reduced_run import ReducedRun
from gradviz.vocabulary import DIMENSIONS

RUN = "run"


def align_runs(runs: Sequence[ReducedRun]) -> xr.Dataset:
    """Join what was kept of several runs; NaN where a run does not have a label.

    Parameters
    ----------
    runs : sequence of ReducedRun

    Returns
    -------
    Dataset
        Every variable has the dim ``run``, without labels, and then its own dims. Its attributes are those of
        the first run that has it.
    """
    joined = join([_block(place, run) for place, run in enumerate(runs)], RUN)
    attributes = {name: values.attrs for run in reversed(runs) for name, values in run.variables.items()}
    labels = {
        dim: xr.Variable(dim, values, _described(dim)) for dim, values in joined.labels.items() if dim != RUN
    }
    variables = {
        name: xr.Variable(dims, values, attributes[name]) for name, (dims, values) in joined.variables.items()
    }
    return xr.Dataset(variables, labels)


def _block(place: int, run: ReducedRun) -> Block:
    return Block(
        {RUN: np.array([place]), **run.labels},
        {
            name: ((RUN, *map(str, values.dims)), np.asarray(values.values)[None])
            for name, values in run.variables.items()
        },
    )


def _described(dim: str) -> dict[str, str]:
    return dict(DIMENSIONS[dim]._asdict()) if dim in DIMENSIONS else {}
