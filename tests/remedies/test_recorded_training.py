"""A training that is recorded, and what is measured in it."""

import math

import numpy as np
import pytest
import torch
from remedies.trainings import random_labels, remembering
from torch import nn

import gradviz as gv
from gradviz.diagnosis.diagnosis import Diagnosis
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
    assert (steps[0], steps[-1]) == (0, 44)
    assert len(steps) == 23
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
