"""Everything recorded equals the unrolled float64 twin, calculated or read from autograd's graph."""

from contextlib import ExitStack
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_modules import LAYERS
from twin import Unrolled, log10_norm

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture import recorded_layer
from gradviz.cell_descriptions import describe_cell

TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5}


def configurations():
    return st.fixed_dictionaries(
        {
            "cell": st.sampled_from(sorted(LAYERS)),
            "input_size": st.integers(1, 4),
            "hidden_size": st.integers(1, 9),
            "num_layers": st.integers(1, 3),
            "bidirectional": st.booleans(),
            "bias": st.booleans(),
            "batch_first": st.booleans(),
            "given_state": st.booleans(),
            "proj_size": st.integers(0, 4),
            "steps": st.integers(1, 24),
            "batch": st.integers(1, 5),
            "loss_on": st.sampled_from(["out", "last", "h_n", "c_n", "some", "all"]),
            "from_graph": st.booleans(),
            "seed": st.integers(0, 10**6),
        }
    )


def loss_of(kind, out, h_n, c_n, weights):
    """A loss that arrives through different outputs; ``out`` is (time, batch, features)."""
    through_out = {"out": out * weights, "last": out[-1] * weights[-1], "some": out[len(out) // 2] ** 2}
    through_state = {"h_n": h_n**2, "c_n": h_n**2 if c_n is None else c_n.sin()}
    terms = {name: term.sum() for name, term in {**through_out, **through_state}.items()}
    return sum(terms.values()) if kind == "all" else terms[kind]


def run_both(c, dtype):
    torch.manual_seed(c["seed"])
    directions = 2 if c["bidirectional"] else 1
    lstm = c["cell"] == "lstm"
    proj_size = c.get("proj_size", 0) if lstm and c.get("proj_size", 0) < c["hidden_size"] else 0
    options = {"proj_size": proj_size} if proj_size else {}
    state_size = proj_size or c["hidden_size"]
    module = LAYERS[c["cell"]](
        c["input_size"],
        c["hidden_size"],
        c["num_layers"],
        bidirectional=c["bidirectional"],
        bias=c["bias"],
        batch_first=c["batch_first"],
        **options,
    ).to(dtype)
    x = torch.randn(c["steps"], c["batch"], c["input_size"], dtype=dtype)
    weights = torch.randn(c["steps"], c["batch"], directions * state_size, dtype=dtype)
    shape = (c["num_layers"] * directions, c["batch"], c["hidden_size"])
    h0 = torch.randn(*shape[:2], state_size, dtype=dtype) if c["given_state"] else None
    c0 = torch.randn(shape, dtype=dtype) if c["given_state"] else None
    state = None if h0 is None else ((h0, c0) if lstm else h0)

    tape = gv.record(module, samples=None, detail="full")
    with tape, ExitStack() as stack:
        if not c.get("from_graph", True):
            stack.enter_context(mock.patch.object(recorded_layer, "state_nodes", return_value=[]))
        out, last = module(x.transpose(0, 1) if c["batch_first"] else x, state)
        out = out.transpose(0, 1) if c["batch_first"] else out
        h_n, c_n = last if lstm else (last, None)
        loss_of(c["loss_on"], out, h_n, c_n, weights).backward()
        (record,) = tape._recorder.records(0)

    twin = Unrolled(module, x, h0, c0 if lstm else None)
    loss_of(c["loss_on"], twin.out, twin.h_n, twin.c_n, weights.double()).backward()
    return module, record, twin


def assert_close(found, expected, tolerance, what):
    """Log-norms agree to a relative error of the norm, and exact zeros are at the same places."""
    found = np.asarray(found, dtype=np.float64)
    np.testing.assert_array_equal(np.isneginf(found), np.isneginf(expected), err_msg=what)
    finite = np.isfinite(expected)
    np.testing.assert_allclose(
        10 ** (found[finite] - expected[finite]), 1, rtol=0, atol=tolerance, err_msg=what
    )


def check_against_twin(c, dtype):
    _, record, twin = run_both(c, dtype)
    tolerance = TOLERANCE[dtype]
    found = record.variables
    gates = describe_cell(c["cell"]).gates
    paths = describe_cell(c["cell"]).paths
    for layer in range(c["num_layers"]):
        for d in range(2 if c["bidirectional"] else 1):
            where = f"layer {layer}, direction {d}"
            assert_close(
                found[v.LOG10_GRAD_H][layer, d], log10_norm(twin.gradient("h", layer, d)), tolerance, where
            )
            assert_close(
                found[v.LOG10_GRAD_H_DIRECT][layer, d],
                log10_norm(twin.gradient("up", layer, d)),
                tolerance,
                where,
            )
            scale = float(twin.gradient("h", layer, d).abs().max())
            states = twin.out.shape[-1] // (2 if c["bidirectional"] else 1)
            assert np.isnan(found[v.GRAD_H][layer, d][..., states:]).all()
            np.testing.assert_allclose(
                found[v.GRAD_H][layer, d][..., :states],
                twin.gradient("h", layer, d),
                rtol=tolerance,
                atol=tolerance * scale,
            )
            np.testing.assert_allclose(
                found[v.H][layer, d][..., :states], twin.value("h", layer, d), atol=tolerance
            )
            for k, gate in enumerate(gates):
                np.testing.assert_allclose(
                    found[v.GRAD_GATES][layer, d][:, :, k],
                    twin.gradient(gate, layer, d),
                    rtol=tolerance,
                    atol=tolerance * scale,
                )
                assert_close(
                    found[v.LOG10_GRAD_GATE][layer, d][..., k],
                    log10_norm(twin.gradient(gate, layer, d)),
                    20 * tolerance,
                    f"{where}, gate {gate}",
                )
                a = twin.value(gate, layer, d)
                squash = {"rnn_relu": torch.relu, "rnn": torch.tanh}.get(
                    c["cell"], torch.tanh if gate == "candidate" else torch.sigmoid
                )
                np.testing.assert_allclose(
                    found[v.GATES][layer, d][:, :, k], squash(a), rtol=tolerance, atol=tolerance
                )
            for k, path in enumerate(paths[1:], 1):
                assert_close(
                    found[v.LOG10_GRAD_PATH][layer, d][..., k],
                    log10_norm(twin.brought(path, layer, d)),
                    20 * tolerance,
                    f"{where}, path {path}",
                )
            to_h = [path for path in paths[1:] if not (c["cell"] == "lstm" and path == "carry")]
            np.testing.assert_allclose(
                twin.gradient("up", layer, d) + sum(twin.brought(path, layer, d) for path in to_h),
                twin.gradient("h", layer, d),
                atol=1e-9 * scale,
                err_msg="the paths add up to the total",
            )
            if c["cell"] == "lstm":
                assert_close(
                    found[v.LOG10_GRAD_C][layer, d],
                    log10_norm(twin.gradient("c", layer, d)),
                    tolerance,
                    where,
                )
                np.testing.assert_allclose(found[v.C][layer, d], twin.value("c", layer, d), atol=tolerance)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(configurations())
def test_everything_equals_the_twin_in_float64(c):
    check_against_twin(c, torch.float64)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("from_graph", [False, True])
def test_float32_models_agree_to_1e_5(cell, bidirectional, from_graph):
    c = {
        "from_graph": from_graph,
        "cell": cell,
        "input_size": 3,
        "hidden_size": 24,
        "num_layers": 2,
        "bidirectional": bidirectional,
        "bias": True,
        "batch_first": True,
        "given_state": True,
        "steps": 50,
        "batch": 6,
        "loss_on": "last",
        "seed": 3,
    }
    _, record, twin = run_both(c, torch.float32)
    for layer in range(2):
        for d in range(1 + bidirectional):
            for name, key in ((v.LOG10_GRAD_H, "h"), (v.LOG10_GRAD_H_DIRECT, "up")):
                expected = log10_norm(twin.gradient(key, layer, d))
                assert_close(record.variables[name][layer, d], expected, 1e-5, f"{name} {layer} {d}")


@settings(max_examples=30, deadline=None, derandomize=True)
@given(configurations())
def test_parameter_gradients_can_be_rebuilt(c):
    """Σ δa h⁻ᵀ and Σ δa xᵀ are autograd's gradients: no sign, order or time index is off."""
    module, record, twin = run_both(c, torch.float64)
    for layer in range(c["num_layers"]):
        for d in range(2 if c["bidirectional"] else 1):
            suffix = f"_l{layer}" + ("_reverse" if d else "")
            delta = torch.from_numpy(record.variables[v.GRAD_GATES][layer, d])  # (time, batch, gate, unit)
            gates = torch.from_numpy(record.variables[v.GATES][layer, d])
            to_state = delta.clone()
            if c["cell"] == "gru":
                to_state[:, :, 2] *= gates[:, :, 0]  # the reset gate scales U_n h before it enters n
            h = torch.from_numpy(record.variables[v.H][layer, d])[..., : twin.h0.shape[-1]]
            first = twin.h0[layer * (2 if c["bidirectional"] else 1) + d].detach()[None]
            h_prev = torch.cat([h[1:], first]) if d else torch.cat([first, h[:-1]])
            rebuilt = torch.einsum("tbgu,tbh->guh", to_state, h_prev).flatten(0, 1)
            expected = getattr(module, "weight_hh" + suffix).grad
            torch.testing.assert_close(rebuilt, expected, rtol=1e-10, atol=1e-12)
            if c["bias"]:
                for part, values in (("ih", delta), ("hh", to_state)):
                    expected = getattr(module, f"bias_{part}{suffix}").grad
                    torch.testing.assert_close(values.sum((0, 1)).flatten(), expected, rtol=1e-10, atol=1e-12)
