"""Each step's share of the recurrent weight's gradient, against copies of the weight and the weight's own."""

from itertools import product

import numpy as np
import pytest
import torch
from capture.weight_twin import CopiedWeights
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence
from torch_modules import CELLS, LAYERS

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.weight_share import log10_share

INPUTS = 3
# log10 is stored in float32, whose numbers near -10 are 1e-6 apart
ROUNDING = 2e-6


def assert_same(found, expected):
    found = np.asarray(found, dtype=np.float64)
    assert found.shape == expected.shape
    np.testing.assert_array_equal(np.isneginf(found), np.isneginf(expected))
    there = np.isfinite(expected)
    np.testing.assert_allclose(found[there], expected[there], rtol=0, atol=ROUNDING)


def shares(dataset, layer=0, direction=0):
    """(time, sample, gate)."""
    variable = dataset[v.LOG10_GRAD_WEIGHT]
    assert variable.dims == ("step", "layer", "direction", "time", "sample", "gate")
    return variable.values[0, layer, direction]


configurations = st.fixed_dictionaries(
    {
        "cell": st.sampled_from(sorted(LAYERS)),
        "units": st.integers(2, 6),
        "layers": st.integers(1, 3),
        "bidirectional": st.booleans(),
        "bias": st.booleans(),
        "projected": st.booleans(),
        "given": st.booleans(),
        "lengths": st.lists(st.integers(1, 9), min_size=1, max_size=4),
        "packed": st.booleans(),
        "full": st.booleans(),
        "seed": st.integers(0, 10**6),
    }
)


def check_layer(c):
    torch.manual_seed(c["seed"])
    projected = {"proj_size": c["units"] - 1} if c["projected"] and c["cell"] == "lstm" else {}
    module = LAYERS[c["cell"]](
        INPUTS, c["units"], c["layers"], bidirectional=c["bidirectional"], bias=c["bias"], **projected
    ).double()
    lengths = c["lengths"] if c["packed"] else [max(c["lengths"])] * len(c["lengths"])
    xs = [torch.randn(length, INPUTS).double() for length in lengths]
    rows, batch = c["layers"] * (2 if c["bidirectional"] else 1), len(xs)
    state = projected.get("proj_size", c["units"])
    h0 = torch.randn(rows, batch, state).double() if c["given"] else None
    c0 = torch.randn(rows, batch, c["units"]).double() if c["given"] else None
    given_state = None if h0 is None else ((h0, c0) if c["cell"] == "lstm" else h0)
    read = torch.randn(max(lengths), state * (2 if c["bidirectional"] else 1)).double()

    with gv.record(module, samples=None, detail="full" if c["full"] else "norms") as tape:
        packed = pack_sequence(xs, enforce_sorted=False) if c["packed"] else torch.stack(xs, 1)
        out, _ = module(packed, given_state)
        out = pad_packed_sequence(out)[0] if c["packed"] else out
        (out * read[:, None]).sin().sum().backward()

    twins = []
    for sample, x in enumerate(xs):
        state0 = [None if each is None else each[:, sample] for each in (h0, c0)]
        twins.append(CopiedWeights(module, x, *state0))
        (twins[-1].out * read[: len(x)]).sin().sum().backward()
    for layer in range(c["layers"]):
        for direction in range(2 if c["bidirectional"] else 1):
            found = shares(tape.dataset, layer, direction)
            for sample, x in enumerate(xs):
                assert_same(found[: len(x), sample], twins[sample].log10_norms(layer, direction))
                assert np.isnan(found[len(x) :, sample]).all()
            if c["full"]:
                check_sum(tape.dataset, module, layer, direction, h0)


