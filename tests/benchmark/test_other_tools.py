"""Where other packages are installed, they give the gradients that they are said to give."""

import pytest

from gradviz.benchmark.other_ways import WAYS, difference_of_states, difference_of_weight_gradients
from gradviz.benchmark.steps import make_workload


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_torchlens(tiny, cell):
    pytest.importorskip("torchlens")
    workload = make_workload(cell, 5, tiny)
    with WAYS["torchlens"].case.measured(workload.copy()) as step:
        assert difference_of_states(step(), workload) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_backpack(tiny, cell):
    pytest.importorskip("backpack")
    workload = make_workload(cell, 5, tiny)
    with WAYS["backpack"].case.measured(workload.copy()) as step:
        found = step()
    assert len(found) == len(workload.inputs)
    assert difference_of_weight_gradients(found, workload) < 1e-5
