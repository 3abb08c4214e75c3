"""What an optimizer does in a step, against copies and norms taken by hand around every line."""

import copy
import gc
import math
import pickle

import numpy as np
import pytest
import torch
from capture.watched_model import UNITS, gradient_norm, loss_of, model, value, weights
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v

OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, foreach=False),
    "adam foreach": lambda p: torch.optim.Adam(p, lr=0.01, foreach=True),
    "adam fused": lambda p: torch.optim.Adam(p, lr=0.01, fused=True),
    "nesterov foreach": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, foreach=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "groups": lambda p: torch.optim.AdamW(
        [{"params": (ps := list(p))[:2], "lr": 0.1}, {"params": ps[2:]}], lr=0.01
    ),
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_norms_and_update_ratio(kind):
    module = model()
    parameters = list(module.parameters())
    optimizer = OPTIMIZERS[kind](parameters)
    before, after, ratios = [], [], []
    with gv.record(module, every=2, optimizer=optimizer) as tape:
        for step in range(6):
            optimizer.zero_grad()
            loss = loss_of(module, scale=10.0 ** (step - 2))
            loss.backward()
            before.append(gradient_norm(parameters))
            nn.utils.clip_grad_norm_(parameters, 1.0)
            after.append(gradient_norm(parameters))
            old = weights(parameters)
            optimizer.step()
            ratios.append(float((weights(parameters) - old).norm() / old.norm()))
            tape.step(loss)
    assert value(tape, v.GRAD_NORM) == pytest.approx(before[::2], rel=1e-6)
    assert value(tape, v.GRAD_NORM_CLIPPED) == pytest.approx(after[::2], rel=1e-6)
    assert value(tape, v.UPDATE_RATIO) == pytest.approx(ratios[::2], rel=1e-5)
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [0, 0, 0]
    assert v.NAMES_NOT_ZEROED not in tape.dataset.attrs
    of_all = tape.tree[v.GRAD_NORM]
    assert of_all.dims == ("iteration",)
    assert np.isnan(of_all.values).tolist() == [False, True] * 3
    clipped = gv.clipping(tape.tree)["clipped"].values[::2]
    assert clipped.tolist() == [norm > 1 for norm in before[::2]] == [False, True, True]
    assert tape.dataset[v.UPDATE_RATIO].attrs == {
        "long_name": "change of the weights in an optimizer step ‖Δw‖/‖w‖",
        "units": "1",
    }


def test_by_hand():
    module = nn.RNN(1, 1, bias=False)
    with torch.no_grad():
        module.weight_ih_l0.fill_(3.0)
        module.weight_hh_l0.fill_(4.0)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    with gv.record(module, optimizer=optimizer) as tape:
        module(torch.zeros(2, 1, 1))[0].sum().backward()
        module.weight_ih_l0.grad.fill_(6.0)
        module.weight_hh_l0.grad.fill_(8.0)
        optimizer.step()  # Δw = 0.5 * (6, 8), of w = (3, 4)
        tape.step()
    assert value(tape, v.GRAD_NORM) == [0]
    assert value(tape, v.GRAD_NORM_CLIPPED) == [10]
    assert value(tape, v.UPDATE_RATIO) == [1]


@pytest.mark.parametrize(("lr", "expected"), [(0.1, math.inf), (0.0, math.nan)])
def test_the_ratio_of_weights_that_are_all_zero(lr, expected):
    module = nn.RNN(1, 1)
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    optimizer = torch.optim.SGD(module.parameters(), lr=lr)
    with gv.record(module, optimizer=optimizer) as tape:
        module(torch.ones(2, 1, 1))[0].sum().backward()
        optimizer.step()
        tape.step()
    assert value(tape, v.UPDATE_RATIO) == pytest.approx([expected], nan_ok=True)


def test_only_parameters_of_both_count():
    module, other = model(), nn.Linear(3, 3)
    optimizer = torch.optim.SGD([*module.head.parameters(), *other.parameters()], lr=0.1)
    with gv.record(module, optimizer=optimizer) as tape:
        loss = loss_of(module) + other(torch.ones(3)).sum()
        loss.backward()
        old = weights(module.head.parameters())
        optimizer.step()
        tape.step(loss)
    assert value(tape, v.GRAD_NORM) == pytest.approx([gradient_norm(module.head.parameters())])
    change = weights(module.head.parameters()) - old
    assert value(tape, v.UPDATE_RATIO) == pytest.approx([float(change.norm() / old.norm())], rel=1e-5)


