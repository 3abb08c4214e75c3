"""The gradient at each wire against the cells' equations, PyTorch's own backward pass and the recorder."""

import numpy as np
import pytest
import torch
from torch import nn

from gradviz.capture.record import record
from gradviz.gallery.cell_wires import WIRES, run_wires
from gradviz.recording.tree import select_module, select_series

LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
BATCH, LENGTH, INPUT, HIDDEN = 3, 6, 2, 5


def loss_of(state):
    return state.pow(2).sum() + state[:, 0].sum()


@pytest.fixture(params=LAYERS)
def ran(request):
    torch.manual_seed(0)
    layer = LAYERS[request.param](INPUT, HIDDEN, batch_first=True).double()
    inputs = torch.randn(BATCH, LENGTH, INPUT, dtype=torch.float64)
    return request.param, layer, inputs, run_wires(layer, inputs.clone(), loss_of)


def native(layer, inputs):
    """Gradients at the states, the recorded paths and gates, and the input, of PyTorch's own layer."""
    inputs = inputs.clone().requires_grad_()
    with record(layer, samples=None, detail="full") as tape:
        output, _ = layer(inputs)
        loss_of(output[:, -1]).backward()
    return select_series(select_module(tape.tree)).isel(step=0), inputs.grad


def test_every_name_is_a_wire(ran):
    cell, _, _, wires = ran
    assert set(wires.gradients) == set(wires.values) == set(WIRES[cell])
    assert all(norms.shape == (LENGTH, BATCH) for norms in wires.gradients.values())


def test_the_states_are_pytorchs(ran):
    _, layer, inputs, wires = ran
    output, _ = layer(inputs)
    torch.testing.assert_close(wires.values["h"], output.detach().transpose(0, 1))


def test_gradients_at_states_inputs_and_paths_are_pytorchs(ran):
    cell, layer, inputs, wires = ran
    module, at_input = native(layer, inputs)
    norms = {name: norm.numpy() for name, norm in wires.gradients.items()}

    def recorded(name, **at):
        return 10 ** module[name].sel(**at).transpose("time", "sample").values.astype(float)

    np.testing.assert_allclose(norms["h"], recorded("log10_grad_h"), rtol=1e-4)
    paths = {"rnn": {"hidden": "h_before"}, "lstm": {"carry": "c_before"}, "gru": {"carry": "past"}}[cell]
    paths |= {gate: f"h.{gate}" for gate in module["gate"].values if cell != "rnn"}
    for path, wire in paths.items():  # a step's contribution reaches the state before it
        np.testing.assert_allclose(norms[wire][1:], recorded("log10_grad_path", path=path)[:-1], rtol=1e-4)
    if cell == "lstm":
        np.testing.assert_allclose(norms["c"], recorded("log10_grad_c"), rtol=1e-4)
    if cell == "rnn":
        np.testing.assert_allclose(norms["x"], at_input.norm(dim=-1).T.numpy(), rtol=1e-6)
        np.testing.assert_allclose(norms["sum"], recorded("log10_grad_gate", gate="hidden"), rtol=1e-4)


@pytest.mark.parametrize("cell", LAYERS)
def test_the_last_step_by_hand(cell):
    """With one time step, the gradient at each wire follows from the equations on paper."""
    torch.manual_seed(1)
    layer = LAYERS[cell](INPUT, HIDDEN, batch_first=True).double()
    wires = run_wires(layer, torch.randn(BATCH, 1, INPUT, dtype=torch.float64), loss_of)
    v = {name: value[0] for name, value in wires.values.items()}
    dh = 2 * v["h"]
    dh[:, 0] += 1
    w, u = layer.weight_ih_l0.detach(), layer.weight_hh_l0.detach()
    expected = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}[cell](v, dh, w, u)
    for name, gradient in expected.items():
        torch.testing.assert_close(wires.gradients[name][0], gradient.norm(dim=-1), msg=name)
    assert set(expected) == set(WIRES[cell])


def _rnn(v, dh, w, u):
    da = (1 - v["h"] ** 2) * dh
    return {"h": dh, "sum": da, "recurrent": da, "input": da, "x": da @ w, "h_before": da @ u}


def _through(v, gate, gradient, weights):
    """Gradient at the input and at the state that enter a gate, whose activation has this gradient."""
    value = v[gate]
    slope = 1 - value**2 if gate == "candidate" else value * (1 - value)
    w, u = weights
    return {f"x.{gate}": slope * gradient @ w, f"h.{gate}": slope * gradient @ u}


def _lstm(v, dh, w, u):
    dc = v["output"] * dh * (1 - torch.tanh(v["c"]) ** 2)
    gates = {
        "input": dc * v["candidate"],
        "forget": dc * v["c_before"],
        "candidate": dc * v["input"],
        "output": dh * torch.tanh(v["c"]),
    }
    found = {"h": dh, "squashed": dh * v["output"], "read": dc, "c": dc, "kept": dc, "written": dc}
    found |= {"c_after": 0 * dc, "c_before": dc * v["forget"], **gates}
    for (gate, gradient), *weights in zip(gates.items(), w.chunk(4), u.chunk(4), strict=True):
        found |= _through(v, gate, gradient, weights)
    found["h_but_input"] = found["h.candidate"] + found["h.output"]
    found["h_but_forget"] = found["h_but_input"] + found["h.input"]
    found["h_before"] = found["h_but_forget"] + found["h.forget"]
    return found


def _gru(v, dh, w, u):
    (w_r, w_z, w_n), (u_r, u_z, u_n) = w.chunk(3), u.chunk(3)
    z, r, n, h = v["update"], v["reset"], v["candidate"], v["past"]
    dn = (1 - z) * dh
    da = (1 - n**2) * dn
    found = {"h": dh, "kept": dh, "written": dh, "past": z * dh, "candidate": dn, "reset_u": da}
    found |= {"update.keeps": h * dh, "one_minus_update": n * dh, "update.writes": -n * dh}
    found |= {"update": (h - n) * dh, "reset": v["u"] * da, "u": r * da}
    found |= _through(v, "update", found["update"], (w_z, u_z))
    found |= _through(v, "reset", found["reset"], (w_r, u_r))
    found |= {"x.candidate": da @ w_n, "h.candidate": (r * da) @ u_n}
    found["h_but_update"] = found["h.reset"] + found["h.candidate"]
    found["into_gates"] = found["h_but_update"] + found["h.update"]
    found["h_before"] = found["into_gates"] + found["past"]
    return found
