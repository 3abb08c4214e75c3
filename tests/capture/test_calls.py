"""One module called several times in a step, and gradients that arrive in several ways."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from twin import Unrolled, log10_norm

import gradviz as gv
from gradviz import vocabulary as v


def twin_gradient(module, x, loss):
    twin = Unrolled(module, x)
    loss(twin.out).backward()
    return log10_norm(twin.gradient("h", 0, 0))


def total(tape, **where):
    found = tape.dataset[v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0)
    return found.isel(**where).values


def last(out):
    return out[-1].pow(2).sum()


def test_two_calls_get_a_call_dim():
    module = nn.LSTM(3, 4).double()
    a, b = torch.randn(7, 2, 3).double(), torch.randn(5, 2, 3).double()
    with gv.record(module) as tape:
        (last(module(a)[0]) + last(module(b)[0])).backward()
        tape.step()
        last(module(a)[0]).backward()
    found = tape.dataset[v.LOG10_GRAD_H]
    assert found.dims == ("step", "call", "layer", "direction", "time", "sample")
    np.testing.assert_allclose(total(tape, call=0), twin_gradient(module, a, last), rtol=1e-6)
    np.testing.assert_allclose(total(tape, call=1)[:5], twin_gradient(module, b, last), rtol=1e-6)
    assert np.isnan(total(tape, call=1)[5:]).all()
    assert found.isel(step=1, call=1).isnull().all()


@pytest.mark.parametrize("detached", [False, True])
def test_state_carried_from_call_to_call(detached):
    """Two calls make one time axis; a gradient across a detach is an exact zero there."""
    module = nn.GRU(3, 4).double()
    x = torch.randn(9, 2, 3).double()
    with gv.record(module) as tape:
        _, state = module(x[:5])
        out, _ = module(x[5:], state.detach() if detached else state)
        last(out).backward()
    expected = twin_gradient(module, x, last)
    assert "call" not in tape.dataset.dims
    np.testing.assert_allclose(total(tape)[5:], expected[5:], rtol=1e-6)
    if detached:
        assert np.isneginf(total(tape)[:5]).all()
        assert tape.dataset[v.CUT].isel(step=0, layer=0, direction=0, sample=0).values.tolist() == [
            float(t == 5) for t in range(9)
        ]
    else:
        np.testing.assert_allclose(total(tape)[:5], expected[:5], rtol=1e-6)


def test_gradient_accumulation_over_micro_batches():
    module = nn.RNN(3, 4).double()
    batches = [torch.randn(6, 2, 3).double() for _ in range(3)]
    with gv.record(module) as tape:
        for x in batches:
            last(module(x)[0]).backward()
    for k, x in enumerate(batches):
        np.testing.assert_allclose(total(tape, call=k), twin_gradient(module, x, last), rtol=1e-6)


def test_two_backwards_through_one_graph_add_up():
    module = nn.LSTM(3, 4).double()
    x = torch.randn(6, 2, 3).double()
    with gv.record(module) as tape:
        out = module(x)[0]
        last(out).backward(retain_graph=True)
        out[2].sum().backward()
    expected = twin_gradient(module, x, lambda out: last(out) + out[2].sum())
    np.testing.assert_allclose(total(tape), expected, rtol=1e-6)


def test_autograd_grad_instead_of_backward():
    module = nn.LSTM(3, 4).double()
    x = torch.randn(6, 2, 3).double()
    for inputs in (list(module.parameters()), [module.weight_hh_l0]):
        with gv.record(module) as tape:
            torch.autograd.grad(last(module(x)[0]), inputs)
        np.testing.assert_allclose(total(tape), twin_gradient(module, x, last), rtol=1e-6)
    watched = x.clone().requires_grad_()
    with gv.record(module) as tape:
        torch.autograd.grad(last(module(watched)[0]), watched)
    np.testing.assert_allclose(total(tape), twin_gradient(module, x, last), rtol=1e-6)


@pytest.mark.parametrize("output", [0, 1, 2])
def test_a_backward_pass_that_starts_at_an_output(output):
    module = nn.LSTM(3, 4).double()
    x = torch.randn(6, 2, 3).double()
    with gv.record(module) as tape:
        out, (h_n, c_n) = module(x)
        (out, h_n, c_n)[output].backward(torch.ones_like((out, h_n, c_n)[output]))
    twin = Unrolled(module, x)
    (twin.out, twin.h_n, twin.c_n)[output].sum().backward()
    np.testing.assert_allclose(total(tape), log10_norm(twin.gradient("h", 0, 0)), rtol=1e-6)


def test_autograd_grad_at_the_output_itself():
    module = nn.LSTM(3, 4).double()
    x = torch.randn(6, 2, 3).double()
    with gv.record(module) as tape:
        out = module(x)[0]
        torch.autograd.grad(last(out), [out, module.weight_hh_l0])
    np.testing.assert_allclose(total(tape), twin_gradient(module, x, last), rtol=1e-6)


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_checkpoint_is_recorded_once(reentrant, layers):
    module = nn.LSTM(3, 4, layers, dropout=0.3 if layers > 1 else 0).double()
    x = torch.randn(6, 2, 3).double().requires_grad_()
    grads = []
    for record in (False, True):
        torch.manual_seed(3)
        module.zero_grad()
        tape = gv.record(module)
        if record:
            tape.__enter__()
        out, _ = checkpoint(module, x, use_reentrant=reentrant)
        last(out).backward()
        if record:
            tape.__exit__(None, None, None)
        grads.append([p.grad.clone() for p in module.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*grads, strict=True))
    assert "call" not in tape.dataset.dims
    if layers == 1:
        np.testing.assert_allclose(total(tape), twin_gradient(module, x.detach(), last), rtol=1e-6)


def test_a_layer_and_a_module_without_a_gradient_are_exact_zeros():
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.GRU(3, 4)
            self.decoder = nn.GRU(4, 4, 2)

        def forward(self, x):
            return self.decoder(self.encoder(x)[0].detach())[1]

    model = Cut()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with gv.record(model) as tape:
        model(torch.randn(6, 2, 3))[0].sum().backward()  # h_n of the decoder's first layer
        optimizer.step()
        tape.step()
    assert np.isneginf(tape["encoder"][v.LOG10_GRAD_H]).all()
    assert tape["encoder"].attrs["replay_error"] < 1e-6
    decoder = tape["decoder"][v.LOG10_GRAD_H].isel(step=0, direction=0)
    assert np.isfinite(decoder.isel(layer=0)).all()
    assert np.isneginf(decoder.isel(layer=1)).all()
    assert tape["encoder"][v.GATE_MEAN].notnull().all()


def test_passes_without_gradient_are_not_recorded():
    module = nn.LSTM(3, 4)
    x = torch.randn(6, 2, 3)
    with gv.record(module) as tape:
        with torch.no_grad():
            module(x)
        last(module(x)[0]).backward()
        with torch.inference_mode():
            module(x)
    assert "call" not in tape.dataset.dims


def test_an_interrupt_within_nested_tapes_leaves_the_outer_one_working():
    model, x = nn.Sequential(nn.GRU(3, 4)), torch.randn(5, 2, 3)
    interrupts = iter([KeyboardInterrupt])

    def press(*_):
        for interrupt in interrupts:
            raise interrupt

    with gv.record(model[0]) as outer:
        handle = model[0].register_forward_hook(press)
        try:
            with gv.record(model):
                model(x)
        except KeyboardInterrupt:
            handle.remove()
        model(x)[0].sum().backward()
    assert outer.dataset[v.LOG10_GRAD_H].notnull().all()
