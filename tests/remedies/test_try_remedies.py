"""`gradviz.try_remedies`: what helps on models that are ill in one way, and that nothing is left behind."""

import copy
import math
import os
import random
import signal
import time

import numpy as np
import pytest
import torch
from remedies.trainings import (
    LastStep,
    batches_of,
    broadcast_target,
    exploding,
    forgetting,
    proposal,
    random_labels,
    raw_input,
    remembering,
    sign_of_mean,
    softmax_twice,
)
from torch import nn

import gradviz as gv
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import Change
from gradviz.errors import CannotWatch
from gradviz.remedies import attempt
from gradviz.remedies import try_remedies as module
from gradviz.remedies.training_case import NoTraining

CLIP = proposal("clip_norm", limit=1.0)
SLOWER = proposal("lower_learning_rate", factor=0.1)
CHRONO = proposal("initialise", module="layer", scheme="chrono", t_max=20)
NORMALISE = proposal("normalise_input")
MATCH = proposal("match_target")
NO_SOFTMAX = proposal("remove_softmax")


@pytest.fixture
def advise(monkeypatch):
    """Let the diagnosis of the untouched copy advise these remedies."""

    def set_advice(*advised):
        monkeypatch.setattr(module, "proposals", lambda findings: advised)

    return set_advice


@pytest.fixture
def undiagnosed(monkeypatch):
    """Nothing is diagnosed, which saves time where the loss alone matters."""
    nothing = Diagnosis((), None, "")
    monkeypatch.setattr(attempt, "diagnose", lambda tree, *, lag=None: nothing)


ILL = [
    (forgetting, 19, CHRONO, CLIP),
    (exploding, 19, CLIP, NORMALISE),
    (raw_input, None, NORMALISE, CLIP),
    (softmax_twice, None, NO_SOFTMAX, CHRONO),
    (broadcast_target, None, MATCH, CLIP),
]


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.slow
@pytest.mark.parametrize("case", ILL, ids=lambda case: case[0].__name__)
def test_exactly_one_remedy_lowers_the_loss(advise, undiagnosed, monkeypatch, case):
    factory, lag, right, wrong = case
    advise(wrong, right)
    monkeypatch.setattr(module, "together", lambda tried: ())
    tries = gv.try_remedies(factory, steps=60, lag=lag)
    assert [each.helped for each in tries] == [False, True], str(tries)
    assert tries.best.changes == right.changes


def test_the_trouble_goes_with_the_remedy_that_is_advised():
    tries = gv.try_remedies(forgetting, steps=60, lag=19)
    assert tries[0].changes == (Change("initialise", {"module": "", "scheme": "chrono", "t_max": 19}),)
    assert tries.best is tries[0]
    assert "forget_bias_too_low" in tries.untouched.trouble
    assert tries.untouched.decades_lost.first > 10
    assert (tries[0].trouble, tries[0].helped) == ((), True)
    assert tries[0].decades_lost.first < 2
    assert tries.untouched.decades_lost.lag == tries[0].decades_lost.lag == 19


def test_the_pair_is_tried_and_the_fewest_changes_win(advise, undiagnosed):
    advise(CLIP, NORMALISE)
    tries = gv.try_remedies(raw_input, steps=30)
    both = CLIP.changes + NORMALISE.changes
    assert [each.changes for each in tries] == [CLIP.changes, NORMALISE.changes, both]
    assert tries[2].helped
    assert tries.best is tries[1]


@pytest.mark.slow
def test_nothing_helps_against_random_labels(advise, undiagnosed):
    advise(CLIP, CHRONO)
    tries = gv.try_remedies(random_labels, steps=25)
    assert (tries.best, [each.helped for each in tries]) == (None, [False] * 3)
    assert "Nothing that was tried helped here." in str(tries)


def test_a_healthy_training_has_nothing_to_try():
    tries = gv.try_remedies(remembering, steps=20, lag=19)
    assert (len(tries), tries.best, tries.untouched.trouble) == (0, None, ())
    assert "Nothing to try: the diagnosis of the untouched copy advises no remedy." in str(tries)


def test_the_untouched_copy_trains_as_the_model_would(undiagnosed):
    """Loss by loss, and to the bit."""
    tries = gv.try_remedies(random_labels, steps=8, seed=3)
    torch.manual_seed(3)
    model, batches, loss_fn, make = random_labels()
    torch.manual_seed(3)
    optimizer, losses = make(model.parameters()), []
    for _, (x, y) in zip(range(8), batches, strict=False):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert tries.untouched.loss == np.mean(losses[-5:])
    assert tries.untouched.spread == np.std(losses[-5:])


