"""The option ``optimizer``: one sentence for each that cannot be watched, before anything is touched."""

import re

import pytest
import torch
from torch import nn

import gradviz as gv


class Wrapper(torch.optim.Optimizer):
    """As that of Accelerate: an Optimizer by class, with none of its own parts."""

    def __init__(self, optimizer):
        self.optimizer = optimizer


def refused(lstm, optimizer, error, message, tmp_path):
    with pytest.raises(error, match=re.escape(message)):
        gv.record(lstm, optimizer=optimizer, path=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_is_not_an_optimizer(tmp_path):
    lstm = nn.LSTM(2, 3)
    sgd = torch.optim.SGD(lstm.parameters(), lr=0.1)
    must = "must be a torch.optim.Optimizer"
    give = (
        ", the one whose step() trains the model; it holds a SGD: give that one, by its attribute .optimizer"
    )
    for value, message in (
        ("adam", f"optimizer is of type str: {must}"),
        (torch.optim.SGD, f"optimizer is the class SGD: {must}"),
        (
            torch.optim.lr_scheduler.StepLR(sgd, 1),
            f"optimizer is of type StepLR: {must}{give}",
        ),
        (Wrapper(sgd), f"Wrapper: {must}{give}"),
    ):
        refused(lstm, value, TypeError, message, tmp_path)
    assert not sgd._optimizer_step_pre_hooks


def test_an_optimizer_of_another_model(tmp_path):
    lstm, other = nn.LSTM(2, 3), nn.LSTM(2, 3)
    message = "optimizer holds none of the parameters of the model, but 4 others"
    refused(lstm, torch.optim.SGD(other.parameters(), lr=0.1), ValueError, message, tmp_path)


def test_what_can_be_watched():
    class Mine(torch.optim.SGD):
        pass

    lstm = nn.LSTM(2, 3)
    for kind in (torch.optim.Adam, torch.optim.LBFGS, Mine):
        optimizer = kind(lstm.parameters(), lr=0.1)
        with gv.record(lstm, optimizer=optimizer) as tape:
            lstm(torch.ones(3, 1, 2))[0].sum().backward()
        assert tape.dataset["grad_norm"] > 0
