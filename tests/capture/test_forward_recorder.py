"""`detail="forward"`: gates and states by hand, in every mode of autograd, without touching the model."""

import copy
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence
from torch_modules import CELLS, LAYERS

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.cell_descriptions import describe_cell
from gradviz.errors import NothingRecorded, NothingRecordedWarning, UnknownName

MODES = {
    "grad": torch.enable_grad,
    "no_grad": torch.no_grad,
    "inference": torch.inference_mode,
}
INPUTS = 3
WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")


def by_hand(module, x, h0=None, c0=None, between=None):
    """One sequence (time, input): by (layer, direction) h and c (time, unit), gates (time, gate, unit)."""
    is_cell = isinstance(module, nn.RNNCellBase)
    layers = 1 if is_cell else module.num_layers
    directions = 2 if not is_cell and module.bidirectional else 1
    weights = {name: w.detach().double() for name, w in module.named_parameters()}
    found, x = {}, x.double()
    for layer in range(layers):
        outs = []
        for d in range(directions):
            suffix = "" if is_cell else f"_l{layer}" + ("_reverse" if d else "")
            row = layer * directions + d
            size = getattr(module, "proj_size", 0) or module.hidden_size
            h = torch.zeros(size).double() if h0 is None else h0[row].double()
            c = torch.zeros(module.hidden_size).double() if c0 is None else c0[row].double()
            own = {
                key: weights.get(f"{key}{suffix}")
                for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
            }
            steps = {}
            for number, t in enumerate(range(len(x))[:: -1 if d else 1]):
                if number and between is not None:
                    h, c = between(h, t), between(c, t)
                h, c, gates = one_step(module, own, x[t], h, c)
                steps[t] = h, c, gates
            found[layer, d] = [torch.stack([steps[t][k] for t in range(len(x))]) for k in range(3)]
            outs.append(found[layer, d][0])
        x = torch.cat(outs, -1)
    return found


def one_step(module, own, x, h, c):
    of_x, of_h = own["weight_ih"] @ x, own["weight_hh"] @ h
    if own["bias_ih"] is not None:
        of_x, of_h = of_x + own["bias_ih"], of_h + own["bias_hh"]
    if isinstance(module, nn.RNN | nn.RNNCell):
        h = torch.relu(of_x + of_h) if module.nonlinearity == "relu" else torch.tanh(of_x + of_h)
        return h, c, h[None]
    if isinstance(module, nn.LSTM | nn.LSTMCell):
        i, f, g, o = (of_x + of_h).chunk(4)
        gates = torch.stack([i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()])
        c = gates[1] * c + gates[0] * gates[2]
        h = gates[3] * c.tanh()
        return (h if own["weight_hr"] is None else own["weight_hr"] @ h), c, gates
    r, z = (a.sigmoid() for a in (of_x + of_h).chunk(3)[:2])
    n = (of_x.chunk(3)[2] + r * of_h.chunk(3)[2]).tanh()
    return (1 - z) * n + z * h, c, torch.stack([r, z, n])


def assert_by_hand(dataset, twins, *, tolerance, proj_size=0):
    """``twins``: for each sample, `by_hand` of its sequence."""
    cell = dataset.attrs["cell"]
    for (layer, d), _ in twins[0].items():
        here = dataset.isel(step=0, layer=layer, direction=d)
        for sample, twin in enumerate(twins):
            h, c, gates = (part.numpy() for part in twin[layer, d])
            steps = len(h)
            kinds = {v.H: h, v.GATES: gates} | ({v.C: c} if cell == "lstm" else {})
            for name, expected in kinds.items():
                found = here[name].values[:, sample]
                width = expected.shape[-1]
                np.testing.assert_allclose(found[:steps, ..., :width], expected, atol=tolerance, err_msg=name)
                assert np.isnan(found[steps:]).all()
                assert np.isnan(found[..., width:]).all()
            np.testing.assert_allclose(
                here[v.STATE_H].values[:steps, sample], np.linalg.norm(h, axis=-1), atol=1e-5
            )
        every = np.concatenate([twin[layer, d][2].numpy() for twin in twins])  # (time of all, gate, unit)
        assert_summary(here, every, cell)


