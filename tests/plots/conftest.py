"""Synthetic recordings with known values, made without torch."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gradviz.cell_descriptions import CELLS
from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.metrics import curves

SAMPLES, UNITS = 4, 5


def make_call_record(step, log10_norms, *, cell="lstm", full=False, call=0, **more):
    """One call; ``log10_norms`` has shape (time, sample); the gates are fixed random numbers."""
    rng = np.random.default_rng([step, call] if call else step)
    log10_norms = np.asarray(log10_norms, dtype=np.float64)
    times, samples = log10_norms.shape
    gates = len(CELLS[cell].gates)
    variables = {
        "log10_grad_h": log10_norms[None, None],
        "gate_left": rng.uniform(0, 0.4, (1, 1, times, gates)),
        "gate_right": rng.uniform(0, 0.4, (1, 1, times, gates)),
        "unit_left": rng.uniform(0, 0.4, (1, 1, gates, UNITS)),
        "unit_right": rng.uniform(0, 0.4, (1, 1, gates, UNITS)),
        **more,
    }
    if full:
        variables["gates"] = rng.uniform(0, 1, (1, 1, times, samples, gates, UNITS))
    attributes = {"detail": "full" if full else "norms"}
    return CallRecord(step, "recurrent", cell, np.arange(samples) * 3, variables, 0.0, attributes, call)


def make_recording(*, cell="lstm", steps=(0, 10, 20, 30), times=12, rate=0.2, full=False, loss=None):
    """Exponential decay: log10 norm is ``-rate * lag``, minus 0.01 per sample and 0.001 per training step."""
    lag = (times - 1 - np.arange(times))[:, None]
    records = [
        make_call_record(s, -rate * lag - 0.01 * np.arange(SAMPLES) - 0.001 * s, cell=cell, full=full)
        for s in steps
    ]
    losses = dict(enumerate(loss if loss is not None else np.geomspace(0.2, 1e-3, max(steps) + 1)))
    return assemble({"recurrent": build_dataset(records)}, curves({"loss": losses}), {})


@pytest.fixture
def recording():
    return make_recording


@pytest.fixture
def call_record():
    return make_call_record


@pytest.fixture
def dataset():
    """A function that builds the recording of one module from its call records."""
    return build_dataset


@pytest.fixture(autouse=True)
def _close_figures():
    before = dict(plt.rcParams)
    yield
    plt.close("all")
    assert dict(plt.rcParams) == before