def test_a_pass_that_adds_to_no_gradient_measures_nothing():
    module = model()
    parameters = list(module.parameters())
    optimizer = torch.optim.SGD(parameters, lr=0.01)
    with gv.record(module, optimizer=optimizer) as tape:
        for _ in range(2):
            optimizer.zero_grad()
            loss_of(module).backward()
            norm = gradient_norm(parameters)
            nn.utils.clip_grad_norm_(parameters, 0.1)
            torch.autograd.grad(loss_of(module), parameters)
            optimizer.step()
            tape.step()
    assert value(tape, v.GRAD_NORM)[1] == pytest.approx(norm, rel=1e-6)
    assert value(tape, v.GRAD_NORM_CLIPPED) == pytest.approx([0.1, 0.1], rel=1e-4)


def test_of_several_optimizer_steps_the_last_counts():
    module = model()
    parameters = list(module.parameters())
    optimizer = torch.optim.SGD(parameters, lr=0.01)
    with gv.record(module, optimizer=optimizer) as tape:
        for epoch in range(3):
            if epoch != 1:
                optimizer.zero_grad()
            loss_of(module).backward()
            norm, old = gradient_norm(parameters), weights(parameters)
            optimizer.step()
        ratio = float((weights(parameters) - old).norm() / old.norm())
        loss_of(module).backward()  # not used yet
        tape.step()
    assert value(tape, v.GRAD_NORM) == pytest.approx([norm], rel=1e-6)
    assert value(tape, v.UPDATE_RATIO) == pytest.approx([ratio], rel=1e-5)
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [6]


def test_lbfgs_closures():
    def closure():
        if zero:
            optimizer.zero_grad()
        loss = loss_of(module)
        loss.backward()
        norms.append(gradient_norm(parameters))
        nn.utils.clip_grad_norm_(parameters, 0.05)
        return loss

    for zero in (True, False):
        module = model()
        parameters = list(module.parameters())
        optimizer, norms = torch.optim.LBFGS(parameters, max_iter=4), []
        last = []
        with gv.record(module, optimizer=optimizer) as tape:
            for _ in range(3):
                optimizer.step(closure)
                last.append(norms[-1])
                tape.step()
        assert len(norms) > 3
        assert value(tape, v.GRAD_NORM) == pytest.approx(last, rel=1e-6)
        assert value(tape, v.GRAD_NORM_CLIPPED) == pytest.approx([0.05] * 3, rel=1e-3)
        assert value(tape, v.PARAMETERS_NOT_ZEROED) == ([0, 0, 0] if zero else [0, 6, 6])