def assert_summary(here, every, cell):
    for k, squash in enumerate(describe_cell(cell).squash.values()):
        low, high = {"sigmoid": (0.1, 0.9), "tanh": (-0.9, 0.9), "relu": (0, np.inf)}[squash]
        near = np.abs(every[:, k] - low) < 1e-5, np.abs(every[:, k] - high) < 1e-5
        if squash != "relu" and (near[0].any() or near[1].any()):
            continue
        for name, values in {
            v.UNIT_MEAN: every[:, k],
            v.UNIT_LEFT: every[:, k] <= low,
            v.UNIT_RIGHT: every[:, k] >= high,
        }.items():
            np.testing.assert_allclose(here[name].values[k], values.mean(0), atol=1e-5, err_msg=name)


configurations = st.fixed_dictionaries(
    {
        "cell": st.sampled_from(sorted(LAYERS)),
        "units": st.integers(2, 6),
        "layers": st.integers(1, 3),
        "bidirectional": st.booleans(),
        "bias": st.booleans(),
        "batch_first": st.booleans(),
        "projected": st.booleans(),
        "given": st.booleans(),
        "lengths": st.lists(st.integers(1, 9), min_size=1, max_size=4),
        "packed": st.booleans(),
        "mode": st.sampled_from(sorted(MODES)),
        "train": st.booleans(),
        "double": st.booleans(),
        "seed": st.integers(0, 10**6),
    }
)


def check(c):
    torch.manual_seed(c["seed"])
    dtype = torch.float64 if c["double"] else torch.float32
    projected = {"proj_size": c["units"] - 1} if c["projected"] and c["cell"] == "lstm" else {}
    module = LAYERS[c["cell"]](
        INPUTS,
        c["units"],
        c["layers"],
        bidirectional=c["bidirectional"],
        bias=c["bias"],
        batch_first=c["batch_first"],
        **projected,
    ).to(dtype)
    module.train(c["train"])
    lengths = c["lengths"] if c["packed"] else [max(c["lengths"])] * len(c["lengths"])
    xs = [torch.randn(length, INPUTS, dtype=dtype) for length in lengths]
    rows, batch = c["layers"] * (2 if c["bidirectional"] else 1), len(xs)
    h0 = torch.randn(rows, batch, projected.get("proj_size", c["units"]), dtype=dtype) if c["given"] else None
    c0 = torch.randn(rows, batch, c["units"], dtype=dtype) if c["given"] else None
    state = None if h0 is None else ((h0, c0) if c["cell"] == "lstm" else h0)
    given_x = (
        pack_sequence(xs, enforce_sorted=False) if c["packed"] else torch.stack(xs, int(not c["batch_first"]))
    )

    with MODES[c["mode"]]():
        plain = tensors(module(given_x, state))
        with gv.record(module, samples=None, detail="forward") as tape:
            watched = tensors(module(given_x, state))
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))
    assert all(a.requires_grad is b.requires_grad for a, b in zip(plain, watched, strict=True))
    twins = [
        by_hand(module, x, *(None if each is None else each[:, sample] for each in (h0, c0)))
        for sample, x in enumerate(xs)
    ]
    assert_by_hand(tape.dataset, twins, tolerance=1e-10 if c["double"] else 1e-5)
    assert tape.dataset.attrs["detail"] == "forward"
    assert not [name for name in tape.dataset if "grad" in name]


def tensors(returned):
    if isinstance(returned, torch.Tensor):
        return [returned]
    if isinstance(returned, nn.utils.rnn.PackedSequence):
        return [pad_packed_sequence(returned)[0]]
    return [tensor for each in returned for tensor in tensors(each)]


of_pytorch = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported:UserWarning")


@of_pytorch
@settings(max_examples=25, deadline=None)
@given(configurations)
def test_a_layer_by_hand_and_bit_identical(c):
    check(c)


@of_pytorch
@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(configurations)
def test_many_layers_by_hand_and_bit_identical(c):
    check(c)


