"""Folders of small runs of known numbers, made without training."""

import json

import numpy as np
import pytest
import tomli_w

from gradviz.cell_descriptions import CELLS
from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.metrics import curves
from gradviz.recording.provenance import FORMAT_ATTRIBUTE, FORMAT_VERSION
from gradviz.recording.save import save

DONE = {"outcome": "done", "steps": 11, "seconds": 2.5, "final": {"loss": 0.25}, "verdicts": []}


def make_tree(
    *, cell="lstm", steps=(0, 10), times=6, rate=0.5, layers=1, modules=("recurrent",), losses=None, root=None
):
    """Norms fall by ``rate`` decades a time step, in the second layer by half of that; every loss is 0.5."""
    lag = (times - 1 - np.arange(times))[:, None]
    norms = np.stack([-rate * lag / (layer + 1) * np.ones(2) for layer in range(layers)])[:, None]
    gates = len(CELLS[cell].gates)
    variables = {
        "log10_grad_h": norms,
        "gate_left": np.full((layers, 1, times, gates), 0.25),
        "gate_right": np.full((layers, 1, times, gates), 0.5),
        "unit_mean": np.full((layers, 1, gates, 3), 0.75),
    }
    losses = losses or dict.fromkeys(range(max(steps) + 1), 0.5)
    samples, facts = np.array([0, 3]), {"detail": "norms"}
    found = {
        module: build_dataset(
            [CallRecord(step, module, cell, samples, variables, 0.0, facts, 0) for step in steps]
        )
        for module in modules
    }
    return assemble(found, curves({"loss": losses}), {FORMAT_ATTRIBUTE: FORMAT_VERSION, **(root or {})})


_WRITTEN = {}  # bytes of a recording's file: writing takes longer than most tests


def _write(path, options):
    key = repr(sorted(options.items()))
    if key in _WRITTEN:
        path.write_bytes(_WRITTEN[key])
    else:
        save(make_tree(**options), path)
        _WRITTEN[key] = path.read_bytes()


def write_run(folder, *, config=None, result=None, recording=True, **tree):
    """A run's folder; ``result`` gives what differs from a run that is done, ``config`` the table."""
    folder.mkdir(parents=True)
    if config is not None:
        (folder / "config.toml").write_text(tomli_w.dumps(config), encoding="utf-8")
    if recording:
        _write(folder / "recording.nc", tree)
    if result is not None:
        (folder / "result.json").write_text(json.dumps({**DONE, **result}), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tree():
    return make_tree


@pytest.fixture(scope="session")
def run():
    return write_run