def check_sum(dataset, module, layer, direction, h0):
    """The shares of all steps and sequences add up to ``weight_hh.grad``, and have the norms recorded."""
    here = dataset.isel(step=0, layer=layer, direction=direction)
    suffix = f"_l{layer}" + ("_reverse" if direction else "")
    weight = getattr(module, "weight_hh" + suffix)
    at_gates = here[v.GRAD_GATES].values.copy()  # (time, sample, gate, unit)
    if isinstance(module, nn.GRU):
        at_gates[:, :, 2] *= here[v.GATES].values[:, :, 0]
    h = here[v.H].values[..., : weight.shape[1]]
    row = layer * (2 if module.bidirectional else 1) + direction
    whole = np.zeros(weight.shape)
    for sample in range(h.shape[1]):
        length = int((~np.isnan(h[:, sample, 0])).sum())
        first = np.zeros(weight.shape[1]) if h0 is None else h0[row, sample].numpy()
        times = range(length)[:: -1 if direction else 1]
        for t, before in zip(times, [first, *(h[t, sample] for t in times)], strict=False):
            share = at_gates[t, sample].reshape(-1)[:, None] * before
            whole += share
            blocks = share.reshape(at_gates.shape[2], -1, weight.shape[1])
            with np.errstate(divide="ignore"):
                norms = np.log10(np.linalg.norm(blocks, axis=(1, 2)))
            assert_same(here[v.LOG10_GRAD_WEIGHT].values[t, sample], norms)
    expected = weight.grad.numpy()
    np.testing.assert_allclose(whole, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())


@settings(max_examples=15, deadline=None)
@given(configurations)
def test_a_layer_agrees_with_copies_of_its_weight(c):
    check_layer(c)


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(configurations)
def test_many_layers_agree_with_copies_of_their_weight(c):
    check_layer(c)


WAYS = {
    "untouched": lambda state, t: state,
    "halved": lambda state, t: tuple(s / 2 for s in state),
    "masked": lambda state, t: tuple(s * (t != 3) for s in state),
    "detached": lambda state, t: tuple(s.detach() if t == 2 else s for s in state),
    "normed": lambda state, t: (nn.functional.layer_norm(state[0], state[0].shape[-1:]), state[1]),
}


@pytest.mark.parametrize(
    ("kind", "way", "piece"),
    [
        pytest.param(*each, marks=() if place % 3 == 0 else pytest.mark.slow)
        for place, each in enumerate(product(CELLS, WAYS, [0, 1]))
    ],
)
def test_a_loop_has_the_share_of_the_state_that_each_step_was_given(kind, way, piece):
    steps, batch, units = 6, 3, 4
    between = WAYS[way]
    module = (LAYERS if piece else CELLS)[kind](INPUTS, units).double()
    x, read = torch.randn(steps, batch, INPUTS).double(), torch.randn(steps, units).double()
    h0, c0 = (0.3 * torch.randn(1, batch, units).double() for _ in range(2))

    with gv.record(module, samples=None) as tape:
        h, c = (h0, c0) if piece else (h0[0], c0[0])
        outs = []
        for t in range(steps):
            h, c = between((h, c), t) if t else (h, c)
            after = module(x[t : t + 1] if piece else x[t], (h, c) if kind == "lstm" else h)
            after = after[1] if piece else after
            h, c = after if kind == "lstm" else (after, c)
            outs.append(h[0] if piece else h)
        (torch.stack(outs) * read[:, None]).sin().sum().backward()

    for sample in range(batch):
        twin = CopiedWeights(module, x[:, sample], h0[:, sample], c0[:, sample], between=between)
        (twin.out * read).sin().sum().backward()
        assert_same(shares(tape.dataset)[:, sample], twin.log10_norms(0, 0))


def test_by_hand_one_unit():
    """h = u h⁻ with relu, u = 2, h_0 = 3: h is 6, 12; with L = h_2 the shares are 1 · 6 and 2 · 3."""
    rnn = nn.RNN(1, 1, nonlinearity="relu", bias=False)
    with torch.no_grad():
        rnn.weight_ih_l0.fill_(0)
        rnn.weight_hh_l0.fill_(2)
    with gv.record(rnn) as tape:
        rnn(torch.zeros(2, 1, 1), torch.full((1, 1, 1), 3.0))[0][-1].sum().backward()
    np.testing.assert_allclose(shares(tape.dataset)[:, 0, 0], np.log10([6, 6]), rtol=1e-6)
    assert float(rnn.weight_hh_l0.grad) == 12


