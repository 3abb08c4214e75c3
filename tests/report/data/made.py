"""Recordings of any size with known values, made without torch."""

import json

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import CELLS
from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.metrics import curves
from gradviz.report.data.run_data import run_data


def call_record(step, *, cell="lstm", times=6, samples=2, units=3, full=True, layers=1, directions=1, **more):
    """One call with random numbers that the step determines; every gradient decays back in time."""
    rng = np.random.default_rng(step)
    about = CELLS[cell]
    place, gates = (layers, directions), len(about.gates)
    decay = -0.2 * (times - 1 - np.arange(times))[:, None] - 0.01 * np.arange(samples) - 0.001 * step
    norms = np.broadcast_to(decay, (*place, times, samples)) - 0.5 * np.arange(layers)[:, None, None, None]
    variables = {
        "log10_grad_h": norms,
        "log10_grad_h_direct": norms - 1,
        "unit_mean": rng.uniform(0, 1, (*place, gates, units)),
        "unit_left": rng.uniform(0, 0.4, (*place, gates, units)),
        "unit_right": rng.uniform(0, 0.4, (*place, gates, units)),
    }
    if about.has_cell_state:
        variables["log10_grad_c"] = norms + 0.25
    if full:
        variables["gates"] = rng.uniform(0, 1, (*place, times, samples, gates, units))
        variables["h"] = rng.uniform(-1, 1, (*place, times, samples, units))
        variables["log10_grad_path"] = norms[..., None] - np.arange(len(about.paths))
    variables.update(more)
    attributes = {"detail": "full" if full else "norms", "hidden_size": units, "num_layers": layers}
    return CallRecord(step, "recurrent", cell, np.arange(samples), variables, 0.0, attributes)


def module(steps=(0, 10, 20), **options):
    """The recording of one module."""
    return build_dataset([call_record(step, **options) for step in steps])


def recording(steps=(0, 10, 20), *, loss=None, attributes=None, name="recurrent", **options):
    """A recording of one module, with a loss at every iteration."""
    losses = np.geomspace(0.5, 0.01, max(steps) + 1) if loss is None else loss
    metrics = {"loss": dict(enumerate(losses))} if len(losses) else {}
    return assemble(
        {name: module(steps, **options)}, curves(metrics), {"gradviz_format": 2, **(attributes or {})}
    )


def two_modules(first, second):
    """A recording of two modules."""
    return assemble({"encoder": first, "decoder": second}, curves({"loss": {0: 1.0, 1: 0.5}}), {})


def large(*, steps=200, times=200, units=64, samples=4, seed=0):
    """An LSTM's recording in full detail, built at once; its gates drift, as real ones do."""
    rng = np.random.default_rng(seed)
    tree = recording((0,), times=2, samples=samples, units=units)
    one = tree["recurrent"].to_dataset(inherit=False)
    sizes = {
        "step": steps,
        "layer": 1,
        "direction": 1,
        "time": times,
        "sample": samples,
        "gate": 4,
        "unit": units,
    }
    sizes["path"] = one.sizes["path"]
    lag = (times - 1 - np.arange(times))[None, None, None, :, None]
    rate = rng.uniform(0.01, 0.3, (steps, 1, 1, 1, samples))
    norms = (-rate * lag + rng.normal(0, 0.3, (steps, 1, 1, times, samples))).astype(np.float32)
    drift = rng.normal(0, 0.05, (steps, 1, 1, 1, 1, 4, units)).cumsum(0)
    signal = rng.normal(0, 1, (1, 1, 1, times, samples, 4, units))
    gates = (1 / (1 + np.exp(-(drift + signal)))).astype(np.float32)
    variables = {
        "log10_grad_h": norms,
        "log10_grad_h_direct": norms - 1,
        "log10_grad_c": norms + 1,
        "log10_grad_path": norms[..., None] - np.arange(sizes["path"], dtype=np.float32),
        "gates": gates,
        "unit_mean": gates.mean((3, 4)),
        "unit_left": (gates < 0.1).mean((3, 4)),
        "unit_right": (gates > 0.9).mean((3, 4)),
    }
    labels = {dim: one[dim].values for dim in ("layer", "direction", "sample", "gate", "path")}
    labels |= {dim: np.arange(sizes[dim]) for dim in ("time", "unit")} | {"step": 10 * np.arange(steps)}
    dataset = xr.Dataset(
        {name: (one[name].dims, values, one[name].attrs) for name, values in variables.items()},
        labels,
        one.attrs,
    )
    for dim in dataset.dims:
        dataset[dim].attrs = one[dim].attrs
    losses = {"loss": dict(enumerate(rng.uniform(0.1, 1, 10 * steps).tolist()))}
    return assemble(
        {"recurrent": dataset}, curves(losses), {"gradviz_format": 2, "baseline": 0.5, "seed": seed}
    )


def embedded(tree, **options):
    """What a page has of a run, read back from its JSON."""
    return json.loads(json.dumps(run_data(tree, **options).to_json(), allow_nan=False))


def only_place(tree, **options):
    """The same of the only module, layer and direction."""
    (place,) = embedded(tree, **options)["places"]
    return place