KEEPS = torch.ones(6, 3, 1)
KEEPS[3, 1] = 0  # one sequence begins anew

WAYS = {
    "untouched": lambda s, t: s,
    "halved": lambda s, t: s / 2,
    "masked": lambda s, t: s * KEEPS[t],  # (sample, 1)
    "copied": lambda s, t: s.clone(),
}


def loop(module, x, state, between, piece):
    """The outputs of a loop over the time steps; ``state``: a tuple."""
    outs = []
    for t in range(len(x)):
        if t:
            state = tuple(between(s, t) for s in state)
        given = state if len(state) == 2 else state[0]
        after = module(x[t : t + 1] if piece else x[t], given)
        after = after[1] if piece else after
        state = after if isinstance(after, tuple) else (after,)
        outs.append(state[0])
    return outs


@pytest.mark.parametrize(
    ("kind", "way", "piece", "mode"),
    [
        pytest.param(*each, marks=() if place % 5 == 0 else pytest.mark.slow)
        for place, each in enumerate(product(CELLS, ["untouched", "masked", "copied"], [0, 1], MODES))
    ],
)
def test_a_loop_is_one_sequence(kind, way, piece, mode):
    module = (LAYERS if piece else CELLS)[kind](INPUTS, 4)
    x, between = torch.randn(6, 3, INPUTS), WAYS[way]
    state = tuple(0.3 * torch.randn(1, 3, 4) for _ in range(2 if kind == "lstm" else 1))
    state = state if piece else tuple(s[0] for s in state)
    with MODES[mode]():
        plain = loop(module, x, state, between, piece)
        with gv.record(module, samples=None, detail="forward") as tape:
            watched = loop(module, x, state, between, piece)
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))
    assert "call" not in tape.dataset.dims
    assert tape.dataset.sizes["time"] == 6
    assert tape.dataset.attrs["in_a_loop"] == 1
    whole = [s.reshape(1, 3, 4) for s in state] + [None] * (2 - len(state))
    factor = KEEPS if way == "masked" else torch.ones_like(KEEPS)
    twins = [
        by_hand(
            module,
            x[:, n],
            *(None if s is None else s[:, n] for s in whole),
            between=lambda s, t, n=n: s * factor[t, n],
        )
        for n in range(3)
    ]
    assert_by_hand(tape.dataset, twins, tolerance=1e-5)


def test_what_changes_every_state_cannot_be_followed_and_stays_calls():
    cell, x = nn.GRUCell(INPUTS, 4), torch.randn(5, 2, INPUTS)
    with torch.no_grad(), gv.record(cell, detail="forward") as tape:
        loop(cell, x, (torch.zeros(2, 4),), WAYS["halved"], 0)
    assert tape.dataset.sizes["call"] == 5
    assert tape.dataset.sizes["time"] == 1


def test_a_state_that_is_changed_in_place_is_followed():
    cell, x = nn.GRUCell(INPUTS, 4), torch.randn(5, 2, INPUTS)
    with torch.no_grad(), gv.record(cell, samples=None, detail="forward") as tape:
        loop(cell, x, (torch.zeros(2, 4),), lambda s, t: s.mul_(0.5), 0)
    assert tape.dataset.sizes["time"] == 5
    twins = [by_hand(cell, x[:, n], None, None, lambda s, t: s / 2) for n in range(2)]
    assert_by_hand(tape.dataset, twins, tolerance=1e-5)


def test_a_state_that_is_reset_in_place_begins_another_sequence():
    cell, x = nn.GRUCell(INPUTS, 4), torch.randn(6, 2, INPUTS)
    with torch.no_grad(), gv.record(cell, samples=None, detail="forward") as tape:
        h = torch.zeros(2, 4)
        for t, x_t in enumerate(x):
            h = cell(x_t, h.zero_() if t == 4 else h)
    assert (tape.dataset.sizes["call"], tape.dataset.sizes["time"]) == (2, 4)
    assert np.isnan(tape.dataset[v.STATE_H].values[0, 1, 0, 0, 2:]).all()


