"""What users of other tools asked for, answered as docs/wishes.md says, with numbers calculated by hand.

The page names the source of each question.
"""

import math

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv


@pytest.fixture
def trained():
    """An LSTM of one unit whose gates do not depend on its state: i = .5, f = .75, g = x, o = .9."""
    lstm = nn.LSTM(1, 1)
    with torch.no_grad():
        for parameter in lstm.parameters():
            parameter.zero_()
        lstm.weight_ih_l0[2] = 1
        lstm.bias_ih_l0.copy_(torch.tensor([0, math.log(3), 0, math.log(9)]))  # the logits of .5, .75, ., .9
    return lstm


def of_layer(dataset):
    return dataset.isel(step=0, layer=0, direction=0)


def test_the_gates_of_a_trained_model_in_inference(trained):
    x = torch.full((3, 1, 1), math.atanh(0.5))
    with torch.no_grad(), gv.record(trained.eval(), detail="forward") as tape:
        trained(x)
    gates = of_layer(tape.dataset)["gates"].isel(sample=0, unit=0)
    assert gates.gate.values.tolist() == ["input", "forget", "candidate", "output"]
    np.testing.assert_allclose(gates, [[0.5, 0.75, 0.5, 0.9]] * 3, rtol=1e-6)


def test_the_cell_state_at_every_step(trained):
    """c_1 = .5 * .5, c_t = .75 c_{t-1} + .25; and a sequence can go on from any of them."""
    x = torch.full((3, 1, 1), math.atanh(0.5))
    with torch.no_grad(), gv.record(trained, detail="forward") as tape:
        output, (_, c_n) = trained(x)
    c = of_layer(tape.dataset)["c"].isel(sample=0, unit=0).values
    np.testing.assert_allclose(c, [0.25, 0.4375, 0.578125], rtol=1e-6)
    assert c[-1] == pytest.approx(c_n.item())
    with torch.no_grad():
        rest, _ = trained(x[2:], (output[1:2], torch.tensor(c[1]).reshape(1, 1, 1)))
    torch.testing.assert_close(rest, output[2:])


