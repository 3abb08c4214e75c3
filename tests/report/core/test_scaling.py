"""Log10 norms far beyond the range of floats."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from report.core.javascript import new_core
from report.core.sequences import NAMES, Sequences, replay_of

from gradviz.capture.log10_norm import log10_norm
from gradviz.capture.scaling import scaled_blocks
from gradviz.capture.upstream_gradient import UpstreamGradient

LONG = 1000


def loss_at_the_last_step(case):
    case.direct_h[:-1] = 0
    if case.direct_c is not None:
        case.direct_c.zero_()
    return case


def linear(gain, *, time=LONG, batch=2, hidden=4):
    """A tanh RNN at rest, which is linear there, whose recurrent weight is a rotation times ``gain``."""
    case = Sequences("rnn", time=time, batch=batch, hidden=hidden)
    with torch.no_grad():
        for parameter in case.module.parameters():
            parameter.zero_()
        rotation = torch.linalg.qr(torch.randn(hidden, hidden, dtype=torch.float64))[0]
        case.module.weight_hh_l0.copy_(gain * rotation)
    case.x.zero_()
    case.h0.zero_()
    return loss_at_the_last_step(case)


def norms_by_gradviz(case, h):
    """Log10 norms of h and c as gradviz records them, (time, batch)."""
    upstream = UpstreamGradient(case.direct_h, case.direct_c)
    norms = {"h": np.full((case.time, case.batch), np.nan), "c": np.full((case.time, case.batch), np.nan)}
    for block in scaled_blocks(replay_of(case, h), upstream):
        norms["h"][block.first : block.stop] = log10_norm(block.norm_h, block.exponent)
        if block.norm_c is not None:
            norms["c"][block.first : block.stop] = log10_norm(block.norm_c, block.exponent)
    return norms


@pytest.mark.parametrize("gain", [1e-30, 0.1, 0.5, 10, 1e30])
def test_a_linear_network_loses_and_gains_exactly_its_gain(core, gain):
    found = linear(gain).passes(core)["log10GradH"]
    lost = np.arange(LONG - 1, -1, -1.0)[:, None] * math.log10(gain)
    np.testing.assert_allclose(found - found[-1], np.broadcast_to(lost, found.shape), rtol=1e-13, atol=1e-10)
    assert abs(found[0, 0]) > 299


def test_beyond_the_range_a_gradient_itself_is_zero_or_infinite(core):
    vanished, exploded = linear(0.1).passes(core), linear(10).passes(core)
    assert (vanished["gradH"][:600] == 0).all()
    assert (np.abs(exploded["gradH"][:600]) == math.inf).all()
    within = 10 ** vanished["log10GradH"][-150:]
    np.testing.assert_allclose(np.linalg.norm(vanished["gradH"][-150:], axis=-1), within, rtol=1e-10)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1e-12, 0.03, 1.0])
def test_long_sequences_agree_with_gradvizs_own_recursion(core, name, size):
    case = loss_at_the_last_step(Sequences(name, time=LONG, batch=2, hidden=5))
    with torch.no_grad():
        case.module.weight_hh_l0.mul_(size)
        keeps_little = torch.tensor({"rnn": [0.0], "lstm": [0.0, -9, 0, 0], "gru": [0.0, -9, 0]}[name])
        case.module.bias_ih_l0.add_(keeps_little.repeat_interleave(5))
    found = case.passes(core)
    norms = norms_by_gradviz(case, found["h"])
    np.testing.assert_allclose(found["log10GradH"], norms["h"], rtol=1e-12, atol=1e-9)
    if name == "lstm":
        np.testing.assert_allclose(found["log10GradC"], norms["c"], rtol=1e-12, atol=1e-9)
    assert found["log10GradH"].max() < 5
    if size < 1:
        assert found["log10GradH"].min() < -400


def test_a_later_loss_that_vanished_gives_way_to_an_earlier_one(core):
    """Just after the later one's gradient took a power of two of its own, a loss reads h."""
    case = linear(0.1)
    exponent = case.passes(core)["exponent"][:, 0]
    reads = int(np.flatnonzero(exponent < 0)[-1]) - 1
    case.direct_h[reads] = 1
    found = case.passes(core)
    assert found["log10GradH"][reads + 1, 0] < -80
    assert (found["gradH"][reads] == 1).all()
    assert (found["exponent"][reads] == 0).all()
    expected = np.log10(2) - np.arange(reads, -1, -1.0)  # ‖(1, 1, 1, 1)‖ = 2
    np.testing.assert_allclose(found["log10GradH"][: reads + 1, 0], expected, atol=1e-10)


def test_an_exploded_gradient_swallows_an_earlier_loss(core):
    case = linear(10)
    alone = case.passes(core)["log10GradH"]
    case.direct_h[:-1] = 1
    np.testing.assert_allclose(case.passes(core)["log10GradH"][:900], alone[:900], atol=0.2)


def test_sequences_keep_powers_of_two_of_their_own(core):
    case = linear(0.1)
    case.direct_h[-1, 0], case.direct_h[-1, 1] = 1e200, 1e-200
    found = case.passes(core)["log10GradH"]
    np.testing.assert_allclose(found[:, 0] - found[:, 1], 400, atol=1e-10)
    assert found[0].tolist() == pytest.approx(
        [math.log10(2) + 200 - 999, math.log10(2) - 200 - 999], rel=1e-12
    )


