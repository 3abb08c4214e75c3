"""Spectra before and after training."""

import numpy as np
import pytest
import torch

from gradviz.experiment.run.build_model import build
from gradviz.gallery import adding_runs
from gradviz.gallery.figures import eigenvalues as figure


def test_untrained_spectra_are_those_of_the_first_weights(small):
    data = small("eigenvalues")
    run = adding_runs.adding_experiments()["RNN (tanh)"]
    torch.manual_seed(run.seed)
    weight = build(run)[0].recurrent.weight_hh_l0.detach().double().numpy()
    moduli = np.abs(np.linalg.eigvals(weight))
    assert figure.radius(data, "RNN (tanh)", "untrained", "hidden") == pytest.approx(moduli.max(), rel=1e-6)
    assert figure.inside(data, "RNN (tanh)", "untrained", "hidden") == np.mean(moduli < 1)


def test_dots_and_radii_are_the_numbers(small):
    data = small("eigenvalues")
    axes = figure.compose(data).axes
    spectrum = data["GRU/trained"].to_dataset().sel(gate="update").squeeze()
    dots = axes[2].collections[1].get_offsets()
    np.testing.assert_array_equal(dots[:, 0], spectrum["eigenvalue_real"])
    assert f"→ {float(spectrum['spectral_radius']):.2f}" in axes[2].get_title()
    assert len(figure.numbers(data)) == 2 * 6 * (1 + 4 + 3)


@pytest.mark.slow
def test_the_claim(full):
    data = full("eigenvalues")
    for label, (_, gate) in figure.NETWORKS.items():
        before, after = (figure.radius(data, label, moment, gate) for moment in figure.MOMENTS)
        assert before == pytest.approx(1 / np.sqrt(3), abs=0.08)
        assert after > before + 0.25
        assert figure.inside(data, label, "trained", gate) > 0.7
        assert (after > 1) == (gate != "hidden")