def test_sparse_gradients_and_shared_parameters():
    class Text(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(7, UNITS, sparse=True)
            self.rnn = nn.GRU(UNITS, UNITS)
            self.head = nn.Linear(UNITS, 7)
            self.tied = self.head

        def forward(self, x):
            return self.tied(self.rnn(self.embed(x))[0])

    torch.manual_seed(0)
    module = Text()
    parameters = list(module.parameters())
    optimizer, norms = torch.optim.SGD(parameters, lr=0.1), []
    with gv.record(module, optimizer=optimizer) as tape:
        for _ in range(2):
            module(torch.tensor([[1], [1], [2]])).square().sum().backward()
            norms.append(gradient_norm(parameters))
            optimizer.step()
            tape.step()
    assert value(tape, v.GRAD_NORM) == pytest.approx(norms, rel=1e-6)
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [0, len(parameters)]


def test_a_metric_of_the_user_takes_the_place():
    module = model()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    with gv.record(module, every=2, optimizer=optimizer) as tape:
        for step in range(4):
            optimizer.zero_grad()
            loss_of(module).backward()
            optimizer.step()
            tape.step(grad_norm=100 + step)
    assert tape.tree[v.GRAD_NORM].values.tolist() == [100, 101, 102, 103]
    assert value(tape, v.GRAD_NORM) == [100, 102]
    assert np.isfinite(value(tape, v.GRAD_NORM_CLIPPED)).all()


def test_without_tape_step_and_in_a_tree_that_is_read_early():
    module = model()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    with gv.record(module, optimizer=optimizer) as tape:
        loss_of(module).backward()
        optimizer.step()
        early = tape.dataset
    for dataset in (early, tape.dataset):
        assert np.isfinite(dataset[v.UPDATE_RATIO].values).all()
        assert dataset[v.GRAD_NORM].values == dataset[v.GRAD_NORM_CLIPPED].values > 0


def hooks_and_attributes(optimizer):
    return {name: (id(found), copy.copy(found)) for name, found in vars(optimizer).items() if name != "state"}


@pytest.mark.parametrize("ends", ["well", "backward", "step", "dropped"])
def test_nothing_is_left_on_the_optimizer(ends):
    class Failing(torch.optim.SGD):
        def step(self, closure=None):
            if ends == "step":
                raise RuntimeError("planted")
            return super().step(closure)

    module = model()
    optimizer = Failing(module.parameters(), lr=0.01)
    before = hooks_and_attributes(optimizer)

    def iterate(tape):
        assert hooks_and_attributes(optimizer) != before
        loss = loss_of(module)
        if ends == "backward":
            loss.register_hook(lambda _: 1 / 0)
        loss.backward()
        optimizer.step()
        tape.step(loss)

    def run():
        tape = gv.record(module, optimizer=optimizer)
        if ends == "dropped":
            return iterate(tape.__enter__())
        with tape:
            iterate(tape)

    if ends in ("backward", "step"):
        with pytest.raises((RuntimeError, ZeroDivisionError)):
            run()
    else:
        run()
    gc.collect()
    assert hooks_and_attributes(optimizer) == before
    assert torch.autograd._engine_run_backward is torch.autograd.graph._engine_run_backward


def test_a_copy_made_inside_the_block_has_no_hook():
    module = model()
    optimizer = torch.optim.Adam(module.parameters())
    with gv.record(module, optimizer=optimizer):
        loss_of(module).backward()
        optimizer.step()
        for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
            assert not other._optimizer_step_pre_hooks
            assert not other._optimizer_step_post_hooks


def test_parameters_that_the_optimizer_is_given_within_a_step():
    module = model()
    first, *others = module.parameters()
    optimizer = torch.optim.SGD([first], lr=0.1)
    norms = []
    with gv.record(module, optimizer=optimizer) as tape:
        for step in range(2):
            if step == 1:
                optimizer.add_param_group({"params": others})
            optimizer.zero_grad()
            loss = loss_of(module)
            loss.backward()
            held = [each for group in optimizer.param_groups for each in group["params"]]
            norms.append(gradient_norm(held))
            optimizer.step()
            tape.step(loss)
    assert value(tape, v.GRAD_NORM) == pytest.approx(norms, rel=1e-6)
    assert value(tape, v.GRAD_NORM_CLIPPED) == pytest.approx(norms, rel=1e-6)


class CallsItsBase(torch.optim.SGD):
    def step(self, closure=None):
        return super().step(closure)


def test_an_optimizer_whose_step_calls_that_of_its_base_class():
    """PyTorch calls the hooks of both, if the base class has been used too."""
    torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    module = model()
    parameters = list(module.parameters())
    optimizer = CallsItsBase(parameters, lr=0.1)
    with gv.record(module, optimizer=optimizer) as tape:
        loss = loss_of(module)
        loss.backward()
        old, norm = weights(parameters), gradient_norm(parameters)
        optimizer.step()
        tape.step(loss)
    ratio = float((weights(parameters) - old).norm() / old.norm())
    assert value(tape, v.UPDATE_RATIO) == pytest.approx([ratio], rel=1e-5)
    assert value(tape, v.GRAD_NORM) == pytest.approx([norm], rel=1e-6)


def test_a_parameter_of_whole_numbers_does_not_count():
    """A model of Keras keeps the state of a random generator as one."""
    plain, with_seed = model(), model()
    with_seed.seed = nn.Parameter(torch.zeros(2, dtype=torch.int32), requires_grad=False)
    found = []
    for module in (plain, with_seed):
        optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
        with gv.record(module, optimizer=optimizer) as tape:
            loss_of(module).backward()
            optimizer.step()
            tape.step()
        found.append([value(tape, name) for name in (v.GRAD_NORM, v.UPDATE_RATIO)])
    assert np.isfinite(found).all()