def test_every_copy_draws_the_same_random_numbers(advise, undiagnosed):
    """Also one whose remedy draws some itself."""
    advise(CHRONO)
    model, batches, loss_fn, _ = random_labels()
    drawn = []

    def noisy(output, target):
        drawn.append(torch.rand(()).item())
        return loss_fn(output, target)

    gv.try_remedies(lambda: (model, batches, noisy), steps=3)
    assert len(set(drawn)) == 3
    assert drawn[:3] == drawn[3:]


def test_nothing_of_the_user_is_changed(advise, undiagnosed):
    advise(CLIP, NORMALISE, SLOWER)
    model, batches, loss_fn, _ = raw_input()
    model.add_module("norm", nn.BatchNorm1d(2))
    model.end = model.norm
    given = list(batches)[:6]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_fn(model(given[0][0]), given[0][1]).backward()
    optimizer.step()
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict(), given))
    gradients = [(part.grad, part.grad.clone()) for part in model.parameters()]
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    gv.try_remedies(lambda: (model, given, loss_fn, optimizer), steps=4)
    for old, new in zip(before[0].values(), model.state_dict().values(), strict=True):
        assert torch.equal(old, new)
    assert str(before[1]) == str(optimizer.state_dict())
    for old, new in zip(before[2], given, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(old, new, strict=True))
    for part, (held, value) in zip(model.parameters(), gradients, strict=True):
        assert part.grad is held
        assert torch.equal(part.grad, value)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()  # noqa: NPY002
    assert random.getstate() == states[2]
    assert not model._forward_hooks
    assert not optimizer._optimizer_step_pre_hooks


def test_what_does_not_end_in_time_is_not_begun(advise, monkeypatch):
    """A clock that advances only where a training is diagnosed: every copy takes 10 s of it."""
    clock = [0.0]

    def slow(tree, *, lag=None):
        clock[0] += 10.0
        return Diagnosis((), None, "")

    advise(CLIP, SLOWER, NORMALISE)
    monkeypatch.setattr(attempt, "diagnose", slow)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    tries = gv.try_remedies(random_labels, steps=3, seconds=25)
    assert [each.changes for each in tries] == [CLIP.changes]
    assert tries.not_tried == (SLOWER.changes, NORMALISE.changes)
    assert "Not tried, because the time was over" in str(tries)


def test_an_untouched_copy_that_takes_all_the_time_is_diagnosed(advise, undiagnosed, monkeypatch):
    advise(CLIP)
    clock = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    tries = gv.try_remedies(random_labels, steps=50, seconds=6)
    assert 0 < tries.untouched.steps < 50
    assert tries.not_tried == (CLIP.changes,)
    assert tries.notes == (f"The untouched copy was trained for {tries.untouched.steps} steps only.",)


@pytest.mark.parametrize("at", [3, 14])
def test_an_interrupt_keeps_what_is_known(advise, undiagnosed, at):
    """In the untouched copy, and in the first one that is changed."""
    advise(CLIP, SLOWER)

    def press(name, done, total):
        if done == at:
            os.kill(os.getpid(), signal.SIGINT)

    tries = gv.try_remedies(random_labels, steps=10, progress=press)
    assert tries.interrupted
    assert tries.untouched.steps == (3 if at == 3 else 10)
    assert (len(tries), tries.not_tried) == (0, (CLIP.changes, SLOWER.changes))
    assert str(tries).endswith("Interrupted: this is what was known until then.")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_progress_counts_the_steps_of_all_copies(advise, undiagnosed):
    advise(CLIP, SLOWER)
    seen = []
    gv.try_remedies(random_labels, steps=2, progress=lambda *now: seen.append(now))
    assert [done for _, done, _ in seen] == list(range(1, 9))
    assert seen[0] == ("untouched", 1, 2)
    assert seen[2] == ("clip the gradient norm at 1", 3, 8)


def test_a_remedy_that_does_not_fit_is_said(advise, undiagnosed):
    advise(proposal("open_output_gate", module="layer"), proposal("unknown"))
    tries = gv.try_remedies(random_labels, steps=2)
    assert "GRU has no output gate" in tries[0].failed
    assert "unknown remedy 'unknown'" in tries[1].failed
    assert [each.helped for each in tries] == [False, False]
    assert "Failed: output gate of layer: biases 0: GRU has no output gate" in str(tries)


def test_a_loss_that_is_not_finite_ends_the_training():
    tries = gv.try_remedies(lambda: (*random_labels()[:2], lambda o, t: o.sum() * math.nan), steps=30)
    assert tries.untouched.steps == 1
    assert math.isnan(tries.untouched.loss)
    assert "not_finite" in tries.untouched.trouble


