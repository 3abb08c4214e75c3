"""A training that is recorded, and what is measured in it."""

import math

import numpy as np
import pytest
import torch
from remedies.trainings import random_labels, recalling, remembering
from torch import nn

import gradviz as gv
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import Finding, Place, Remedy
from gradviz.remedies.gradient_kept import DecadesLost, decades_lost, module_to_compare
from gradviz.remedies.recorded_training import last_steps, train_recorded
from gradviz.remedies.replayed_batches import ReplayedBatches
from gradviz.remedies.short_training import record_short_training
from gradviz.remedies.training_case import TrainingCase, training_case
from gradviz.remedies.training_copy import TrainingCopy

NOTHING = Diagnosis((), None, "")


def copied(made):
    case = training_case(made, "the factory")
    return TrainingCopy(case, ReplayedBatches(case.batches, torch.device("cpu")))


@pytest.mark.parametrize(("steps", "last"), [(1, 1), (4, 4), (20, 5), (60, 6), (1000, 100)])
def test_the_loss_at_the_end_is_over_a_tenth(steps, last):
    assert last_steps(steps) == last


def test_first_and_last_step_are_recorded_and_about_twenty():
    found = train_recorded(copied(random_labels()), 45)
    steps = found.tree["layer"]["step"].values
    assert (*steps[:3], steps[-1]) == (0, 1, 2, 44)
    assert len(steps) == 24
    assert len(found.losses) == len(found.tree["loss"]) == 45
    assert {"target_spread", "output_spread", "grad_norm", "update_ratio"} <= set(found.tree.data_vars)


def test_the_gradient_at_the_first_and_the_last_step():
    tree = train_recorded(copied(remembering()), 10).tree
    found = decades_lost(tree, "layer", lag=12)
    expected = gv.gradient_across_lag(tree, lag=12)["decades_lost"].values.ravel()
    assert found == DecadesLost(float(expected[0]), float(expected[-1]), 12)
    assert decades_lost(tree, "layer", lag=50).lag == 19  # the longest in the sequences
    assert decades_lost(tree, "other", lag=3).lag is None
    assert module_to_compare(tree, NOTHING) == "layer"


@pytest.mark.parametrize(
    ("directions", "lag", "measured"), [(1, 12, 12), (1, None, 19), (2, 12, 12), (2, None, 9)]
)
def test_the_decades_lost_are_those_of_the_finding(directions, lag, measured):
    layer = nn.RNN(4, 8, batch_first=True, bidirectional=directions == 2)
    for name, weight in layer.named_parameters():
        weight.data *= 0.2 if "weight_hh" in name else 1
    model, batches, loss, _ = recalling(layer)
    model.head = nn.Linear(8 * directions, 2)
    tree = train_recorded(copied((model, batches, loss)), 5).tree
    found = gv.diagnose(tree, lag=lag)
    amount = next(a for f in found if f.kind == "vanishing" for a in f.amounts)
    lost = decades_lost(tree, module_to_compare(tree, found), lag=lag)
    assert (lost.last, lost.lag) == (pytest.approx(amount.value, abs=1e-6), measured)


def test_the_path_through_the_blamed_encoder_begins_in_the_decoder():
    model = nn.ModuleDict({"encoder": nn.GRU(2, 3), "decoder": nn.GRU(2, 3), "other": nn.GRU(2, 3)})
    with gv.record(model) as tape:
        last = model["encoder"](torch.randn(7, 2, 2))[1]
        answers = model["decoder"](torch.randn(4, 2, 2), last)[0], model["other"](torch.randn(9, 2, 2))[0]
        sum(answer[-1].sum() for answer in answers).backward()
    blamed = Diagnosis((finding("encoder"),), None, "")
    assert module_to_compare(tape.tree, blamed) == "decoder"
    assert module_to_compare(tape.tree, Diagnosis((finding("other"),), None, "")) == "other"
    lost = decades_lost(tape.tree, "decoder", lag=9)
    expected = gv.gradient_along_path(tape.tree, lag=9, module="decoder")["decades_lost_on_path"].item()
    assert lost == DecadesLost(expected, expected, 9)


def finding(module):
    return Finding("vanishing", "trouble", "", Place(module), (), (), "", Remedy("", ""))


def test_a_loss_without_gradient_is_a_finding():
    model, batches, _, _ = random_labels()
    case = (model, batches, lambda output, target: output.detach().sum())
    found = train_recorded(copied(case), 3)
    assert module_to_compare(found.tree, NOTHING) is None
    assert math.isnan(decades_lost(found.tree, None, lag=3).first)
    assert "nothing_recorded" in gv.diagnose(found.tree).kinds


def test_a_model_that_is_a_layer_and_returns_a_tuple():
    layer = nn.GRU(1, 2, batch_first=True)
    case = TrainingCase(layer, random_labels()[1], lambda output, target: output[0].square().mean())
    tree = record_short_training(case, steps=3)
    assert tree.attrs["model_is_layer"] == 1
    assert list(tree.children) == ["gru"]
    assert np.isfinite(tree["output_spread"]).all()


def test_a_short_training_leaves_everything_as_it_was():
    case = training_case(random_labels(), "the factory")
    before = [part.clone() for part in case.model.parameters()]
    state = torch.get_rng_state()
    assert len(record_short_training(case)["loss"]) == 20
    assert all(torch.equal(a, b) for a, b in zip(before, case.model.parameters(), strict=True))
    assert torch.equal(state, torch.get_rng_state())
