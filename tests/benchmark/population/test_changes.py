"""Changes of a remedy, applied to a training."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from gradviz.benchmark.population.changes import apply_change
from gradviz.benchmark.population.faults import FAULTS
from gradviz.benchmark.population.setup import Setup
from gradviz.benchmark.population.training import training
from gradviz.diagnosis.finding import Change
from gradviz.remedies.not_possible import NotPossible

SETUP = Setup("latch", 8, "lstm", 100, hidden=4)


def changed(setup, name, fault=None, strength=0.0, **options):
    subject = training(setup, fault, strength)
    apply_change(subject, Change(name, options))
    return subject


def test_changes_of_the_model():
    subject = changed(SETUP, "initialise", module="lstm", scheme="forget_bias", value=3.0)
    bias = subject.model.lstm.bias_ih_l0 + subject.model.lstm.bias_hh_l0
    assert (bias[4:8] == 3).all()
    subject = changed(SETUP, "open_output_gate", FAULTS["output_gate_closed"], -9.0, module="lstm")
    assert (subject.model.lstm.bias_ih_l0[12:] == 0).all()
    assert (subject.model.lstm.bias_ih_l0[:12] != 0).all()
    subject = changed(SETUP, "unfreeze", FAULTS["weights_frozen"], module="lstm")
    assert len(subject.optimizer.param_groups[0]["params"]) == 6
    rnn = replace(SETUP, cell="rnn", layers=2)
    subject = changed(rnn, "replace_by_gru", module="rnn", t_max=8)
    assert isinstance(subject.model.rnn, nn.GRU)
    assert {id(p) for p in subject.model.rnn.parameters()} <= {
        id(p) for p in subject.optimizer.param_groups[0]["params"]
    }
    assert changed(SETUP, "set_batch_first", module="lstm", value=False).model.lstm.batch_first is False


def test_changes_of_the_training():
    assert changed(SETUP, "clip_norm", limit=2.0).setup.clip == 2
    subject = changed(SETUP, "lower_learning_rate", factor=0.1)
    assert subject.optimizer.param_groups[0]["lr"] == pytest.approx(1e-3)
    assert changed(replace(SETUP, zeroes_grad=False), "zero_grad").setup.zeroes_grad
    assert not changed(replace(SETUP, flat_target=True), "match_target").setup.flat_target
    subject = changed(replace(SETUP, squashed=True), "remove_softmax")
    assert not subject.model.setup.squashed


def test_normalised_input():
    subject = changed(SETUP, "normalise_input", FAULTS["raw_input"], 300.0)
    inputs, _ = subject.batch(0, torch.Generator().manual_seed(5))
    assert abs(inputs.mean()) < 1
    assert 0.3 < inputs.std() < 3


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("no_such_change", {}),
        ("replace_by_gru", {"module": "lstm", "t_max": 5}),
        ("initialise", {"module": "nowhere", "scheme": "chrono", "t_max": 5}),
        ("initialise", {"module": "lstm", "scheme": "identity"}),
        ("standardise_target", {}),
    ],
)
def test_what_cannot_be_changed(name, options):
    with pytest.raises(NotPossible):
        changed(SETUP, name, **options)
