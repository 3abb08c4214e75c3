"""What a network does by itself: eigenvalues, Lyapunov exponents, and products of Jacobians."""

import sys
from pathlib import Path

import torch
from torch import nn

import gradviz as gv

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)


def network(gain):
    rnn = nn.RNN(1, 64)
    nn.init.normal_(rnn.weight_hh_l0, std=gain / 64**0.5)
    return rnn


networks = {"gain 0.8": network(0.8), "gain 1.5": network(1.5)}
x = torch.zeros(500, 1, 1)  # (time, batch, input): no input, so the state is left to itself
h0 = torch.randn(1, 1, 64)

spectra = {name: gv.lyapunov_spectrum(rnn, x, k=10, warmup=100, h0=h0) for name, rnn in networks.items()}
weights = {name: gv.hidden_eigenvalues(rnn) for name, rnn in networks.items()}
for name, rnn in networks.items():
    radius = float(weights[name]["spectral_radius"].squeeze())
    products = gv.jacobian_products(rnn, x[:50], h0=h0)
    reach = float(products["log10_largest_singular_value"][0].squeeze())
    exponent = float(spectra[name][0])
    print(f"{name}: spectral radius {radius:.2f}, largest exponent {exponent:+.3f} nats per step,")
    print(f"    a gradient over 50 steps keeps at most 10^{reach:.1f} of its norm")

gv.plot_eigenvalues(weights).get_figure().savefig(folder / "eigenvalues.png", dpi=150)
gv.plot_lyapunov(spectra).get_figure().savefig(folder / "lyapunov.png", dpi=150)
print("drawn in eigenvalues.png and lyapunov.png")