def made(**parts):
    """`random_labels` with some parts replaced, as a factory."""
    whole = dict(zip(("model", "batches", "loss_fn", "optimizer"), random_labels(), strict=True))
    return lambda: tuple({**whole, **parts}.values())


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (lambda: nn.LSTM(2, 3), "the factory returned a LSTM; to train it, return"),
        (lambda: (nn.LSTM(2, 3), torch.zeros(2, 2, 2)), "returned a tuple of LSTM, Tensor; to train it"),
        (made(model="lstm"), "returned a tuple of str, generator"),
        (made(loss_fn=lambda output: output.sum()), "does not take two arguments; to train it, return"),
        (made(loss_fn=3), "a int as the loss; it must be a function of the output and the target"),
        (
            made(loss_fn=lambda output, target: output),
            "TypeError: loss must return a tensor with one element",
        ),
        (
            made(loss_fn=lambda output, target: output.sum() / 0 + target.nothing),
            "could not be trained: AttributeError",
        ),
        (made(batches=[]), "the batches are empty"),
        (made(batches=iter(())), "the batches are empty"),
        (made(batches=torch.zeros(3, 4)), "a Tensor as the batches; to train it, return"),
        (
            made(batches=torch.utils.data.TensorDataset(torch.zeros(3))),
            "wrap it in a torch.utils.data.DataLoader",
        ),
        (made(batches=lambda: []), "a function as the batches: call it"),
        (made(batches=[torch.zeros(3)]), "a batch is a Tensor and must be a pair (inputs, targets)"),
        (made(batches=[(1, 2, 3)]), "a batch is a tuple of 3 and must be a pair"),
        (made(optimizer=3), "a int as the optimizer; it must be a torch.optim.Optimizer"),
        (
            made(optimizer=torch.optim.Adam(nn.Linear(1, 1).parameters())),
            "optimizer holds none of the parameters",
        ),
        (made(optimizer=torch.optim.LBFGS([torch.zeros(1, requires_grad=True)])), "the optimizer is LBFGS"),
        (made(optimizer=torch.optim.LBFGS), "the optimizer is LBFGS"),
        (made(optimizer=lambda parameters: 3), "optimizer is of type int"),
        (made(optimizer=torch.optim.SGD), None),
        (made(model=LastStep(nn.GRU(1, 2), 2).requires_grad_(False)), "no parameter requires a gradient"),
    ],
)
def test_a_factory_that_cannot_be_trained(undiagnosed, factory, message):
    if message is None:
        assert gv.try_remedies(factory, steps=2).untouched.steps == 2
        return
    with pytest.raises(NoTraining) as error:
        gv.try_remedies(factory, steps=2)
    assert message in str(error.value)


def test_a_loss_that_computes_with_the_model_itself_is_refused():
    model = random_labels()[0]
    penalised = made(model=model, loss_fn=lambda output, target: output.sum() + model.head.weight.norm())
    with pytest.raises(NoTraining, match=r"with the model that the factory returned \(head.weight\)"):
        gv.try_remedies(penalised, steps=2)
    assert model.head.weight.grad is None


def test_a_model_that_cannot_be_copied_is_refused():
    model, batches, loss_fn, _ = random_labels()
    model.kept = model.head(torch.zeros(8))
    with pytest.raises(NoTraining, match="cannot be copied: RuntimeError: "):
        gv.try_remedies(lambda: (model, batches, loss_fn), steps=2)


def test_a_model_without_recurrence_is_refused():
    batches = batches_of(lambda g: (torch.randn(4, 3, generator=g), torch.zeros(4, 1)))
    with pytest.raises(CannotWatch):
        gv.try_remedies(lambda: (nn.Linear(3, 1), batches, nn.functional.mse_loss), steps=2)


@pytest.mark.parametrize("option", [{"steps": 0}, {"lag": 0}, {"seconds": 0}, {"seed": -1}, {"steps": 1.5}])
def test_bad_options(option):
    (name,) = option
    with pytest.raises(ValueError, match=f"{name} = "):
        gv.try_remedies(random_labels, **option)


def test_batches_that_end_are_used_again_and_said(undiagnosed):
    pairs = list(batches_of(sign_of_mean, 3))
    model, _, loss_fn, _ = random_labels()
    once = gv.try_remedies(lambda: (model, iter(pairs), loss_fn), steps=8)
    again = gv.try_remedies(lambda: (model, pairs, loss_fn), steps=8)
    assert once.notes == ("The batches ended after 3; they were used again from the first.",)
    assert again.notes == ()
    assert once.untouched.loss == again.untouched.loss


