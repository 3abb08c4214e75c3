"""Recordings whose variables hold extreme numbers, and every public function that reads a recording."""

import inspect

import matplotlib.pyplot as plt
import numpy as np
import torch
from of_a_recording import FUNCTIONS, LAYERS

import gradviz as gv

DRAWN = tuple(name for name in FUNCTIONS if name.startswith(("plot", "figure")))
MEASURED = tuple(name for name in FUNCTIONS if name not in DRAWN)
EXTREMES = (
    *(1e308, -1e308, 3e38, -3e38, 400.0, -400.0, 1.0, -1.0, 0.0, 1e-308, 5e-324, -5e-324),
    *(np.inf, -np.inf, np.nan),
)


def recorded(cell="lstm", *, steps=3, length=5, batch=2, units=3, deep=True):
    """The recording of a small network in full detail; each size may be 1."""
    torch.manual_seed(0)
    model = LAYERS[cell](2, units, num_layers=1 + deep, bidirectional=deep, batch_first=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with gv.record(model, detail="full", optimizer=optimizer, samples=None) as tape:
        for _ in range(steps):
            optimizer.zero_grad()
            x = torch.randn(batch, length, 2)
            output = model(x)[0]
            loss = output[:, -1].square().sum()
            loss.backward()
            optimizer.step()
            tape.step(loss, output=output[:, -1, :1], target=x[:, 0, :1])
    (module,) = tape.tree.children.values()
    return module.to_dataset(inherit=True)


SHAPES = (
    {},
    {"cell": "gru", "units": 1},
    {"cell": "rnn", "length": 1, "deep": False},
    {"steps": 1, "batch": 1},
    {"steps": 1, "length": 1, "batch": 1, "units": 1, "deep": False},
    {"cell": "rnn", "steps": 9, "deep": False},
)


def filled(values, rng):
    """Values of the same shape and type: one extreme number everywhere, in one place, in turn, or many."""
    extreme = np.array(rng.choice(EXTREMES)).astype(values.dtype)
    number = np.arange(values.size).reshape(values.shape)
    return (
        np.full_like(values, extreme),
        np.where(number == rng.integers(values.size), extreme, values),
        np.where(number % 2, extreme, -extreme),
        rng.choice(EXTREMES, values.shape).astype(values.dtype),
    )[rng.integers(4)]


def changed(dataset, rng):
    """A recording of which one, a few or all variables hold extreme numbers, and the names of these."""
    names = [str(name) for name, values in dataset.data_vars.items() if values.dtype.kind == "f"]
    count = (1, 1, 1, 4, len(names))[rng.integers(5)]
    chosen = sorted(rng.choice(names, min(count, len(names)), replace=False).tolist())
    double = rng.random() < 0.5
    with np.errstate(over="ignore", invalid="ignore"):
        variables = {
            name: filled(dataset[name].values.astype(np.float64 if double else np.float32), rng)
            for name in chosen
        }
    return dataset.assign(
        {name: (dataset[name].dims, values, dataset[name].attrs) for name, values in variables.items()}
    ), chosen


def use(name, data):
    """Call a public function and take all of its result: what is drawn is drawn."""
    function = getattr(gv, name)
    options = {"lag": 2} if "lag" in inspect.signature(function).parameters else {}
    if name == "clipping":
        options["clip_norm"] = 1.5
    if name == "plot_text":
        options["text"] = "abcdefghi"[: data.sizes.get("time", 1)]
    if name == "figure_comparison":
        function({"one": data}, title="a title").canvas.draw()
    elif name in DRAWN:
        function(data, **options).figure.canvas.draw()
    else:
        str(function(data, **options))
    plt.close("all")
