"""Gradients under a GradScaler, against the same training without one."""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.loss_scale import _IN_DECADES, _SIGNED

GRADIENTS = [name for name in v.VARIABLES if name in _IN_DECADES | _SIGNED]


class Scaler(torch.amp.GradScaler):
    """Of the CPU, with a scale that grows after every step."""

    def __init__(self, scale=1024.0, interval=1, **options):
        super().__init__("cpu", init_scale=scale, growth_interval=interval, **options)


def one():
    return torch.ones(())


ROOTS = {
    "scaled": lambda scaler, loss: scaler.scale(loss),
    "scale first": lambda scaler, loss: scaler.scale(one()) * loss,
    "micro-batch": lambda scaler, loss: scaler.scale(loss / 4) * 4,
    "divided": lambda scaler, loss: scaler.scale(loss) / 4 + scaler.scale(loss * 0.75),
    "not a single number": lambda scaler, loss: scaler.scale(loss * torch.full((4,), 0.25)).sum(),
}


def train(root=None, scaler=None, *, steps=4, every=1, micro=1, dtype=torch.float32, **options):
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 4)
    optimizer = torch.optim.SGD(lstm.parameters(), lr=0.01)
    with gv.record(lstm, every=every, detail="full", optimizer=optimizer) as tape:
        for _ in range(steps):
            optimizer.zero_grad()
            for _ in range(micro):
                with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
                    loss = lstm(torch.randn(5, 3, 2))[0][-1].float().square().sum()
                (loss if root is None else root(scaler, loss)).backward()
            if scaler is None:
                optimizer.step()
                tape.step(loss)
                continue
            scaler.unscale_(optimizer)
            scaler.step(optimizer)
            scaler.update()
            tape.step(loss, scaler=scaler)
    return tape.dataset


def assert_equal(found, expected, rtol=1e-5):
    assert set(found.data_vars) == set(expected.data_vars)
    for name in expected.data_vars:
        atol = 1e-5 if name in _IN_DECADES else 1e-9
        np.testing.assert_allclose(found[name], expected[name], rtol=rtol, atol=atol, err_msg=name)


def test_every_gradient_of_the_vocabulary_is_divided():
    assert {name for name in v.VARIABLES if "grad" in name} - v.METRICS - {v.CALLS_WITHOUT_GRADIENT} == set(
        GRADIENTS
    )


@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
@pytest.mark.parametrize("every", [1, 3])
def test_as_without_a_scaler(root, every):
    assert_equal(train(root, Scaler(), every=every), train(every=every))


@given(
    power=st.integers(0, 40),
    growth=st.sampled_from([1.5, 2.0, 4.0]),
    interval=st.integers(1, 3),
    every=st.integers(1, 3),
    micro=st.integers(1, 3),
)
@settings(max_examples=6, deadline=None)
def test_any_scale_and_growth(power, growth, interval, every, micro):
    scaler = Scaler(2.0**power, interval, growth_factor=growth)
    found = train(ROOTS["scaled"], scaler, every=every, micro=micro)
    assert_equal(found, train(every=every, micro=micro), rtol=1e-4)


def test_under_autocast():
    dtype = torch.bfloat16
    assert_equal(train(ROOTS["scaled"], Scaler(), dtype=dtype), train(dtype=dtype), rtol=1e-4)


def test_a_step_that_the_scaler_skips():
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 4)
    optimizer = torch.optim.SGD(lstm.parameters(), lr=0.01)
    scaler = Scaler(2.0**20)
    x = torch.randn(5, 3, 2)
    with gv.record(lstm, optimizer=optimizer) as tape:
        for step in range(2):
            optimizer.zero_grad()
            loss = lstm(x)[0][-1].square().sum()
            scaler.scale(loss).backward()
            if step == 0:
                lstm.bias_hh_l0.grad[0] = math.inf
            scaler.step(optimizer)
            scaler.update()
            tape.step(loss, scaler=scaler)
    assert scaler.get_scale() == 2.0**20  # halved, and doubled again
    found = tape.dataset
    np.testing.assert_allclose(found[v.LOG10_GRAD_H][0], found[v.LOG10_GRAD_H][1], rtol=1e-5)
    np.testing.assert_allclose(found[v.GRAD_NORM][0], found[v.GRAD_NORM][1], rtol=1e-5)
    assert np.isfinite(found[v.UPDATE_RATIO].values).tolist() == [False, True]
    assert np.isfinite(found[v.GRAD_NORM_CLIPPED].values).tolist() == [False, True]
    assert found[v.PARAMETERS_NOT_ZEROED].values.tolist() == [0, 0]