def test_a_norm_far_below_that_of_the_cell_state_keeps_its_digits(core):
    """With recurrent weights of 1e-180 dL/dh is that much smaller than dL/dc: its squares would be 0."""
    case = loss_at_the_last_step(Sequences("lstm", time=5))
    with torch.no_grad():
        case.module.weight_hh_l0.mul_(1e-180)
    found = case.passes(core)
    norms = norms_by_gradviz(case, found["h"])
    np.testing.assert_allclose(found["log10GradH"], norms["h"], rtol=1e-12)
    assert found["log10GradH"][0].max() < -178
    assert found["log10GradC"][0].min() > -10


def test_zero_and_not_finite_stay_apart(core):
    case = linear(0.5, time=4)
    case.direct_h[-1, 0] = 0
    case.direct_h[-1, 1, 2] = math.nan
    found = case.passes(core)["log10GradH"]
    assert found.T.tolist() == [[-math.inf] * 4, [math.inf] * 4]
    case.direct_h[-1] = 1e308
    case.direct_h[-2] = 1e308
    assert case.passes(core)["log10GradH"][-1].tolist() == pytest.approx([308 + math.log10(2)] * 2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("exponent[row] += by;", "exponent[row] -= by;"),
        ("timesPowerOfTwo(direct[at + j], -exponent)", "timesPowerOfTwo(direct[at + j], exponent)"),
        ("rescale(gradGates, row * gates * hidden, gates * hidden, by);", ""),
        ("rescale(memory.carryH, b * hidden, hidden, exponent[row]);", ""),
        ("rescale(memory.carryC, b * hidden, hidden, exponent[row]);", ""),
        ("rescale(gradC, row * hidden, hidden, by);", ""),
        ("if (recurrentGradient !== gradGates) rescale(", "if (gates < 0) rescale("),
        (" || (directC !== null && hasAny(directC, at, hidden))", ""),
    ],
)
def test_a_wrong_power_of_two_is_noticed(old, new):
    core = new_core([(old, new)])
    with pytest.raises(AssertionError):  # noqa: PT012
        test_a_linear_network_loses_and_gains_exactly_its_gain(core, 0.1)
        test_a_later_loss_that_vanished_gives_way_to_an_earlier_one(core)
        test_an_exploded_gradient_swallows_an_earlier_loss(core)
        test_every_gradient_is_in_proportion_to_the_direct_one(core, "gru", 1e-150)
        test_every_gradient_is_in_proportion_to_the_direct_one(core, "lstm", 1e-150)
        test_an_earlier_loss_of_an_lstm_beside_a_later_one_that_vanished(core, "direct_h")
        test_an_earlier_loss_of_an_lstm_beside_a_later_one_that_vanished(core, "direct_c")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1e-150, 1e150])
def test_every_gradient_is_in_proportion_to_the_direct_one(core, name, size):
    """Where the recursion takes powers of two, what it gives back are plain floats again."""
    case = Sequences(name)
    usual = case.passes(core)
    case.direct_h *= size
    if case.direct_c is not None:
        case.direct_c *= size
    found = case.passes(core)
    assert (found["exponent"] != 0).all()
    for key in ("gradH", "gradC", "gradGates", "recurrentGradient", "gradX"):
        if usual[key] is not None:
            np.testing.assert_allclose(found[key] / size, usual[key], rtol=1e-12, atol=1e-14, err_msg=key)
    for gradient, expected in zip(found["parameters"], usual["parameters"], strict=True):
        np.testing.assert_allclose(gradient / size, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("reads", ["direct_h", "direct_c"])
def test_an_earlier_loss_of_an_lstm_beside_a_later_one_that_vanished(core, reads):
    case = loss_at_the_last_step(Sequences("lstm", time=150))
    with torch.no_grad():
        case.module.weight_hh_l0.mul_(1e-12)
        case.module.bias_ih_l0[5:10] = -9
    exponent = case.passes(core)["exponent"]
    for b in range(case.batch):
        t = int(np.flatnonzero(exponent[:, b] < -1100)[-1]) - 1  # 2^1100 times 1 is infinite
        getattr(case, reads)[t, b] = 1
    found = case.passes(core)
    norms = norms_by_gradviz(case, found["h"])
    np.testing.assert_allclose(found["log10GradC"], norms["c"], rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(found["log10GradH"], norms["h"], rtol=1e-12, atol=1e-10)


@given(value=st.floats(-1e300, 1e300, allow_subnormal=False), exponent=st.integers(-1000, 1000))
@settings(max_examples=50, deadline=None)
def test_times_power_of_two_is_exact(core, value, exponent):
    try:
        expected = math.ldexp(value, exponent)
    except OverflowError:
        expected = math.copysign(math.inf, value)
    found = core.call("scaled", value=value, exponent=exponent)
    assert found == pytest.approx(expected, rel=1e-15, abs=5e-324)


def test_powers_of_two_beyond_the_range(core):
    assert (
        core.call("scaled", value=1.5, exponent=-1074) == 1e-323
    )  # rounded to even, at the end of the range
    assert core.call("scaled", value=1e-300, exponent=5000) == math.inf
    assert core.call("scaled", value=-1e300, exponent=-5000) == 0
    assert core.call("scaled", value=0, exponent=5000) == 0
    assert core.call("scaled", value=2.0**-1074, exponent=2097) == 2.0**1023


def test_the_mean_norm_is_no_mean_of_logarithms(core):
    inf = "Infinity"
    logs = [0, -2, -900, -900, -900, f"-{inf}", f"-{inf}", f"-{inf}", 3, inf]
    found = core.call("meanLog10", logs=logs, batch=2)
    expected = [math.log10(0.505), -900, -900 - math.log10(2), -math.inf, math.inf]
    np.testing.assert_allclose(found, expected, rtol=1e-15)