def test_a_relu_state_that_is_zero_by_itself_is_handed_on():
    cell = nn.RNNCell(INPUTS, 4, nonlinearity="relu")
    cell.bias_ih.data[:] = -100
    with torch.no_grad(), gv.record(cell, detail="forward") as tape:
        loop(cell, torch.randn(5, 2, INPUTS), (torch.zeros(2, 4),), WAYS["untouched"], 0)
    assert tape.dataset.sizes["time"] == 5


def test_a_batch_that_shrinks_keeps_its_columns():
    cell, x = nn.GRUCell(INPUTS, 4), torch.randn(4, 3, INPUTS)
    with torch.no_grad(), gv.record(cell, samples=None, detail="forward") as tape:
        h = cell(x[0], torch.randn(3, 4))
        h = cell(x[1][[2, 0]], h[[2, 0]])
        h = cell(x[2][[2]], h[:1])
    found = tape.dataset[v.STATE_H].values[0, 0, 0]
    assert np.isnan(found).tolist() == [[False] * 3, [False, True, False], [True, True, False]]
    np.testing.assert_allclose(found[2, 2], h[0].norm(), rtol=1e-6)


def test_two_loops_side_by_side_are_two_calls():
    cell, x = nn.LSTMCell(INPUTS, 4), torch.randn(5, 2, INPUTS)
    with torch.no_grad(), gv.record(cell, samples=None, detail="forward") as tape:
        one, other = ((torch.randn(2, 4), torch.randn(2, 4)) for _ in range(2))
        for x_t in x:
            one, other = cell(x_t, one), cell(2 * x_t, other)
    assert (tape.dataset.sizes["call"], tape.dataset.sizes["time"]) == (2, 5)
    last = tape.dataset[v.STATE_H].values[0, :, 0, 0, -1]
    np.testing.assert_allclose(last, [one[0].norm(dim=1), other[0].norm(dim=1)], rtol=1e-6)


def test_a_sequence_read_in_packed_and_plain_pieces():
    lstm, xs = nn.LSTM(INPUTS, 4, 2), [torch.randn(n, INPUTS) for n in (2, 5, 3)]
    more = torch.randn(2, 3, INPUTS)
    with torch.no_grad(), gv.record(lstm, samples=None, detail="forward") as tape:
        _, state = lstm(pack_sequence(xs, enforce_sorted=False))
        lstm(more, state)
    assert "call" not in tape.dataset.dims
    twins = [by_hand(lstm, torch.cat([x, more[:, n]])) for n, x in enumerate(xs)]
    assert_by_hand(tape.dataset, twins, tolerance=1e-5)


def train(record):
    torch.manual_seed(0)
    model = nn.Sequential(nn.LSTM(INPUTS, 8, 2, dropout=0.3))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    losses = []
    with gv.record(model, detail="forward", every=2) if record else torch.enable_grad() as tape:
        for _ in range(4):
            optimizer.zero_grad()
            out, (h, _) = model(torch.randn(6, 4, INPUTS))
            loss = out.pow(2).mean() + h.sin().sum()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if record:
                tape.step(loss)
    return losses, [p.detach().clone() for p in model.parameters()], torch.get_rng_state(), tape, model


def test_a_training_is_bit_identical_and_nothing_is_left():
    losses, weights, rng, _, _ = train(False)
    again, watched, rng_again, tape, model = train(True)
    assert losses == again
    assert all(torch.equal(a, b) for a, b in zip(weights, watched, strict=True))
    assert torch.equal(rng, rng_again)
    assert tape.dataset["step"].values.tolist() == [0, 2]
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in model.modules())


def test_the_gates_are_those_before_the_optimizer_has_changed_the_weights():
    gru, x = nn.GRU(INPUTS, 4), torch.randn(5, 2, INPUTS)
    before = copy.deepcopy(gru)
    with gv.record(gru, samples=None, detail="forward") as tape:
        gru(x)[0].sum().backward()
        torch.optim.SGD(gru.parameters(), 10.0).step()
    assert_by_hand(tape.dataset, [by_hand(before, x[:, n]) for n in range(2)], tolerance=1e-5)
    assert tape.dataset.attrs["replay_error"] < 1e-5


