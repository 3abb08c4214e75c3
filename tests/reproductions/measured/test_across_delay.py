"""Gradient lost across the delay of copy memory: by hand, and as an unrolled loop finds it."""

import math

import pytest
import torch
from torch.nn import functional

import gradviz as gv
from gradviz.experiment.run.before_training import load_untrained
from gradviz.reproductions.measured.across_delay import AFTER, BEFORE, NAMES, lost_across_delay, measure

TASK = gv.tasks.copy_memory(delay=4, symbols=2, alphabet=3)


def one_unit(recurrent):
    """A ReLU unit that is always on: every step back multiplies the gradient by its recurrent weight."""
    model = gv.SequenceModel("rnn_relu", TASK.input_size, 1, TASK.output_size, every_step=True).double()
    weights = dict(model.named_parameters())
    with torch.no_grad():
        for name, weight in weights.items():
            if "weight_hh" in name:
                weight.fill_(recurrent)
            elif "weight_ih" in name or "bias" in name:
                weight.fill_(0.5)
    return model


def by_a_loop(model, task):
    """Mean decades lost, by one backward pass for every letter through an unrolled loop."""
    inputs, targets = task.batch(16, torch.Generator().manual_seed(0))
    cell = next(part for part in model.modules() if isinstance(part, torch.nn.RNN))
    head = next(part for part in model.modules() if isinstance(part, torch.nn.Linear))
    found = []
    for letter in range(task.symbols):
        answer = letter + task.delay + task.symbols
        state, states = torch.zeros(len(inputs), cell.hidden_size), []
        for step in range(answer + 1):
            drive = inputs[:, step] @ cell.weight_ih_l0.T + cell.bias_ih_l0 + cell.bias_hh_l0
            state = torch.tanh(drive + state @ cell.weight_hh_l0.T)
            states.append(state)
        loss = functional.cross_entropy(head(state), targets[:, answer], reduction="sum")
        at_answer, at_letter = torch.autograd.grad(loss, [states[answer], states[letter]])
        found.append(math.log10(at_answer.norm(dim=1).mean() / at_letter.norm(dim=1).mean()))
    return sum(found) / len(found)


@pytest.fixture
def run(tmp_path):
    def make(task):
        table = {
            "name": "short",
            "task": task,
            "model": {"cell": "rnn", "hidden_size": 5},
            "training": {"steps": 3, "batch_size": 4, "learning_rate": 0.1},
        }
        return gv.run(table, runs=tmp_path).folder

    return make


@pytest.mark.parametrize("recurrent", [0.5, 2.0])
def test_one_unit_by_hand(recurrent):
    expected = -(TASK.delay + TASK.symbols) * math.log10(recurrent)
    assert lost_across_delay(one_unit(recurrent), TASK) == pytest.approx(expected, abs=1e-6)


def test_nothing_arrives_through_a_weight_of_zero():
    assert lost_across_delay(one_unit(0.0), TASK) == math.inf


def test_as_an_unrolled_loop_before_and_after(run):
    folder = run(TASK)
    measured = measure(folder)
    assert tuple(measured) == NAMES
    assert measured[BEFORE] == pytest.approx(by_a_loop(load_untrained(folder)[0], TASK), abs=1e-4)
    assert measured[AFTER] == pytest.approx(by_a_loop(gv.load_trained(folder)[0], TASK), abs=1e-4)
    assert abs(measured[AFTER] - measured[BEFORE]) > 0.01


def test_other_tasks_have_none(run):
    assert measure(run(gv.tasks.adding(length=8))) == {}


def test_a_range_of_delays_is_refused():
    with pytest.raises(ValueError, match=r"the delays \(2, 4\): it must have one"):
        lost_across_delay(one_unit(0.5), gv.tasks.copy_memory(delay=(2, 4), symbols=2, alphabet=3))
