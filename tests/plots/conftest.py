"""Synthetic recordings with numbers that are known, made without torch."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.metrics import curves
from gradviz.vocabulary import CELLS

SAMPLES, UNITS = 4, 5


def make_moment(step, log10_norms, *, cell="lstm", full=False, call=0, **more):
    """``log10_norms`` has shape (time, sample); the gates are those of a fixed random draw."""
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
    """A pure exponential: log10 norm is ``-rate * lag``, less 0.01 per sample and 0.001 per training step."""
    lag = (times - 1 - np.arange(times))[:, None]
    moments = [
        make_moment(s, -rate * lag - 0.01 * np.arange(SAMPLES) - 0.001 * s, cell=cell, full=full)
        for s in steps
    ]
    losses = dict(enumerate(loss if loss is not None else np.geomspace(0.2, 1e-3, max(steps) + 1)))
    return assemble({"recurrent": build_dataset(moments)}, curves({"loss": losses}), {})


@pytest.fixture
def recording():
    return make_recording


@pytest.fixture
def moment():
    return make_moment


@pytest.fixture
def dataset():
    """One module's recording from the moments of some training steps."""
    return build_dataset


@pytest.fixture(autouse=True)
def _close_figures():
    before = dict(plt.rcParams)
    yield
    plt.close("all")
    assert dict(plt.rcParams) == before
