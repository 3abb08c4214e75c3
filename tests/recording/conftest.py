"""Small recordings of known numbers."""

import numpy as np
import pytest

from gradviz import vocabulary as v
from gradviz.cell_descriptions import CELLS
from gradviz.recording.call_record import CallRecord
from gradviz.recording.sink import MemorySink


def make_record(
    step, *, times=3, samples=(0, 2), module="lstm", cell="gru", fill=None, detail="norms", call=0
):
    """Two layers of three units; ``log10_grad_h`` counts up from 100 * step + 50 * call, or is ``fill``."""
    shape = (2, 1, times, len(samples))
    values = 100.0 * step + 50.0 * call + np.arange(np.prod(shape)).reshape(shape)
    gates = len(CELLS[cell].gates)
    variables = {
        v.LOG10_GRAD_H: values if fill is None else np.full(shape, fill),
        v.GATE_MEAN: np.full((2, 1, times, gates), 0.5),
        v.UNIT_MEAN: np.full((2, 1, gates, 3), 0.25),
        v.UNDERFLOW: np.zeros(shape),
    }
    if detail == "full":
        variables[v.GATES] = np.linspace(0, 1, np.prod(shape) * gates * 3).reshape(*shape, gates, 3)
    attributes = {"detail": detail}
    return CallRecord(step, module, cell, np.array(samples), variables, 1e-7 * (step + 1), attributes, call)


@pytest.fixture
def record():
    return make_record


@pytest.fixture
def recording():
    """Builds the tree of some records, with a loss at every iteration up to their last step."""

    def make(*records, metadata=None):
        sink = MemorySink(metadata=metadata)
        for one in records:
            sink.add(one)
        for iteration in range(max((one.step for one in records), default=0) + 1):
            sink.add_metrics(iteration, {"loss": 1 / (iteration + 1)})
        return sink.tree()

    return make
