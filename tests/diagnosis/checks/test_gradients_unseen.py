"""A recording of forward passes is diagnosed by its gates and states, and nothing is said about gradients."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.diagnosis.kinds import (
    CLOSED_GATE,
    CONSTANT_INPUT,
    DEAD_RELU,
    FROZEN,
    GRADIENTS_UNSEEN,
    NOT_FINITE,
    SATURATED,
)


def diagnosed(layer, x, detail="forward", **options):
    with gv.record(layer, detail=detail) as tape:
        layer(x)[0].sum().backward()
    return gv.diagnose(tape.tree, **options)


def lstm(**biases):
    torch.manual_seed(0)
    layer = nn.LSTM(2, 8)
    for gate, bias in biases.items():
        number = ["input", "forget", "candidate", "output"].index(gate)
        layer.bias_hh_l0.data[8 * number : 8 * number + 8] = bias
    return layer


def constant(scale=1.0):
    return scale * torch.ones(20, 3, 2)


def signal(scale=1.0):
    return scale * torch.randn(20, 3, 2, generator=torch.Generator().manual_seed(1))


def dead():
    layer = nn.RNN(2, 8, nonlinearity="relu")
    layer.bias_hh_l0.data[:] = -50
    return layer


BROKEN = {
    "constant input": (lstm, constant, CONSTANT_INPUT),
    "saturated gates": (lstm, lambda: signal(1000), SATURATED),
    "a closed output gate": (lambda: lstm(output=-20.0), signal, CLOSED_GATE),
    "a frozen state": (lambda: lstm(input=-30.0), signal, FROZEN),
    "dead units": (dead, signal, DEAD_RELU),
    "a state that is not finite": (lstm, lambda: signal() * torch.nan, NOT_FINITE),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_gates_and_states_show_is_found(name):
    make, x, kind = BROKEN[name]
    found = diagnosed(make(), x())
    assert kind in found.kinds
    assert GRADIENTS_UNSEEN in found.kinds
    said = " ".join(one.what for one in found if one.kind not in (GRADIENTS_UNSEEN, DEAD_RELU))
    assert "gradient" not in said


def test_a_healthy_one_has_this_note_only():
    found = diagnosed(lstm(), signal(), lag=15)
    assert found.kinds == (GRADIENTS_UNSEEN,)
    assert found[0].severity == "note"
    assert "this diagnosis says nothing about it" in found[0].what
    assert found.is_healthy
    assert str(found[0].where) == "lstm"


@pytest.mark.parametrize("detail", ["norms", "full"])
def test_with_gradients_the_note_is_absent(detail):
    assert GRADIENTS_UNSEEN not in diagnosed(lstm(), signal(), detail=detail).kinds


def test_its_remedy_makes_gradients_seen():
    model, x = lstm(), signal()

    def loss_fn(out, y):
        return (out[0] - y).pow(2).mean()

    found = diagnosed(model, x)
    names = {"gv": gv, "model": model, "x": x, "y": torch.zeros(20, 3, 8), "loss_fn": loss_fn}
    exec(found[0].remedy.code, names)
    assert GRADIENTS_UNSEEN not in gv.diagnose(names["tape"].tree).kinds


def test_one_module_as_a_dataset_and_its_numbers():
    layer = lstm()
    with torch.no_grad(), gv.record(layer, detail="forward") as tape:
        layer(signal(1000))
    found = gv.diagnose(tape.dataset)
    saturated = next(one for one in found if one.kind == SATURATED)
    assert saturated.amounts[0].recompute(tape.dataset) == saturated.amounts[0].value
    assert saturated.severity in ("trouble", "note")
