"""The model and the task of an experiment."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.resolve import resolve
from gradviz.models.language import LanguageModel


def test_a_task_and_its_model(small):
    model, task = build(
        resolve(small(model__num_layers=2, model__dropout=0.25, model__bidirectional=True, task__length=9))
    )
    assert task == gv.tasks.adding(9)
    assert isinstance(model.recurrent, nn.GRU)
    assert (model.recurrent.hidden_size, model.recurrent.num_layers, model.recurrent.dropout) == (4, 2, 0.25)
    assert model.recurrent.bidirectional
    assert not model.every_step


def test_its_initialisation(small):
    model, _ = build(resolve(small(model__init="forget_bias", model__init_options={"value": 2.0})))
    assert model.recurrent.bias_ih_l0[4:8].tolist() == [2.0] * 4


def test_initialisations_in_turn(small):
    init = ["orthogonal", {"name": "forget_bias", "value": 2.0}]
    table = small(model__init=init, model__init_options={"orthogonal": {"gain": 1.5}})
    torch.manual_seed(1)
    model, _ = build(resolve(table))
    block = model.recurrent.weight_hh_l0[:4]
    torch.testing.assert_close(block @ block.T, 2.25 * torch.eye(4))
    assert model.recurrent.bias_ih_l0[4:8].tolist() == [2.0] * 4
    torch.manual_seed(1)
    by_hand = gv.SequenceModel("gru", 2, 4, 1)
    gv.initialise(by_hand, "orthogonal", gain=1.5)
    gv.initialise(by_hand, "forget_bias", value=2.0)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), by_hand.parameters(), strict=True))


def test_a_projection(small):
    model, _ = build(resolve(small(model__cell="lstm", model__projection=3)))
    assert (model.recurrent.proj_size, model.head.in_features) == (3, 3)
    text = small(task={"name": "text", "form": "stream", "bptt": 6}, model__cell="lstm", model__projection=2)
    assert build(resolve(text))[0].recurrent.proj_size == 2


def test_the_same_seed_gives_the_same_weights(small):
    weights = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        weights.append(build(resolve(small()))[0].head.weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize(("form", "kind"), [("windows", gv.CharModel), ("stream", LanguageModel)])
def test_a_text_has_its_own_models(small, form, kind):
    table = small(task={"name": "text", "form": form, "encoding": "one_hot", "bptt": 8}, model__cell="lstm")
    model, task = build(resolve(table))
    assert isinstance(model, kind)
    assert model.alphabet == task.alphabet
    assert model.recurrent.input_size == 22