def unrolled(lstm, x):
    """The output at the last step, and one leaf for the recurrent weight of each time step."""
    h = c = x.new_zeros(x.shape[1], lstm.hidden_size)
    weights = [lstm.weight_hh_l0.detach().clone().requires_grad_() for _ in x]
    for step, weight in zip(x, weights, strict=True):
        gates = step @ lstm.weight_ih_l0.T + h @ weight.T + lstm.bias_ih_l0 + lstm.bias_hh_l0
        i, f, g, o = gates.chunk(4, dim=-1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    return h, weights


def test_the_gradient_of_the_weights_by_time_step():
    """Against one leaf a time step: each share, its norm for each gate, and the sum, which is ``.grad``."""
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 4).double()
    x = torch.randn(6, 1, 3, dtype=torch.float64)
    with gv.record(lstm, detail="full") as tape:
        lstm(x)[0][-1].square().sum().backward()
    h, weights = unrolled(lstm, x)
    expected = torch.stack(torch.autograd.grad(h.square().sum(), weights)).numpy()  # (time, 4 * unit, unit)

    recorded = of_layer(tape.dataset).isel(sample=0)
    norms = np.linalg.norm(expected.reshape(6, 4, 16), axis=-1)
    assert norms[0].tolist() == [0.0] * 4  # the first step has no state before it
    np.testing.assert_allclose(10 ** recorded["log10_grad_weight"].values, norms, rtol=1e-5)
    before = recorded["h"].shift(time=1, fill_value=0.0).rename(unit="unit_from")
    shares = (recorded["grad_gates"] * before).transpose("time", "gate", "unit", "unit_from").values
    np.testing.assert_allclose(shares.reshape(6, 16, 4), expected, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(shares.sum(0).reshape(16, 4), lstm.weight_hh_l0.grad.numpy(), rtol=1e-5)


class Stack(nn.Module):
    """Eight LSTMs of seven layers: 224 parameters in them, and a head."""

    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([nn.LSTM(4, 4, num_layers=7) for _ in range(8)])
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        for part in self.parts:
            x, _ = part(x)
        return self.head(x[-1])


def recorded_stack(**options):
    torch.manual_seed(0)
    model = Stack()
    with gv.record(model, **options) as tape:
        loss = model(torch.randn(5, 2, 4)).square().mean()
        loss.backward()
        tape.step(loss)
    return model, tape


def test_one_overview_in_place_of_224_histograms():
    model, tape = recorded_stack()
    assert len(list(model.parts.parameters())) == 224
    text = str(gv.summary(tape.tree))
    assert len(text.splitlines()) <= 10
    assert "8 modules" in text
    assert "gradient" in text
    assert "gates" in text


def test_what_is_watched_can_be_chosen():
    _, one = recorded_stack(modules="parts.7")
    assert one.names == ["parts.7"]
    _, some = recorded_stack(modules=["parts.0", "parts.[67]"])
    assert some.names == ["parts.0", "parts.6", "parts.7"]


def test_the_size_of_the_updates(trained):
    """SGD with rate .1: ‖Δw‖ is .1 ‖g‖, and ‖w‖² = 1 + log²3 + log²9."""
    optimizer = torch.optim.SGD(trained.parameters(), lr=0.1)
    with gv.record(trained, optimizer=optimizer) as tape:
        loss = trained(torch.ones(2, 1, 1))[0][-1].sum()
        loss.backward()
        gradient = math.sqrt(sum(parameter.grad.square().sum().item() for parameter in trained.parameters()))
        optimizer.step()
        tape.step(loss)
    weights = math.sqrt(1 + math.log(3) ** 2 + math.log(9) ** 2)
    assert tape.dataset["update_ratio"].item() == pytest.approx(0.1 * gradient / weights, rel=1e-5)
    assert tape.dataset["grad_norm"].item() == pytest.approx(gradient, rel=1e-5)


def test_gradients_while_they_are_accumulated():
    """Two micro-batches: each has its own gradient along ``call``; ``grad_norm`` is that of their sum."""
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 3)
    optimizer = torch.optim.SGD(lstm.parameters(), lr=0.1)
    x = torch.randn(5, 4, 2)
    norms = []
    with gv.record(lstm, optimizer=optimizer) as tape:
        for part in x.split(2, dim=1):
            output, _ = lstm(part)
            output.retain_grad()
            loss = output[-1].square().sum()
            loss.backward()
            norms.append(output.grad[-1].norm(dim=-1))  # at the last step all of it is direct
        gradient = math.sqrt(sum(parameter.grad.square().sum().item() for parameter in lstm.parameters()))
        optimizer.step()
        tape.step(loss)
    recorded = of_layer(tape.dataset)
    assert recorded.sizes["call"] == 2
    last = 10 ** recorded["log10_grad_h"].isel(time=-1).transpose("call", "sample").values
    np.testing.assert_allclose(last, torch.stack(norms), rtol=1e-5)
    assert recorded["grad_norm"].item() == pytest.approx(gradient, rel=1e-5)


def test_detection_while_training():
    """An RNN whose state halves at each step loses 60 log10 2 = 18 decades over 60 steps: hopeless."""
    rnn = nn.RNN(1, 1, bias=False)
    with torch.no_grad():
        rnn.weight_hh_l0.fill_(0.5)
        rnn.weight_ih_l0.fill_(0.1)
    seen = []
    with gv.record(rnn, every=10) as tape:
        gv.alert(tape, seen.append, lag=60)
        for _ in range(41):
            rnn.zero_grad()
            loss = rnn(torch.full((61, 2, 1), 0.01))[0][-1].sum()
            loss.backward()
            tape.step(loss)
    (alert,) = seen
    assert alert.step == 30  # the first that is judged
    assert alert.decades_lost == pytest.approx(60 * math.log10(2), abs=0.01)
