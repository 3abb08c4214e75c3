"""Stacks whose gradient falls far below the float range, and their comparison with a float64 twin."""

import math

import numpy as np
import torch
from capture.slow_recurrence import SlowRecurrence
from torch import nn

from gradviz import vocabulary as v
from gradviz.cell_descriptions import CELLS

KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
TINY = math.log10(torch.finfo(torch.float32).tiny)
WITHIN = 1e-4  # of log10


def log10_norm(values):
    """Of the 2-norm over units, also where the squares leave the range of float64; -inf for zero."""
    values = np.asarray(values)
    largest = np.abs(values).max(-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.log10(np.linalg.norm(values / largest, axis=-1))
        return np.where(largest[..., 0] == 0, -np.inf, relative + np.log10(largest[..., 0]))


def decaying(kind, layers=2, *, rate=0.6, **options):
    """A float32 module whose gradient falls by about ``rate`` a step in every layer."""
    module = KINDS[kind](3, 6, layers, **options)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "weight_hh" in name and kind == "rnn":
                parameter.copy_(rate * nn.init.orthogonal_(torch.empty(6, 6)))
            elif "weight_hh" in name:
                parameter.mul_(0.1)
            elif "weight_ih" in name:
                parameter.mul_(0.5)
            elif "bias_ih" in name and kind != "rnn":  # the forget gate, the update gate
                parameter[6:12] = math.log(rate / (1 - rate))
    return module


def assert_equal(dataset, twin, *, with_gates=True):
    """Total, direct and gate gradients of every layer and direction agree with the unrolled twin."""
    gates = CELLS[dataset.attrs[v.CELL]].gates if with_gates else ()
    for layer in range(dataset.sizes["layer"]):
        for direction in range(dataset.sizes["direction"]):
            here = dataset.isel(step=0, layer=layer, direction=direction)
            wanted = {v.LOG10_GRAD_H: "h", v.LOG10_GRAD_H_DIRECT: "up"}
            for name, kind in wanted.items():
                assert_log10(
                    here[name].values,
                    log10_norm(twin.gradient(kind, layer, direction)),
                    f"{name}, layer {layer}, direction {direction}",
                )
            for number, gate in enumerate(gates):
                assert_log10(
                    here[v.LOG10_GRAD_GATE].isel(gate=number).values,
                    log10_norm(twin.gradient(gate, layer, direction)),
                    f"{gate}, layer {layer}, direction {direction}",
                )


def assert_log10(found, expected, what):
    np.testing.assert_array_equal(np.isneginf(found), np.isneginf(expected), err_msg=what)
    there = np.isfinite(expected)
    np.testing.assert_allclose(found[there], expected[there], rtol=0, atol=WITHIN, err_msg=what)


def check_underflow(dataset, module, x, loss):
    """It is marked where torch's own gradient in float32 is zero or subnormal, though the true one is not 0.

    In the first steps in which it is normal again it has few digits.  These are left out.
    """
    for (layer, direction), values in trained_with(module, x, loss).items():
        here = dataset.isel(step=0, layer=layer, direction=direction)
        log10 = log10_norm(values.double())
        expected = (log10 < TINY) & (here[v.LOG10_GRAD_H].values > -np.inf)
        is_clear = np.abs(log10 - TINY - 0.5) > 2
        np.testing.assert_array_equal(here[v.UNDERFLOW].values[is_clear] > 0, expected[is_clear])


def trained_with(module, x, loss):
    """{(layer, direction): (time, batch, unit)}, torch's own gradient at every state in float32."""
    slow = SlowRecurrence(module)
    loss(slow(x)[0]).backward()
    return {
        where: torch.stack([step.h.grad for step in sorted(steps, key=lambda step: step.time)])
        for where, steps in slow.steps.items()
    }


def last(out):
    return out[-1].sum()
