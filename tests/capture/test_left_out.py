"""Parameters that no optimizer changes, and healthy trainings in which one optimizer holds only a part."""

import gc
import weakref

import pytest
import torch
from capture.watched_model import loss_of, model, value

import gradviz as gv
from gradviz import vocabulary as v

RNN = ["rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0"]


def train(module, optimizers, *, steps=4, each=lambda step, every: every, every=1, before_step=lambda: None):
    with gv.record(module, optimizer=optimizers[0], every=every) as tape:
        for step in range(steps):
            module.zero_grad()
            loss = loss_of(module)
            loss.backward()
            before_step()
            for optimizer in each(step, optimizers):
                optimizer.step()
            tape.step(loss)
    return tape


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.1)


def counts(tape):
    return value(tape, v.PARAMETERS_NOT_IN_OPTIMIZER)


def test_a_layer_that_was_forgotten():
    module = model()
    tape = train(module, [sgd(module.head.parameters())])
    assert counts(tape) == [4] * 4
    assert tape.dataset.attrs[v.NAMES_NOT_IN_OPTIMIZER] == ", ".join(RNN)


def test_one_parameter_that_was_forgotten():
    module = model()
    tape = train(module, [sgd([p for name, p in module.named_parameters() if name != "rnn.weight_hh_l0"])])
    assert counts(tape) == [1] * 4
    assert tape.dataset.attrs[v.NAMES_NOT_IN_OPTIMIZER] == "rnn.weight_hh_l0"


def test_all_parameters_in_groups():
    module = model()
    groups = [
        {"params": list(module.rnn.parameters())},
        {"params": list(module.head.parameters()), "lr": 0.01},
    ]
    tape = train(module, [sgd(groups)])
    assert counts(tape) == [0] * 4
    assert v.NAMES_NOT_IN_OPTIMIZER not in tape.dataset.attrs


@pytest.mark.parametrize("first", ["rnn", "head"])
def test_two_optimizers(first):
    module = model()
    parts = [first, *({"rnn", "head"} - {first})]
    tape = train(module, [sgd(getattr(module, part).parameters()) for part in parts])
    assert counts(tape) == [0] * 4


def test_an_optimizer_that_steps_less_often():
    module = model()
    both = [sgd(module.head.parameters()), sgd(module.rnn.parameters())]
    tape = train(module, both, steps=7, every=2, each=lambda step, every: every[: 1 + (step % 2)])
    assert counts(tape) == [4, 0, 0, 0]  # nothing is known before the other one has made a step
    assert v.NAMES_NOT_IN_OPTIMIZER in tape.dataset.attrs


def test_parameters_changed_by_hand():
    module = model()

    def by_hand():
        for parameter in module.rnn.parameters():
            parameter.data.sub_(parameter.grad, alpha=0.1)

    assert counts(train(module, [sgd(module.head.parameters())], before_step=by_hand)) == [0] * 4


def test_frozen_on_purpose():
    module = model()
    module.rnn.requires_grad_(False)
    module.rnn.bias_ih_l0.requires_grad_(True)
    tape = train(module, [sgd([module.rnn.bias_ih_l0, *module.head.parameters()])])
    assert counts(tape) == [0] * 4


def test_a_parameter_that_gets_no_gradient():
    module = model()
    module.unused = torch.nn.Linear(2, 2)
    module.zeroed = torch.nn.Parameter(torch.ones(3))
    optimizer = sgd([*module.rnn.parameters(), *module.head.parameters()])
    with gv.record(module, optimizer=optimizer) as tape:
        (loss_of(module) + 0 * module.zeroed.sum()).backward()
        optimizer.step()
        tape.step()
    assert counts(tape) == [0]


def test_parameters_given_later():
    module = model()
    optimizer = sgd(module.head.parameters())
    with gv.record(module, optimizer=optimizer) as tape:
        for step in range(3):
            loss_of(module).backward()
            optimizer.step()
            if step == 0:
                optimizer.add_param_group({"params": list(module.rnn.parameters())})
            tape.step()
    assert counts(tape) == [0, 0, 0]


def test_a_step_without_an_update_tells_nothing():
    module = model()
    tape = train(module, [sgd(module.head.parameters())], each=lambda step, every: every if step % 2 else [])
    found = tape.dataset[v.PARAMETERS_NOT_IN_OPTIMIZER]
    assert found.isnull().values.tolist() == [True, False, True, False]


def test_a_model_that_changed_its_dtype():
    module = model()
    optimizer = sgd(module.head.parameters())
    with gv.record(module, optimizer=optimizer) as tape:
        loss_of(module).backward()
        optimizer.step()
        tape.step()
        module.double()
        module.zero_grad()
        module(torch.randn(5, 3, 2, dtype=torch.float64)).sum().backward()
        optimizer.step()
        tape.step()
    assert counts(tape) == [4, 0]


def test_training_is_the_same_and_no_copy_is_left():
    trained = []
    for is_recorded in (False, True):
        module = model()
        optimizer = sgd(module.head.parameters())
        torch.manual_seed(1)
        if is_recorded:
            train(module, [optimizer])
        else:
            for _ in range(4):
                module.zero_grad()
                loss_of(module).backward()
                optimizer.step()
        trained.append([*(p.detach() for p in module.parameters()), torch.get_rng_state()])
    assert all(torch.equal(a, b) for a, b in zip(*trained, strict=True))
    left = weakref.ref(module.rnn.weight_hh_l0)
    del module, optimizer, trained
    gc.collect()
    assert left() is None