class Undetached(LastStep):
    """Hands its state on with its graph."""

    state = None

    def forward(self, x):
        states, self.state = self.layer(x, self.state)
        return self.head(states[:, -1])


@pytest.mark.parametrize("steps", [5, None])
def test_a_state_that_is_handed_on_undetached_is_diagnosed(steps):
    tries = gv.try_remedies(made(model=Undetached(nn.GRU(1, 4, batch_first=True), 2)), steps=steps)
    assert tries.untouched.steps == 1
    assert tries.untouched.trouble == ("state_not_detached",)
    assert "Only you can make these changes" in str(tries)
    assert "The untouched copy was trained for 1 step only." in " ".join(str(tries).split())


def test_another_error_at_a_later_step_is_raised():
    def loss_fn(output, target):
        if next(calls):
            raise RuntimeError("Trying to backward through the graph a second time")
        return output.sum()

    calls = iter([0, 0, 1])
    with pytest.raises(NoTraining, match="could not be trained: RuntimeError: Trying to backward"):
        gv.try_remedies(made(loss_fn=_Forwarding(loss_fn)), steps=5)


class _Forwarding:
    """A loss whose copy is the loss itself."""

    def __init__(self, loss_fn):
        self.loss_fn = loss_fn

    def __deepcopy__(self, memo):
        return self

    def __call__(self, output, target):
        return self.loss_fn(output, target)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_gradients_that_are_off_outside(undiagnosed, mode):
    with mode():
        assert gv.try_remedies(random_labels, steps=2).untouched.steps == 2
        assert not torch.is_grad_enabled()


def test_a_factory_that_turns_gradients_off():
    def factory():
        torch.set_grad_enabled(False)
        return random_labels()

    with pytest.raises(NoTraining, match="the factory has turned gradients off for the whole program"):
        gv.try_remedies(factory, steps=2)
    assert torch.is_grad_enabled()


def test_a_factory_that_was_called_already():
    with pytest.raises(TypeError, match=r"a function without arguments; got a tuple; return \(model, batch"):
        gv.try_remedies(random_labels())


@pytest.mark.parametrize("at", [1, 3])
def test_what_the_progress_raises_is_passed_on(advise, undiagnosed, at):
    """And is not taken for an error of the untouched or the changed copy."""
    advise(CLIP)

    def show(name, done, total):
        if done == at:
            raise LookupError("closed")

    with pytest.raises(LookupError, match="closed"):
        gv.try_remedies(random_labels, steps=2, progress=show)


def test_a_second_interrupt_in_one_step_keeps_what_is_known(advise, undiagnosed):
    advise(CLIP, SLOWER)

    def press(name, done, total):
        if done == 4:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    tries = gv.try_remedies(random_labels, steps=3, progress=press)
    assert (tries.interrupted, tries.untouched.steps) == (True, 3)
    assert tries.not_tried == (CLIP.changes, SLOWER.changes)


def test_an_infinite_loss_at_the_end_warns_of_nothing(undiagnosed):
    """It has no spread."""
    tries = gv.try_remedies(made(loss_fn=lambda output, target: output.sum() * math.inf), steps=2)
    assert not math.isfinite(tries.untouched.loss)
    assert math.isnan(tries.untouched.spread)


@pytest.mark.parametrize("scheme", ["orthogonal", "default"])
def test_weights_that_are_computed_cannot_be_initialised(advise, undiagnosed, scheme):
    advise(proposal("initialise", module="layer", scheme=scheme))
    model = random_labels()[0]
    nn.utils.parametrizations.weight_norm(model.layer, "weight_hh_l0")
    tries = gv.try_remedies(made(model=model), steps=2)
    assert "weight_hh_l0 of this ParametrizedGRU is computed from other parameters" in tries[0].failed


def test_what_a_training_that_ended_by_itself_advises_is_tried(undiagnosed, advise):
    """Its loss is NaN after a few steps; that is no lack of time."""

    def doubling():
        layer = gv.initialise(nn.RNN(4, 8, nonlinearity="relu", batch_first=True), "identity", scale=4.0)
        return LastStep(layer, 2), *exploding()[1:]

    advise(CLIP)
    tries = gv.try_remedies(doubling, steps=40)
    assert tries.untouched.steps < 40
    assert not math.isfinite(tries.untouched.loss)
    assert (tries[0].changes, tries[0].steps, tries.not_tried) == (CLIP.changes, 40, ())
