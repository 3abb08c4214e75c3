"""More checks for a GPU: what a step tells, forward recordings, recurrences by hand, compiled models.

Each takes the device and returns the worst relative error with the most that is allowed.
"""

import copy
from contextlib import nullcontext

import numpy as np
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v

STEPS, BATCH, INPUTS, UNITS = 40, 5, 3, 24
LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def weight_shares(device, cell):
    """The shares of all steps, of one sequence at a time, against shares from copies of the weight."""
    layer = LAYERS[cell](INPUTS, UNITS).double().to(device)
    x = torch.randn(STEPS, 1, INPUTS, dtype=torch.float64, device=device)
    with gv.record(layer, detail="full") as tape:
        layer(x)[0].square().sum().backward()
    data = tape.dataset.isel(step=0, layer=0, direction=0)
    before = np.concatenate([np.zeros((1, 1, UNITS)), data[v.H].values[:-1]])
    grad = data[v.GRAD_GATES].values.copy()
    if cell == "gru":  # the candidate's block of the weight receives r times the gradient
        grad[:, :, 2] *= data[v.GATES].values[:, :, 0]
    summed = np.einsum("tsgu,tsv->guv", grad, before).reshape(-1, UNITS)
    expected = layer.weight_hh_l0.grad.cpu().numpy()
    of_sum = np.abs(summed - expected).max() / np.abs(expected).max()
    norms = np.linalg.norm(grad, axis=-1) * np.linalg.norm(before, axis=-1)[..., None]
    found = 10.0 ** data[v.LOG10_GRAD_WEIGHT].values.astype(np.float64)
    return max(of_sum, np.abs(found - norms).max() / norms.max()), 1e-5  # stored in float32


def forward_only(device, cell):
    """Gates of a forward recording against those of a recording with gradients."""
    layer = LAYERS[cell](INPUTS, UNITS, 2, bidirectional=True).double().to(device)
    x = torch.randn(STEPS, BATCH, INPUTS, dtype=torch.float64, device=device)
    with torch.no_grad(), gv.record(layer, detail="forward") as forward:
        out = layer(x)[0]
    with gv.record(layer, detail="full") as full:
        layer(x)[0].sum().backward()
    worst = np.abs(forward.dataset[v.GATES].values - full.dataset[v.GATES].values).max()
    with torch.no_grad():
        return max(worst, float((out - layer(x)[0]).abs().max())), 1e-10


def by_hand(device):
    """A GRU written by hand with its gates against the recording of an ``nn.GRUCell``."""
    cell = nn.GRUCell(INPUTS, UNITS).double().to(device)
    x = torch.randn(STEPS, BATCH, INPUTS, dtype=torch.float64, device=device)
    h = x.new_zeros(BATCH, UNITS)
    with gv.record(cell) as tape:
        for x_t in x:
            h = cell(x_t, h)
        h.square().sum().backward()
    h = x.new_zeros(BATCH, UNITS)
    w_ih, w_hh, b_ih, b_hh = (p.detach().requires_grad_() for p in cell.parameters())
    with gv.record(cell) as own:
        for t, x_t in enumerate(x):
            r_x, z_x, n_x = (x_t @ w_ih.T + b_ih).chunk(3, 1)
            r_h, z_h, n_h = (h @ w_hh.T + b_hh).chunk(3, 1)
            r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
            n = torch.tanh(n_x + r * n_h)
            h = (1 - z) * n + z * h
            gates = {"reset": r, "update": z, "candidate": n}
            own.observe("mine", h, time=t, gates=gates, squash={"candidate": "tanh"}, keeps="update")
        h.square().sum().backward()
    names = (v.LOG10_GRAD_H, v.LOG10_GRAD_GATE, v.GATE_MEAN, v.GATE_LEFT)
    pairs = [(own["mine"][name].values, tape.dataset[name].values) for name in names]
    return max(np.abs(found - expected).max() for found, expected in pairs), 1e-5


def scaled_loss(device):
    """Gradients under a GradScaler are those without one."""
    found = []
    for scale in (1.0, 2.0**12):
        torch.manual_seed(0)
        layer = nn.GRU(INPUTS, UNITS).to(device)
        optimizer = torch.optim.SGD(layer.parameters(), 0.01)
        scaler = torch.amp.GradScaler(device, init_scale=scale, growth_interval=1)
        x = torch.randn(STEPS, BATCH, INPUTS, device=device)
        with gv.record(layer, optimizer=optimizer) as tape:
            for _ in range(3):
                optimizer.zero_grad()
                out = layer(x)[0][-1]
                loss = out.square().sum()
                scaler.scale(loss).backward()
                scaler.unscale_(optimizer)
                scaler.step(optimizer)
                scaler.update()
                tape.step(loss, scaler=scaler, output=out)
        found.append(tape.dataset)
    names = (v.LOG10_GRAD_H, v.LOG10_GRAD_GATE, v.GRAD_NORM_CLIPPED, v.UPDATE_RATIO)
    differences = [np.abs(found[0][name].values / found[1][name].values - 1).max() for name in names]
    return max(differences), 1e-4


def compiled(device, backend):
    """Losses of a compiled model with a recording against those without, and that it was recorded."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.rnn, self.head = nn.Linear(INPUTS, 16), nn.LSTM(16, UNITS), nn.Linear(UNITS, 1)

        def forward(self, x):
            return self.head(self.rnn(nn.functional.gelu(self.first(x)))[0][-1])

    torch.manual_seed(0)
    model = Model().to(device)
    losses = []
    for recorded in (False, True):
        torch.compiler.reset()
        trained = copy.deepcopy(model)
        called = torch.compile(trained, backend=backend)
        optimizer = torch.optim.SGD(trained.parameters(), 0.05)
        with gv.record(trained, every=2) if recorded else nullcontext() as tape:
            for step in range(4):
                x = torch.randn(STEPS, BATCH, INPUTS, generator=torch.Generator().manual_seed(step))
                optimizer.zero_grad()
                loss = (called(x.to(device)) - 1).square().mean()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                if recorded:
                    tape.step(loss)
        if recorded and tape.dataset.sizes["step"] != 2:
            raise AssertionError("the compiled model was not recorded")
    plain, watched = np.array(losses).reshape(2, -1)
    return float(np.abs(watched / plain - 1).max()), 0.0 if device == "cpu" else 5e-5


STEP_CHECKS = {
    **{f"{cell}, shares of the weight's gradient": (weight_shares, cell) for cell in LAYERS},
    **{f"{cell}, forward only": (forward_only, cell) for cell in LAYERS},
    "gru by hand with its gates": (by_hand,),
    "gru, GradScaler": (scaled_loss,),
    "lstm, compiled (aot_eager)": (compiled, "aot_eager"),
    "lstm, compiled (inductor)": (compiled, "inductor"),
}
