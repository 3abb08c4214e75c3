"""What is compared before it is timed, and that other numbers are noticed."""

import pytest
import torch

from gradviz.benchmark.cases import CASES
from gradviz.benchmark.jacobian_norms import by_jacrev
from gradviz.benchmark.other_ways import (
    JACOBIAN_WAYS,
    OTHER_CASES,
    WAYS,
    difference_of_jacobians,
    difference_of_states,
    difference_of_weight_gradients,
)
from gradviz.benchmark.python_loop import with_retain_grad
from gradviz.benchmark.steps import make_workload


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_states_of_a_loop_differ_by_rounding(tiny, cell):
    workload = make_workload(cell, 5, tiny)
    with with_retain_grad(workload.copy()) as step:
        found = step()
    assert difference_of_states(found, workload) < 1e-6
    found[0] *= 1.5
    assert difference_of_states(found, workload) > 0.1


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_jacobians_of_jacrev_differ_by_rounding(tiny, cell):
    workload = make_workload(cell, 5, tiny)
    with by_jacrev(workload.copy()) as step:
        found = step()
    assert difference_of_jacobians(found, workload) < 1e-5
    assert difference_of_jacobians(2 * found, workload) == pytest.approx(1, rel=1e-4)


def test_gradients_of_sequences_add_up_to_that_of_autograd(tiny):
    workload = make_workload("lstm", 5, tiny)
    copy = workload.copy()
    torch.nn.functional.mse_loss(copy.model(copy.inputs), copy.targets).backward()
    right = copy.model.recurrent.weight_hh_l0.grad
    halves = torch.stack([0.25 * right, 0.75 * right])
    assert difference_of_weight_gradients(halves, workload.copy()) < 1e-6
    assert difference_of_weight_gradients(halves[:1], workload.copy()) == pytest.approx(0.75, rel=1e-4)


def test_a_package_that_is_missing_and_a_cell_that_is_not_taken_have_a_reason(monkeypatch):
    monkeypatch.setattr("gradviz.benchmark.other_ways.find_spec", lambda name: None)
    assert WAYS["torchlens"].why_not("lstm") == "not installed"
    assert WAYS["loop_hooks"].why_not("lstm") is None
    monkeypatch.setattr("gradviz.benchmark.other_ways.find_spec", lambda name: name)
    assert WAYS["torchlens"].why_not("lstm") is None
    assert WAYS["backpack"].why_not("gru") == "not supported"
    assert WAYS["backpack"].why_not("rnn") is None


def test_every_way_is_a_case_under_its_name():
    cases = {**CASES, **OTHER_CASES}
    for name, way in {**WAYS, **JACOBIAN_WAYS}.items():
        assert way.case is cases[name]
