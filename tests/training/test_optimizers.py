"""The plain optimizers change the weights as those of ``torch.optim`` do, to the bit."""

import copy
import re
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim.optimizer import register_optimizer_step_post_hook

from gradviz.training.optimisation import OPTIMIZERS
from gradviz.training.optimizers import TAKES

TORCHS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}
KINDS = sorted(TORCHS)
SETTINGS = [
    ("adam", {"weight_decay": 0.1}),
    ("adamw", {"weight_decay": 0.1}),
    ("adamw", {"weight_decay": 0.0}),
    ("rmsprop", {"momentum": 0.9}),
    ("rmsprop", {"momentum": 0.5, "weight_decay": 0.1}),
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "nesterov": True}),
    ("sgd", {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    ("sgd", {"weight_decay": 0.1}),
]
OPTIONS = [
    ("adam", {"betas": (0.5, 0.9), "eps": 1e-3}),
    ("adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("adamw", {"betas": (0.0, 0.9), "amsgrad": True}),
    ("rmsprop", {"alpha": 0.9, "eps": 1e-4}),
    ("rmsprop", {"centered": True, "momentum": 0.9}),
    ("sgd", {"dampening": 0.5, "momentum": 0.9}),
]
RATE = 0.05


def parameters(dtype=torch.float32):
    generator = torch.Generator().manual_seed(1)
    shapes = [(3, 2), (4,), (1, 2, 2)]
    return [torch.nn.Parameter(torch.randn(shape, generator=generator, dtype=dtype)) for shape in shapes]


def take_steps(optimizer, weights, steps, *, seed=0, scale=1.0):
    """Steps with random gradients; the last parameter has none in every other step."""
    generator = torch.Generator().manual_seed(seed)
    for step in range(steps):
        optimizer.zero_grad()
        for place, weight in enumerate(weights):
            drawn = scale * torch.randn(weight.shape, generator=generator, dtype=weight.dtype)
            if place < 2 or step % 2:
                weight.grad = drawn
        optimizer.step()


def equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@settings(max_examples=10, deadline=None)
@given(
    rate=st.floats(1e-6, 1.0),
    taken=st.fixed_dictionaries(
        {
            "steps": st.integers(1, 6),
            "seed": st.integers(0, 99),
            "scale": st.sampled_from([0.0, 1e-30, 1e-3, 1.0, 1e6, 1e25]),
        }
    ),
)
def test_the_same_bits(kind, dtype, rate, taken):
    plain, torchs = parameters(dtype), parameters(dtype)
    take_steps(OPTIMIZERS[kind](plain, lr=rate), plain, **taken)
    take_steps(TORCHS[kind](torchs, lr=rate), torchs, **taken)
    assert equal(plain, torchs)


@pytest.mark.parametrize(("kind", "settings"), SETTINGS + OPTIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_same_bits_with_settings(kind, settings, dtype):
    plain, torchs = parameters(dtype), parameters(dtype)
    take_steps(OPTIMIZERS[kind](plain, lr=RATE, **settings), plain, 25)
    take_steps(TORCHS[kind](torchs, lr=RATE, **settings), torchs, 25)
    assert equal(plain, torchs)
    without = parameters(dtype)
    take_steps(OPTIMIZERS[kind](without, lr=RATE), without, 25)
    assert not equal(plain, without)


@pytest.mark.parametrize(("kind", "settings"), SETTINGS + OPTIONS)
@pytest.mark.parametrize("made_by", [OPTIMIZERS, TORCHS], ids=["own", "of torch"])
@pytest.mark.parametrize("cut", [1, 11])  # after one step the last parameter has no momentum yet
def test_the_same_bits_from_a_saved_state_with_settings(kind, settings, made_by, cut):
    weights, whole = parameters(), parameters()
    before = made_by[kind](weights, lr=RATE, **settings)
    take_steps(before, weights, cut)
    saved = copy.deepcopy(before.state_dict())
    after = OPTIMIZERS[kind](weights, lr=1.0, **settings)
    after.load_state_dict(saved)
    take_steps(after, weights, 20, seed=1)

    uninterrupted = OPTIMIZERS[kind](whole, lr=RATE, **settings)
    take_steps(uninterrupted, whole, cut)
    take_steps(uninterrupted, whole, 20, seed=1)
    assert equal(weights, whole)


@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
def test_every_setting_is_one_that_the_optimizer_takes(kind, settings):
    assert set(settings) <= set(TAKES[kind])
    assert set(TAKES) == set(OPTIMIZERS)


def test_a_momentum_of_another_shape_is_refused():
    weights = parameters()
    optimizer = OPTIMIZERS["sgd"](weights, lr=RATE, momentum=0.9)
    take_steps(optimizer, weights, 1)
    saved = copy.deepcopy(optimizer.state_dict())
    saved["state"][1]["momentum_buffer"] = torch.zeros(9)
    with pytest.raises(ValueError, match=r"momentum_buffer has the shape \(9,\), and its parameter \(4,\)"):
        optimizer.load_state_dict(saved)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("made_by", [OPTIMIZERS, TORCHS], ids=["own", "of torch"])
def test_the_same_bits_from_a_saved_state(kind, made_by):
    weights, whole = parameters(), parameters()
    before = made_by[kind](weights, lr=RATE)
    take_steps(before, weights, 3)
    saved = copy.deepcopy(before.state_dict())
    after = OPTIMIZERS[kind](weights, lr=1.0)  # the rate is of the state too
    after.load_state_dict(saved)
    take_steps(after, weights, 3, seed=1)

    uninterrupted = OPTIMIZERS[kind](whole, lr=RATE)
    take_steps(uninterrupted, whole, 3)
    take_steps(uninterrupted, whole, 3, seed=1)
    assert equal(weights, whole)


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_is_laid_out_as_torch_does(kind):
    own, torchs = (parameters() for _ in range(2))
    states = []
    for made_by, weights in ((OPTIMIZERS, own), (TORCHS, torchs)):
        optimizer = made_by[kind](weights, lr=RATE)
        take_steps(optimizer, weights, 2)
        states.append(optimizer.state_dict())
    ours, theirs = states
    if kind != "sgd":  # some versions of torch name a momentum that SGD does not have
        assert {place: set(of) for place, of in ours["state"].items()} == {
            place: set(of) for place, of in theirs["state"].items()
        }
    (group,), (their_group,) = ours["param_groups"], theirs["param_groups"]
    assert group["lr"] == RATE
    assert {name: their_group[name] for name in group} == group


@pytest.mark.parametrize("kind", KINDS)
def test_torchs_optimizer_goes_on_from_a_state(kind):
    weights, whole = parameters(), parameters()
    before = OPTIMIZERS[kind](weights, lr=RATE)
    take_steps(before, weights, 3)
    after = TORCHS[kind](weights, lr=1.0)
    after.load_state_dict(copy.deepcopy(before.state_dict()))
    take_steps(after, weights, 3, seed=1)

    uninterrupted = TORCHS[kind](whole, lr=RATE)
    take_steps(uninterrupted, whole, 3)
    take_steps(uninterrupted, whole, 3, seed=1)
    assert equal(weights, whole)


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        ("adam", {"betas": (0.5, 0.999)}),
        ("adam", {"amsgrad": True}),
        ("rmsprop", {"alpha": 0.5}),
        ("adamw", {"weight_decay": 0.5}),
        ("sgd", {"momentum": 0.9}),
    ],
)
def test_a_state_of_other_settings_is_refused(kind, setting):
    weights = parameters()
    torchs = TORCHS[kind](weights, lr=RATE, **setting)
    take_steps(torchs, weights, 1)
    ((name, value),) = setting.items()
    optimizer = OPTIMIZERS[kind](weights, lr=1.0)
    with pytest.raises(ValueError, match=re.escape(f"{name} = {value!r}")):
        optimizer.load_state_dict(torchs.state_dict())
    assert optimizer.param_groups[0]["lr"] == 1.0


def test_a_state_without_settings_is_of_the_defaults():
    weights = parameters()
    optimizer = OPTIMIZERS["adam"](weights, lr=RATE)
    saved = optimizer.state_dict()
    saved["param_groups"] = [{"lr": 0.5, "params": [0, 1, 2]}]
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_a_loaded_state_is_a_copy():
    weights = parameters()
    first = OPTIMIZERS["adam"](weights, lr=RATE)
    take_steps(first, weights, 1)
    saved = first.state_dict()
    kept = copy.deepcopy(saved)
    second = OPTIMIZERS["adam"](weights, lr=RATE)
    second.load_state_dict(saved)
    take_steps(second, weights, 2)
    assert equal(saved["state"][0].values(), kept["state"][0].values())


def test_a_state_of_other_parameters_is_refused_and_changes_nothing():
    weights = parameters()
    optimizer = OPTIMIZERS["adam"](weights, lr=RATE)
    take_steps(optimizer, weights, 1)
    good = copy.deepcopy(optimizer.state_dict())
    fewer, wide, bare = (copy.deepcopy(good) for _ in range(3))
    fewer["param_groups"][0]["params"].pop()
    wide["state"][1]["exp_avg"] = torch.zeros(9)
    del bare["state"][0]["exp_avg_sq"]
    for state, error, message in (
        (fewer, ValueError, r"of 2 parameters, not of 3"),
        (wide, ValueError, r"exp_avg has the shape \(9,\), and its parameter \(4,\)"),
        (bare, KeyError, "exp_avg_sq"),
    ):
        with pytest.raises(error, match=message):
            optimizer.load_state_dict(state)
    assert equal(optimizer.state_dict()["state"][1].values(), good["state"][1].values())


@pytest.mark.parametrize("to_none", [True, False])
def test_gradients_are_zeroed(to_none):
    weights = parameters()
    weights[0].grad = torch.ones(3, 2)
    OPTIMIZERS["sgd"](weights, lr=RATE).zero_grad(set_to_none=to_none)
    assert weights[1].grad is None
    assert weights[0].grad is None if to_none else not weights[0].grad.any()


@pytest.mark.parametrize("kind", KINDS)
def test_torchs_hooks_see_every_step(kind):
    weights, seen = parameters(), []
    optimizer = OPTIMIZERS[kind](weights, lr=RATE)
    handle = register_optimizer_step_post_hook(lambda one, *_: seen.append(one))
    try:
        take_steps(optimizer, weights, 3)
    finally:
        handle.remove()
    assert seen == [optimizer] * 3


TRAIN = """
import sys
import gradviz as gv
from gradviz.training.loop import Training
from gradviz.training.optimisation import Optimisation
for kind in ("adam", "adamw", "rmsprop", "sgd"):
    how = Optimisation(steps=2, batch_size=2, optimizer=kind, clip_norm=1.0)
    for _ in range(2):
        training = Training(gv.SequenceModel("lstm", 2, 3, 1), gv.tasks.adding(4), how)
        with gv.record(training.model) as tape:
            for step in training:
                tape.step(step.loss)
        training.load_state_dict(training.state_dict())
sys.exit("torch._dynamo" in sys.modules)
"""


@pytest.mark.slow
def test_a_recorded_training_does_not_load_the_compiler():
    subprocess.run([sys.executable, "-c", TRAIN], check=True, timeout=240)