def test_a_fused_optimizer_divides_by_itself():
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 4)
    optimizer = torch.optim.Adam(lstm.parameters(), fused=True)
    scaler = Scaler()
    with gv.record(lstm, optimizer=optimizer) as tape:
        for _ in range(2):
            optimizer.zero_grad()
            loss = lstm(torch.randn(5, 3, 2))[0][-1].square().sum()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            tape.step(loss, scaler=scaler)
    np.testing.assert_allclose(tape.dataset[v.GRAD_NORM], tape.dataset[v.GRAD_NORM_CLIPPED], rtol=1e-5)


def test_a_disabled_scaler_divides_by_one():
    assert_equal(train(ROOTS["scaled"], Scaler(enabled=False)), train())


def test_underflow_is_about_what_training_used():
    def lost(scale):
        rnn = nn.RNN(1, 1, bias=False).double()
        with torch.no_grad():
            rnn.weight_hh_l0.fill_(1e-2)
        rnn.float()
        scaler = Scaler(scale)
        with gv.record(rnn) as tape:
            loss = rnn(torch.zeros(30, 1, 1))[0][-1].sum()
            scaler.scale(loss).backward()
            tape.step(loss, scaler=scaler)
        return tape.dataset

    plain, scaled = lost(1.0), lost(2.0**40)
    np.testing.assert_allclose(plain[v.LOG10_GRAD_H], scaled[v.LOG10_GRAD_H], rtol=1e-5)
    assert plain[v.UNDERFLOW].sum() > scaled[v.UNDERFLOW].sum() > 0


def test_two_scales_in_one_step_leave_no_number():
    scaler, lstm = Scaler(interval=1), nn.LSTM(2, 4)
    optimizer = torch.optim.SGD(lstm.parameters(), lr=0.01)
    with gv.record(lstm, optimizer=optimizer) as tape:
        for _ in range(2):
            loss = lstm(torch.randn(5, 3, 2))[0].sum()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        tape.step(loss, scaler=scaler)
    assert tape.dataset[v.LOG10_GRAD_H].isnull().all()
    assert tape.dataset[v.GRAD_NORM].isnull().all()
    assert tape.dataset[v.STATE_H].notnull().all()
    assert tape.dataset[v.LOSS] == loss.item()


def test_a_tree_that_is_read_before_tape_step_uses_the_scaler_of_the_step_before():
    scaler, lstm = Scaler(), nn.LSTM(2, 4)
    x = torch.randn(5, 3, 2)
    with gv.record(lstm) as tape:
        for _ in range(2):
            loss = lstm(x)[0].sum()
            scaler.scale(loss).backward()
            early = tape.dataset[v.LOG10_GRAD_H]
            tape.step(loss, scaler=scaler)
    np.testing.assert_allclose(early[1], tape.dataset[v.LOG10_GRAD_H][0], rtol=1e-6)


def test_without_the_option_the_gradients_are_those_of_the_scaled_loss():
    lstm, x = nn.LSTM(2, 4), torch.randn(5, 3, 2)

    scaler = Scaler(1e6)

    def norms(**given):
        with gv.record(lstm) as tape:
            loss = lstm(x)[0].sum()
            scaler.scale(loss).backward()
            tape.step(loss, **given)
        return tape.dataset[v.LOG10_GRAD_H].values

    np.testing.assert_allclose(norms() - norms(scaler=scaler), 6, rtol=1e-5)


@pytest.mark.parametrize(
    "value", [1024.0, torch.optim.SGD([torch.ones(1)], lr=1), "scaler", torch.amp.GradScaler]
)
def test_what_is_not_a_scaler(value):
    lstm = nn.LSTM(2, 4)
    kind = "the class GradScaler" if isinstance(value, type) else f"a {type(value).__name__}"
    message = f"scaler is {kind}: must be the torch.amp.GradScaler that scaled the loss"
    with gv.record(lstm, every=2) as tape:
        for _ in range(2):
            lstm(torch.ones(2, 1, 2))[0].sum().backward()
            with pytest.raises(TypeError, match=re.escape(message)):
                tape.step(0.0, scaler=value)
            tape.step(0.0)
    assert tape.dataset.sizes["step"] == 1