def test_outputs_changed_in_place_are_recorded_as_they_were():
    gru, x = nn.GRU(INPUTS, 4), torch.randn(5, 2, INPUTS)
    given_x = x.clone()
    with torch.no_grad(), gv.record(gru, samples=None, detail="forward") as tape:
        out, _ = gru(given_x)
        out.zero_()
        given_x.zero_()
    assert_by_hand(tape.dataset, [by_hand(gru, x[:, n]) for n in range(2)], tolerance=1e-5)


def test_an_activation_checkpoint_is_recorded_once():
    lstm, x = nn.LSTM(INPUTS, 4), torch.randn(5, 2, INPUTS, requires_grad=True)
    with gv.record(lstm, detail="forward") as tape:
        torch.utils.checkpoint.checkpoint(lambda x: lstm(x)[0], x, use_reentrant=True).sum().backward()
    assert "call" not in tape.dataset.dims


def test_a_model_made_in_inference_mode_and_read_outside():
    with torch.inference_mode():
        lstm, x = nn.LSTM(INPUTS, 4), torch.randn(5, 2, INPUTS)
        tape = gv.record(lstm, samples=None, detail="forward")
        with tape:
            lstm(x)
    assert_by_hand(tape.dataset, [by_hand(lstm, x[:, n]) for n in range(2)], tolerance=1e-5)
    with gv.record(nn.LSTM(INPUTS, 4)) as other:  # a workspace must not be an inference tensor
        other._watch.interceptor._model(torch.randn(5, 2, INPUTS))[0].sum().backward()


def test_autocast_and_its_dtype():
    gru, x = nn.GRU(INPUTS, 4), torch.randn(5, 2, INPUTS)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        plain = gru(x)[0]
        with gv.record(gru, detail="forward") as tape:
            assert torch.equal(gru(x)[0], plain)
    assert tape.dataset.attrs["compute_dtype"] == "bfloat16"


def test_steps_samples_and_a_folder(tmp_path):
    lstm = nn.LSTM(INPUTS, 4).eval()
    with torch.no_grad(), gv.record(lstm, detail="forward", samples=2, path=tmp_path / "mine") as tape:
        for length in (5, 3):
            lstm(torch.randn(length, 7, INPUTS))
            tape.step(perplexity=length)
    tree = gv.load(tmp_path / "mine")
    assert tree["lstm"].sizes["step"] == 2
    assert tree["lstm"]["sample"].values.tolist() == [0, 6]
    assert tree["lstm"]["length"].values.tolist() == [5, 3]
    assert np.isnan(tree["lstm"][v.STATE_H].values[1, 0, 0, 3:]).all()
    assert tree["perplexity"].values.tolist() == [5, 3]


def test_messages():
    lstm = nn.LSTM(INPUTS, 4)
    with pytest.raises(UnknownName, match=r"'foward'; did you mean 'forward'\? \(forward, full, norms\)"):
        gv.record(lstm, detail="foward")
    tape = gv.record(lstm, detail="forward")

    def record_nothing():
        with tape, pytest.raises(NothingRecorded, match="no call of lstm was seen at a recorded step"):
            _ = tape.tree

    with pytest.warns(NothingRecordedWarning, match="nothing was recorded: no call of lstm was seen"):
        record_nothing()


def test_a_module_that_was_not_called():
    model = nn.ModuleDict({"one": nn.GRU(INPUTS, 4), "other": nn.GRU(INPUTS, 4)})
    with torch.no_grad(), gv.record(model, detail="forward") as tape:
        model["one"](torch.randn(5, 2, INPUTS))
    with pytest.raises(NothingRecorded, match="no call was seen of 'other' yet"):
        tape["other"]


def test_chosen_modules_only():
    model = nn.ModuleDict({"one": nn.GRU(INPUTS, 4), "other": nn.GRU(INPUTS, 4)})
    with torch.no_grad(), gv.record(model, detail="forward", modules="other") as tape:
        for module in model.values():
            module(torch.randn(5, 2, INPUTS))
    assert list(tape.tree.children) == ["other"]
