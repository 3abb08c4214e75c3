"""Synthetic recordings of known numbers."""

import numpy as np

from gradviz import vocabulary as v
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord


def recording(cell="lstm", *, detail="norms", **variables):
    """The recording of one module; each variable has the dims of the vocabulary, the training step first."""
    arrays = {name: np.asarray(values, dtype=float) for name, values in variables.items()}
    samples = [
        array.shape[v.VARIABLES[name].dims.index(v.SAMPLE)]
        for name, array in arrays.items()
        if v.SAMPLE in v.VARIABLES[name].dims
    ]
    return build_dataset(
        [
            CallRecord(
                step,
                "recurrent",
                cell,
                np.arange(max(samples, default=1)),
                {name: array[step] for name, array in arrays.items()},
                0.0,
                {"detail": detail},
            )
            for step in range(len(next(iter(arrays.values()))))
        ]
    )


def one(values):
    """The values, with dims of size 1 for step, layer and direction in front."""
    return np.asarray(values, dtype=float)[None, None, None]
