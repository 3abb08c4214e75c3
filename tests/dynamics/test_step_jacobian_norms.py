"""Norms equal those of the matrices."""

import numpy as np
import pytest
import torch
from step_twin import CONFIGURATIONS
from torch import nn

from gradviz.dynamics.step_jacobian_norms import step_jacobian_norms
from gradviz.dynamics.step_jacobians import step_jacobians
from gradviz.errors import UnknownName


@pytest.mark.parametrize("cell", CONFIGURATIONS)
def test_both_are_those_of_the_matrices(cell):
    make, options = CONFIGURATIONS[cell]
    module = make(3, 8, bidirectional=True, **options).double()
    x = 2 * torch.randn(6, 2, 3).double()
    matrices = step_jacobians(module, x, direction="reverse").values
    found = step_jacobian_norms(module, x, direction="reverse")
    np.testing.assert_allclose(found["frobenius_norm"], np.linalg.norm(matrices, axis=(-2, -1)), rtol=1e-12)
    np.testing.assert_allclose(found["spectral_norm"], np.linalg.norm(matrices, 2, (-2, -1)), rtol=1e-12)
    assert found["spectral_norm"].dims == ("time", "sample")
    assert found["spectral_norm"].attrs["long_name"] == "largest singular value of the step's Jacobian"


def test_a_scaled_rotation_has_its_scale_and_a_dead_relu_zero():
    module = nn.RNN(1, 4, nonlinearity="relu", bias=False).double()
    with torch.no_grad():
        module.weight_hh_l0.copy_(3 * torch.linalg.qr(torch.randn(4, 4).double())[0])
        module.weight_ih_l0.fill_(1000.0)
    found = step_jacobian_norms(module, torch.tensor([[1.0], [-1.0], [-5000.0]]).double())
    np.testing.assert_allclose(found["spectral_norm"][0], 3.0)
    np.testing.assert_allclose(found["frobenius_norm"][0], 6.0)
    assert found["spectral_norm"][2].item() == found["frobenius_norm"][2].item() == 0.0


def test_one_norm_alone():
    found = step_jacobian_norms(nn.GRU(1, 2), torch.zeros(2, 1), norms=["frobenius_norm"])
    assert list(found.data_vars) == ["frobenius_norm"]
    with pytest.raises(UnknownName, match="unknown norm 'spectral'; did you mean 'spectral_norm'"):
        step_jacobian_norms(nn.GRU(1, 2), torch.zeros(2, 1), norms=["spectral"])
