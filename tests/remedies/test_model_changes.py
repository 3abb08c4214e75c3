"""Remedies on a model, by hand and against the lines of code that findings print for them."""

import copy

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.diagnosis.finding import Change
from gradviz.errors import UnknownName
from gradviz.remedies.model_changes import part_named
from gradviz.remedies.not_possible import NotPossible
from gradviz.remedies.remedy_table import ON_MODEL, REMEDIES, in_words

CHANGES = [  # a change, and the code that a finding prints for it
    (
        Change("initialise", {"module": "", "scheme": "chrono", "t_max": 20}),
        'gv.initialise(model, "chrono", t_max=20)',
    ),
    (
        Change("initialise", {"module": "parts.1", "scheme": "forget_bias", "value": 2.0}),
        'gv.initialise(model.parts[1], "forget_bias", value=2.0)',
    ),
    (
        Change("replace_by_gru", {"module": "rnn", "t_max": 9}),
        'model.rnn = torch.nn.GRU(3, 4, batch_first=True)\ngv.initialise(model.rnn, "chrono", t_max=9)',
    ),
    (
        Change("open_output_gate", {"module": "parts.1"}),
        "for bias in (model.parts[1].bias_ih_l0, model.parts[1].bias_hh_l0):\n    bias.data[12:] = 0.0",
    ),
    (Change("set_batch_first", {"module": "rnn", "value": False}), "model.rnn.batch_first = False"),
    (Change("unfreeze", {"module": "parts.0"}), "model.parts[0].requires_grad_(True)"),
]


class Net(nn.Module):
    def __init__(self, first=nn.RNN):
        super().__init__()
        if first is not None:
            self.rnn = first(3, 4, batch_first=True)
        self.parts = nn.ModuleList([nn.Linear(4, 2).requires_grad_(False), nn.LSTM(4, 4)])


def applied(model, change):
    return ON_MODEL[change.name](model, **change.options)


@pytest.mark.parametrize(("change", "code"), CHANGES, ids=lambda given: getattr(given, "name", ""))
def test_it_does_what_the_printed_code_does(change, code):
    torch.manual_seed(0)
    model = Net(None) if change.options["module"] == "" else Net()
    by_code = copy.deepcopy(model)
    torch.manual_seed(1)
    exec(code, {"gv": gv, "torch": torch, "model": by_code})
    torch.manual_seed(1)
    before = copy.deepcopy(model)
    changed = applied(model, change)
    assert str(changed) == str(by_code)
    pairs = zip(changed.named_parameters(), by_code.named_parameters(), strict=True)
    for (name, found), (other, expected) in pairs:
        assert (name, found.requires_grad) == (other, expected.requires_grad)
        assert torch.equal(found, expected), name
    is_same = str(before) == str(changed) and all(
        torch.equal(a, b) and a.requires_grad == b.requires_grad
        for a, b in zip(before.parameters(), changed.parameters(), strict=True)
    )
    assert not is_same


def test_every_remedy_has_words():
    options = {"module": "a", "scheme": "chrono", "t_max": 5, "value": True, "limit": 2.0, "factor": 0.1}
    for name in REMEDIES:
        assert in_words([Change(name, options)])
    assert in_words([CHANGES[0][0], Change("clip_norm", {"limit": 1.0})]) == (
        "initialise the model: chrono, t_max=20; clip the gradient norm at 1"
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_gru_in_the_place_of_every_kind_of_rnn(dtype):
    for old, new in [
        (nn.RNN(2, 3, num_layers=2, bidirectional=True, dropout=0.1), nn.GRU),
        (nn.RNNCell(2, 3), nn.GRUCell),
    ]:
        found = ON_MODEL["replace_by_gru"](old.to(dtype).eval(), module=type(old).__name__.lower(), t_max=5)
        assert type(found) is new
        assert {part.dtype for part in found.parameters()} == {dtype}
        assert not found.training
        x = torch.zeros(4, 2, dtype=dtype) if new is nn.GRUCell else torch.zeros(5, 4, 2, dtype=dtype)
        shapes = [part.shape for part in (found(x) if new is nn.GRU else [found(x)])]
        assert shapes == [part.shape for part in (old(x) if new is nn.GRU else [old(x)])]


def test_a_module_in_two_places_is_replaced_in_both():
    model = nn.Module()
    model.first = model.second = nn.RNN(2, 3)
    ON_MODEL["replace_by_gru"](model, module="first", t_max=5)
    assert isinstance(model.first, nn.GRU)
    assert model.first is model.second


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("replace_by_gru", nn.LSTM(2, 3)),
        ("open_output_gate", nn.GRU(2, 3)),
        ("open_output_gate", nn.LSTM(2, 3, bias=False)),
        ("set_batch_first", nn.LSTMCell(2, 3)),
    ],
)
def test_what_does_not_fit(name, part):
    options = {"replace_by_gru": {"t_max": 5}, "set_batch_first": {"value": True}}.get(name, {})
    model = nn.ModuleDict({"part": part})
    with pytest.raises(NotPossible):
        ON_MODEL[name](model, module="part", **options)


def test_parts_by_their_name():
    model = Net()
    assert part_named(model, "") is model
    assert part_named(model, "parts.1") is model.parts[1]
    layer = nn.LSTM(2, 3)
    assert part_named(layer, "lstm") is layer
    with pytest.raises(UnknownName, match=r"unknown part of Net 'parts\.2'; did you mean 'parts"):
        part_named(model, "parts.2")
