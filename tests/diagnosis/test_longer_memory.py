"""The remedy for a longer memory: its code runs and changes the model as advised."""

import pytest
import torch
from diagnosis.models import LastStep, Loop
from diagnosis.recorded import dataset, tree
from torch import nn

import gradviz as gv
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.longer_memory import longer_memory


def context(cell, lag=10, *, root=None, **attributes):
    steps = torch.zeros((lag or 10) + 1).numpy()
    return DiagnosisContext(tree(dataset(cell, steps).assign_attrs(attributes), **(root or {})), "layer", lag)


def fixed(remedy, model):
    names = {"model": model, "gv": gv, "torch": torch}
    exec(remedy.code, names)
    return names["model"]


@pytest.mark.parametrize(
    ("cell", "lag", "code"),
    [
        ("lstm", 40, 'gv.initialise(model, "chrono", t_max=40)'),
        ("gru", 1, 'gv.initialise(model, "chrono", t_max=2)'),
        ("rnn_relu", 40, 'gv.initialise(model, "identity")'),
        ("rnn", 50, 'gv.initialise(model, "orthogonal")'),
        ("rnn", 51, 'model.layer = torch.nn.GRU(3, 2)\ngv.initialise(model, "chrono", t_max=51)'),
        ("observed", 40, "h = z * h + (1 - z) * candidate  # z near 1 keeps the state"),
    ],
)
def test_by_cell_and_lag(cell, lag, code):
    assert longer_memory(context(cell, lag)).code == code


@pytest.mark.parametrize(
    ("options", "dtype"),
    [
        ({}, torch.float32),
        ({"batch_first": True}, torch.float64),
        ({"batch_first": True, "bidirectional": True, "num_layers": 2}, torch.float32),
        ({"num_layers": 3}, torch.float64),
    ],
)
def test_a_gru_replaces_an_rnn(options, dtype):
    model = LastStep(nn.RNN(3, 4, **options)).to(dtype)
    recording = gv.probe(
        model, inputs=torch.randn(6, 60, 3, dtype=dtype) if options.get("batch_first") else None
    )
    remedy = longer_memory(DiagnosisContext(recording, "layer", 55))
    x = torch.randn(6, 7, 3, dtype=dtype)
    before = model.layer(x)[0]
    after = fixed(remedy, model).layer(x)[0]
    assert type(model.layer) is nn.GRU
    assert (after.shape, after.dtype) == (before.shape, before.dtype)


def test_a_cell_replaces_a_cell():
    model = Loop(nn.RNNCell(3, 4)).double()
    recording = gv.probe(model, inputs=torch.randn(6, 60, 3, dtype=torch.float64))
    fixed(longer_memory(DiagnosisContext(recording, "cell", 55)), model)
    assert type(model.cell) is nn.GRUCell
    assert model(torch.randn(6, 7, 3, dtype=torch.float64)).dtype == torch.float64


def test_in_a_list_of_layers():
    model = nn.Sequential(nn.RNN(3, 4, batch_first=True))
    remedy = longer_memory(DiagnosisContext(gv.probe(model), "0", 80))
    assert type(fixed(remedy, model)[0]) is nn.GRU


def test_a_model_that_is_the_layer():
    remedy = longer_memory(DiagnosisContext(gv.probe(nn.RNN(3, 4)), "rnn", 80))
    assert type(fixed(remedy, None)) is nn.GRU


def test_without_biases_no_gate_can_be_set():
    remedy = longer_memory(context("lstm", bias=0))
    assert "Create it with bias=True" in remedy.advice
    assert remedy.code.startswith("# nn.LSTM(..., bias=True)\n")
    assert "bias=True" not in longer_memory(context("lstm", bias=1)).code
