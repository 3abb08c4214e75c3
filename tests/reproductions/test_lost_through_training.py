"""Decades lost over a lag at each recorded step, by hand, and where they are not shown."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.experiment.alert import decades_lost
from gradviz.reproductions.lost_through_training import lost_through_training

FACTORS = {0: 0.1, 29: 0.01, 30: 0.1, 31: 0.001}


@pytest.fixture(scope="module")
def recorded():
    """Trainings of a unit that multiplies the gradient by a factor at each time step."""

    def make(*, every_step=False, factors=FACTORS, length=4):
        rnn = nn.RNN(1, 1, nonlinearity="relu", bias=False, batch_first=True)
        rnn.weight_ih_l0.data.fill_(1.0)
        with gv.record(rnn, every=1) as tape:
            for step in range(max(factors) + 1):
                rnn.weight_hh_l0.data.fill_(factors.get(step, 1.0))
                states, _ = rnn(torch.ones(2, length, 1))
                (states if every_step else states[:, -1]).sum().backward()
                tape.step()
        return tape.tree

    return make


def test_a_decade_for_each_time_step(recorded):
    tree = recorded()
    found = lost_through_training(tree, 3)
    assert found.lag == 3
    assert found.steps == list(range(32))
    assert [found.decades[step] for step in FACTORS] == pytest.approx([3, 6, 3, 9], abs=1e-4)
    assert found.early == (30, pytest.approx(3, abs=1e-4))


def test_each_step_is_what_an_early_warning_sees(recorded):
    tree = recorded()
    found = lost_through_training(tree, 2)
    for step in FACTORS:
        assert found.decades[step] == pytest.approx(decades_lost(tree.isel(step=[step]), 2), abs=1e-6)


def test_a_lag_beyond_the_sequences_is_measured_over_their_longest(recorded):
    assert lost_through_training(recorded(factors={0: 0.1}), 50).lag == 3


def test_no_step_is_late_enough(recorded):
    assert lost_through_training(recorded(factors={0: 0.1}), 3).early is None


def test_a_loss_at_every_step_does_not_show_it(recorded):
    assert lost_through_training(recorded(every_step=True, factors={0: 0.1}), 3) is None


def test_a_single_time_step_does_not_show_it(recorded):
    assert lost_through_training(recorded(factors={0: 0.1}, length=1), 3) is None
