"""Trainings: the recorded one is the same as the plain one, and what is scored is the true task."""

from dataclasses import replace

import pytest
import torch

from gradviz.benchmark.population.faults import FAULTS
from gradviz.benchmark.population.setup import Setup
from gradviz.benchmark.population.training import record_training, steps_until_solved, training

SETUP = Setup("latch", 5, "gru", 75, hidden=8, start="forget_bias", clip=1.0)


def test_a_recorded_training_is_the_same_to_the_bit():
    recorded, plain = training(SETUP), training(SETUP)
    tape, losses = record_training(recorded)
    steps, score = steps_until_solved(replace(plain))
    assert steps == 50
    assert score == 1
    again = training(replace(SETUP, steps=50))
    record_training(again)
    for one, other in zip(plain.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(one, other)
    assert losses[-1] < 0.1 < losses[0]
    assert tape["gru"]["log10_grad_h"].sizes["step"] == 25


def test_constant_labels_are_scored_by_the_true_targets():
    fault = FAULTS["labels_constant"]
    subject = training(replace(SETUP, steps=60), fault, 1.0)
    _, losses = record_training(subject)
    assert losses[-1] < 0.1
    assert subject.score() == pytest.approx(0, abs=0.15)


def test_a_training_that_does_not_solve_its_task():
    steps, score = steps_until_solved(training(replace(SETUP, steps=50, learning_rate=1e-9)))
    assert steps is None
    assert score < 0.75


def test_plain_descent_and_a_scaled_loss():
    subject = training(replace(SETUP, optimizer="sgd", steps=1, loss_factor=1e-3))
    assert isinstance(subject.optimizer, torch.optim.SGD)
    _, losses = record_training(subject)
    assert losses[0] == pytest.approx(0.7e-3, rel=0.2)


def test_gradients_that_are_not_set_to_zero_add_up():
    grads = {}
    for zeroes in (True, False):
        subject = training(replace(SETUP, zeroes_grad=zeroes, steps=3, learning_rate=0.0, clip=None))
        record_training(subject)
        grads[zeroes] = subject.model.recurrent().weight_hh_l0.grad.norm().item()
    assert grads[False] > 1.5 * grads[True]


def test_an_embedding_of_zero_is_frozen():
    subject = training(replace(SETUP, embeds=True, embedding_zero=True, steps=2))
    record_training(subject)
    assert all((p == 0).all() for p in subject.model.get_submodule("embedding").parameters())
