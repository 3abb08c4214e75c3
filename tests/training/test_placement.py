"""Batches are put where the model is, and get its type."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

import gradviz as gv
from gradviz.training.loop import Training
from gradviz.training.optimisation import Optimisation
from gradviz.training.placement import Placement


def test_tensors_and_packed_sequences():
    place = Placement.of(nn.Linear(2, 1).double())
    assert place(torch.ones(3)).dtype == torch.float64
    assert place(torch.ones(3, dtype=torch.int64)).dtype == torch.int64
    packed = place(pack_sequence([torch.ones(3, 1), torch.ones(5, 1)], enforce_sorted=False))
    assert isinstance(packed, PackedSequence)
    assert (packed.data.dtype, packed.sorted_indices.tolist()) == (torch.float64, [1, 0])


def test_what_is_already_there_is_not_copied():
    place, given = Placement.of(nn.Linear(2, 1)), torch.ones(3)
    assert place(given) is given


def test_states():
    place = Placement(torch.device("meta"), torch.float32)
    h = torch.ones(2)
    assert place.state(None) is None
    assert place.state(h).device == place.device
    assert [part.device.type for part in place.state((h, h))] == ["meta", "meta"]


@pytest.mark.parametrize("length", [8, (5, 8)])
def test_a_training_in_float64_is_recorded_in_float64(length):
    task = gv.tasks.adding(length)
    model = gv.SequenceModel("lstm", 2, 4, 1).double()
    training = Training(model, task, Optimisation(steps=2, batch_size=3))
    before = torch.get_default_dtype()
    with gv.record(model) as tape:
        for step in training:
            tape.step(step.loss)
    assert torch.get_default_dtype() == before
    assert tape.dataset.attrs["compute_dtype"] == "float64"
    assert tape.dataset.attrs["replay_error"] < 1e-14
    state = training.state_dict()["optimizer"]["state"][0]["exp_avg"]
    assert state.dtype == torch.float64
