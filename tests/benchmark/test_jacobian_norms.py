"""All methods give the norms of the same Jacobians."""

import pytest
import torch

from gradviz.benchmark.jacobian_norms import by_autograd, by_jacrev, in_closed_form
from gradviz.benchmark.steps import make_workload
from gradviz.dynamics.step_jacobians import step_jacobians


@pytest.mark.parametrize("cell", ["rnn", "rnn_relu", "lstm", "gru"])
def test_they_are_equal(tiny, cell):
    workload = make_workload(cell, 5, tiny)
    matrices = torch.from_numpy(step_jacobians(workload.model.recurrent, workload.inputs[:1]).values)
    expected = matrices.flatten(2).norm(dim=-1)
    assert expected.shape == (5, 1)
    for opener in (in_closed_form, by_autograd, by_jacrev):
        with opener(workload.copy()) as step:
            torch.testing.assert_close(step(), expected)
