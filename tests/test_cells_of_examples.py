"""The cells of the examples against loops of their own, in float64, that keep every gradient."""

import runpy
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

EXAMPLES = Path(__file__).parents[1] / "examples"
STEPS, BATCH, INPUTS, UNITS = 30, 16, 3, 32


@pytest.fixture
def trees(monkeypatch, tmp_path):
    """A function that runs an example in float64 and returns its recordings."""
    usual = torch.get_default_dtype()

    def run(name):
        torch.set_default_dtype(torch.float64)
        monkeypatch.setattr(sys, "argv", [name, str(tmp_path)])
        found = runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        plt.close("all")
        return found["trees"]

    yield run
    torch.set_default_dtype(usual)


def sigmoid(x):
    return 1 / (1 + torch.exp(-x))


def check(ds, states, cells):
    """States, cell states and total gradients of a recording are those of the twin."""
    ds = ds.to_dataset().isel(step=0, layer=0, direction=0)
    for name, kept in (("h", states), ("c", cells)):
        values = torch.stack(kept).detach().numpy()
        gradients = torch.stack([each.grad for each in kept]).numpy()
        scale = np.abs(gradients).max()
        found = ds[name].transpose("time", "sample", "unit")
        np.testing.assert_allclose(found, values, rtol=1e-9, atol=1e-12)
        found = ds[f"grad_{name}"].transpose("time", "sample", "unit")
        np.testing.assert_allclose(found, gradients, rtol=1e-8, atol=1e-10 * scale)
        norms = np.log10(np.linalg.norm(gradients, axis=-1))
        found = ds[f"log10_grad_{name}"].transpose("time", "sample")
        np.testing.assert_allclose(found, norms, atol=1e-5)


def kept(tensor):
    tensor.retain_grad()
    return tensor


def test_the_slstm_is_the_one_without_a_stabiliser(trees):
    """Beck et al. (2024): the stabiliser leaves h, and the gradient at every h, as they are."""
    tree = trees("slstm")["healthy"]
    torch.manual_seed(0)
    net = torch.nn.Linear(INPUTS + UNITS, 4 * UNITS)
    net.bias.data[UNITS : 2 * UNITS] += 5.0
    inputs = torch.randn(STEPS, BATCH, INPUTS)
    weight, bias = net.weight, net.bias
    h = c = n = torch.zeros(BATCH, UNITS)
    states = []
    for x in inputs:
        i, f, z, o = (torch.cat([x, h], dim=1) @ weight.T + bias).split(UNITS, dim=1)
        i, f, z, o = torch.exp(i), sigmoid(f), torch.tanh(z), sigmoid(o)
        c = f * c + i * z
        n = f * n + i
        h = kept(o * c / n)
        states.append(h)
    (h**2).mean().backward()
    ds = tree["slstm"].to_dataset().isel(step=0, layer=0, direction=0)
    gradients = torch.stack([each.grad for each in states]).numpy()
    found = ds["grad_h"].transpose("time", "sample", "unit")
    np.testing.assert_allclose(found, gradients, rtol=1e-8, atol=1e-10 * np.abs(gradients).max())
    norms = np.log10(np.linalg.norm(gradients, axis=-1))
    np.testing.assert_allclose(ds["log10_grad_h"].transpose("time", "sample"), norms, atol=1e-5)
    assert float(ds["gates"].sel(gate=["input", "forget"]).max("gate").min()) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("case", ["healthy", "no_norms"])
def test_the_lstm_with_layer_norm(trees, case):
    def norm(x):
        if case == "no_norms":
            return x
        mean = x.sum(1, keepdim=True) / x.shape[1]
        spread = ((x - mean) ** 2).sum(1, keepdim=True) / x.shape[1]
        return (x - mean) / torch.sqrt(spread + 1e-5)

    tree = trees("layer_norm_lstm")[case]
    torch.manual_seed(0)
    of_input, of_state = torch.nn.Linear(INPUTS, 4 * UNITS), torch.nn.Linear(UNITS, 4 * UNITS, bias=False)
    inputs = 50 * torch.randn(STEPS, BATCH, INPUTS)
    w, b, u = of_input.weight, of_input.bias, of_state.weight
    bias = torch.zeros(4 * UNITS)
    bias[UNITS : 2 * UNITS] = 3
    h = c = torch.zeros(BATCH, UNITS)
    states, cells = [], []
    for x in inputs:
        i, f, g, o = (norm(x @ w.T + b) + norm(h @ u.T) + bias).split(UNITS, dim=1)
        c = kept(sigmoid(f) * c + sigmoid(i) * torch.tanh(g))
        h = kept(sigmoid(o) * torch.tanh(norm(c)))
        states.append(h)
        cells.append(c)
    (h**2).mean().backward()
    check(tree["lstm"], states, cells)
