"""Plots of results computed on a model show their values."""

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

import gradviz as gv
from gradviz.plots.drawing.palette import CELL_COLOURS, GATE_COLOURS

X = torch.linspace(-1, 1, 5 * 2 * 3).reshape(5, 2, 3)


@pytest.fixture
def gru():
    return torch.nn.GRU(3, 4)


def test_eigenvalues(gru):
    data = gv.hidden_eigenvalues(gru)
    ax = gv.plot_eigenvalues(data)
    assert [to_hex(points.get_facecolor()[0]) for points in ax.collections] == [
        GATE_COLOURS[gate] for gate in ("reset", "update", "candidate")
    ]
    block = gru.weight_hh_l0.detach().numpy()[4:8]
    drawn = np.sort_complex(np.asarray(ax.collections[1].get_offsets()) @ [1, 1j])
    np.testing.assert_allclose(drawn, np.sort_complex(np.linalg.eigvals(block)), atol=1e-6)
    assert ax.patches[2].get_radius() == pytest.approx(max(abs(np.linalg.eigvals(block))), rel=1e-5)


def test_lyapunov_spectrum(gru):
    spectrum = gv.lyapunov_spectrum(gru, X)
    ax = gv.plot_lyapunov(spectrum.assign_attrs(cell="gru"))
    np.testing.assert_allclose(ax.lines[1].get_ydata(), spectrum.values)
    assert to_hex(ax.lines[1].get_color()) == CELL_COLOURS["gru"]
    assert ax.get_ylabel() == "Lyapunov exponent\n(nats per time step)"


class AtEveryStep(torch.nn.Module):
    """A model whose output at every step is its hidden state."""

    def __init__(self):
        super().__init__()
        self.gru = torch.nn.GRU(3, 4, batch_first=True)

    def forward(self, x):
        return self.gru(x)[0]


def test_connectivity():
    data = gv.connectivity(AtEveryStep(), X.transpose(0, 1), torch.zeros(2, 5, 4))
    ax = gv.plot_connectivity(data)
    lower = np.tril(np.ones((5, 5), bool))
    np.testing.assert_allclose(ax.images[0].get_array()[lower], data.values[lower])
    assert ax.get_ylabel() == "time step of the loss"
    assert "gradient of one step's loss at the state" in ax.images[0].colorbar.ax.get_ylabel()
