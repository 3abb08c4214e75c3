"""Eigenvalues, norms and non-normality of the block of every gate."""

import numpy as np
import pytest
import torch
from torch import nn

from gradviz.dynamics.eigenvalues import hidden_eigenvalues
from gradviz.errors import CannotWatch


@pytest.mark.parametrize(
    ("module", "gates"),
    [
        (nn.RNN(2, 4, 2, bidirectional=True), ["hidden"]),
        (nn.LSTM(2, 4, 2, bidirectional=True, bias=False), ["input", "forget", "candidate", "output"]),
        (nn.GRU(2, 4, 2, bidirectional=True), ["reset", "update", "candidate"]),
    ],
)
def test_each_block_has_numpys_numbers(module, gates):
    found = hidden_eigenvalues(module)
    assert found["eigenvalue_real"].dims == ("layer", "direction", "gate", "eigenvalue")
    assert found["gate"].values.tolist() == gates
    for layer in (0, 1):
        for direction, suffix in (("forward", ""), ("reverse", "_reverse")):
            blocks = getattr(module, f"weight_hh_l{layer}{suffix}").detach().double().chunk(len(gates))
            for gate, block in zip(gates, blocks, strict=True):
                here = found.sel(layer=layer, direction=direction, gate=gate)
                got = here["eigenvalue_real"].values + 1j * here["eigenvalue_imag"].values
                expected = np.linalg.eigvals(block.numpy())
                assert (np.diff(np.abs(got)) <= 1e-12).all()
                np.testing.assert_allclose(np.sort_complex(got.round(9)), np.sort_complex(expected.round(9)))
                assert here["spectral_radius"].item() == pytest.approx(np.abs(expected).max())
                assert here["largest_singular_value"].item() == pytest.approx(np.linalg.norm(block, 2))


def with_recurrent_weight(rows):
    module = nn.RNN(1, len(rows)).double()
    with torch.no_grad():
        module.weight_hh_l0.copy_(torch.tensor(rows, dtype=torch.float64))
    return {name: values.item() for name, values in hidden_eigenvalues(module).items() if values.size == 1}


def test_the_non_normal_example():
    """U = [[.9, 10], [0, .9]]: ‖U‖_F² - Σ|λ|² = 10²; σ² (σ² - 1.62 - 100) + .81² = 0."""
    found = with_recurrent_weight([[0.9, 10.0], [0.0, 0.9]])
    square = 0.9**2 * 2 + 100
    largest = ((square + (square**2 - 4 * 0.81**2) ** 0.5) / 2) ** 0.5
    assert found["spectral_radius"] == pytest.approx(0.9, abs=1e-7)
    assert found["largest_singular_value"] == pytest.approx(largest)
    assert found["largest_singular_value"] == pytest.approx(10.08, abs=0.005)
    assert found["henrici_departure"] == pytest.approx(10.0)
    assert found["transient_growth_bound"] == pytest.approx(38.75, abs=0.01)
    assert found["transient_growth_power"] == 9


def test_a_rotation_is_normal():
    found = with_recurrent_weight([[0.6, -0.8], [0.8, 0.6]])
    assert found["henrici_departure"] == pytest.approx(0.0, abs=1e-7)
    assert found["spectral_radius"] == pytest.approx(1.0)
    assert (found["transient_growth_bound"], found["transient_growth_power"]) == (1.0, 0.0)


def test_a_projected_block_is_the_product():
    module = nn.LSTM(2, 5, proj_size=2)
    block = (module.weight_hh_l0[5:10].double() @ module.weight_hr_l0.double()).detach().numpy()
    found = hidden_eigenvalues(module).sel(gate="forget")
    assert found.sizes["eigenvalue"] == 5
    assert found["spectral_radius"].item() == pytest.approx(np.abs(np.linalg.eigvals(block)).max())


def test_a_model_with_one_recurrent_module_is_as_good():
    model = nn.ModuleDict({"body": nn.GRU(2, 3), "head": nn.Linear(3, 1)})
    assert hidden_eigenvalues(model).identical(hidden_eigenvalues(model["body"]))
    model["second"] = nn.LSTM(2, 3)
    with pytest.raises(
        CannotWatch, match="ModuleDict has several recurrent modules; choose one: body, second"
    ):
        hidden_eigenvalues(model)
    with pytest.raises(CannotWatch, match="Linear is not an nn"):
        hidden_eigenvalues(model["head"])


def test_a_weight_that_is_not_finite_is_refused():
    module = nn.GRU(2, 3)
    with torch.no_grad():
        module.weight_hh_l0[0, 0] = torch.nan
    with pytest.raises(ValueError, match="not finite"):
        hidden_eigenvalues(module)