def test_the_candidate_of_a_gru_is_scaled_by_its_reset_gate():
    gru = nn.GRU(1, 1)
    with torch.no_grad():
        for weight in gru.parameters():
            weight.zero_()
        gru.bias_ih_l0[0] = -5  # closes the reset gate
        gru.bias_ih_l0[2] = gru.bias_hh_l0[2] = 0.1
    with gv.record(gru, detail="full") as tape:
        gru(torch.zeros(3, 1, 1), torch.full((1, 1, 1), 0.5))[0][-1].sum().backward()
    here = tape.dataset.isel(step=0, layer=0, direction=0, sample=0)
    before = np.log10([0.5, *here[v.STATE_H].values[:2]])
    gap = here[v.LOG10_GRAD_WEIGHT].values - here[v.LOG10_GRAD_GATE].values - before[:, None]
    reset = np.log10(1 / (1 + np.exp(5)))
    np.testing.assert_allclose(gap[:, 1:], [[0, reset]] * 3, atol=1e-5)


def test_the_first_step_from_a_zero_state_has_no_share():
    lstm = nn.LSTM(2, 3)
    with gv.record(lstm) as tape:
        lstm(torch.randn(4, 2, 2))[0].sum().backward()
    assert np.isneginf(shares(tape.dataset)[0]).all()
    assert np.isfinite(shares(tape.dataset)[1:]).all()


@pytest.mark.parametrize("kind", ["rnn", "gru"])
def test_beyond_the_range_of_floats(kind):
    """A weight that decays a gradient by .1 a step: the share falls by one decade a step, for 300 steps."""
    layer = LAYERS[kind](1, 1)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        layer.weight_ih_l0[-1] = 0.5
        layer.weight_hh_l0[-1] = 0.1
        if kind == "gru":
            layer.bias_ih_l0[:2] = torch.tensor([40.0, -40.0])  # reset 1, update 0: a plain RNN
    with gv.record(layer) as tape:
        layer(1e-3 * torch.ones(300, 1, 1))[0][-1].sum().backward()
    found = shares(tape.dataset)[1:, 0, -1]
    assert found[1] < -295
    np.testing.assert_allclose(np.diff(found)[20:-20], 1, atol=1e-4)


def test_what_is_not_finite():
    at_product = torch.tensor([[[0.0], [-torch.inf], [torch.inf], [2.0], [-torch.inf]]]).double()
    before = torch.tensor([[torch.inf, torch.inf, 0.0, torch.nan, 1.0]]).double()
    inf = np.inf
    assert log10_share(at_product, before).flatten().tolist() == [inf, inf, inf, inf, -inf]


def test_it_is_saved_loaded_and_drawn(tmp_path):
    gru = nn.GRU(2, 3)
    with gv.record(gru, path=tmp_path / "mine") as tape:
        for _ in range(3):
            gru(torch.randn(5, 2, 2))[0].sum().backward()
            tape.step()
    tree = gv.load(tmp_path / "mine")
    found = tree["gru"][v.LOG10_GRAD_WEIGHT]
    assert found.dtype == np.float32
    assert found.shape == (3, 1, 1, 5, 2, 3)
    assert found.attrs == {k: x for k, x in v.VARIABLES[v.LOG10_GRAD_WEIGHT]._asdict().items() if k != "dims"}
    ax = gv.plot_gradient_heatmap(tree["gru"].sel(gate="update"), variable=v.LOG10_GRAD_WEIGHT)
    drawn = np.ma.getdata(ax.images[0].get_array())
    assert drawn.shape == (5, 3)
    expected = np.log10((10.0 ** found.values[:, 0, 0, 1:, :, 1]).mean(-1)).T
    np.testing.assert_allclose(drawn[1:], expected, atol=1e-5)
