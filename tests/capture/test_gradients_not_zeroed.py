"""Which parameters' gradients were not zeroed, for every way to zero them and to accumulate."""

import numpy as np
import pytest
import torch
from capture.watched_model import BATCH, INPUTS, LENGTH, Model, loss_of, model, value
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v


def train_accumulating(zero, *, micro=1, steps=4, every=1, params=None):
    """The recording of a training; ``zero(optimizer, step)`` is called before its backward passes."""
    module = model()
    optimizer = torch.optim.SGD(params(module) if params else module.parameters(), lr=0.01)
    with gv.record(module, every=every, optimizer=optimizer) as tape:
        for step in range(steps):
            zero(optimizer, step)
            for _ in range(micro):
                loss = loss_of(module)
                loss.backward()
            optimizer.step()
            tape.step(loss)
    return tape


def names():
    return [name for name, _ in Model().named_parameters()]


def test_gradients_that_are_never_zeroed():
    tape = train_accumulating(lambda *_: None)
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [0, 6, 6, 6]
    assert tape.dataset.attrs[v.NAMES_NOT_ZEROED] == ", ".join(names())
    assert value(train_accumulating(lambda *_: None, every=3, steps=7), v.PARAMETERS_NOT_ZEROED) == [0, 6, 6]


@pytest.mark.parametrize("to_none", [True, False])
@pytest.mark.parametrize("micro", [1, 3])
def test_zeroed_gradients_and_micro_batches_do_not_count(to_none, micro):
    tape = train_accumulating(lambda optimizer, _: optimizer.zero_grad(set_to_none=to_none), micro=micro)
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [0] * 4
    assert v.NAMES_NOT_ZEROED not in tape.dataset.attrs


def test_a_part_that_is_not_zeroed_is_named():
    def zero(optimizer, step):
        if step != 2:
            optimizer.zero_grad()
        else:
            for parameter in optimizer.param_groups[0]["params"][:-1]:
                parameter.grad = None

    tape = train_accumulating(zero)
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [0, 0, 1, 0]
    assert tape.dataset.attrs[v.NAMES_NOT_ZEROED] == "head.bias"


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(1, 2), st.integers(1, 3))
@settings(max_examples=10, deadline=None)
def test_whichever_steps_are_zeroed(zeroed, micro, every):
    tape = train_accumulating(
        lambda optimizer, step: optimizer.zero_grad() if zeroed[step] else None,
        micro=micro,
        steps=len(zeroed),
        every=every,
    )
    expected = [0 if step == 0 or zero else 6 for step, zero in enumerate(zeroed)]
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == expected[::every]


def test_gradients_accumulated_over_several_tape_steps_do_not_count():
    module = model()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    with gv.record(module, every=2, optimizer=optimizer) as tape:
        for step in range(9):
            if step % 3 == 0:
                optimizer.zero_grad()
            loss = loss_of(module)
            loss.backward()
            if step % 3 == 2:
                optimizer.step()
            tape.step(loss)
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [0] * 5
    steps_with_an_update = [step % 3 == 2 for step in range(0, 9, 2)]
    assert np.isfinite(value(tape, v.UPDATE_RATIO)).tolist() == steps_with_an_update
    assert np.isfinite(value(tape, v.GRAD_NORM_CLIPPED)).tolist() == steps_with_an_update
    assert np.isfinite(value(tape, v.GRAD_NORM)).all()


def test_a_parameter_that_no_backward_pass_reaches_does_not_count():
    module = model()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    with gv.record(module, optimizer=optimizer) as tape:
        for step in range(3):
            out = module.rnn(torch.randn(LENGTH, BATCH, INPUTS))[0]
            loss = (module.head(out) if step == 0 else out).sum()
            module.rnn.zero_grad()
            loss.backward()
            optimizer.step()
            tape.step(loss)
    assert module.head.weight.grad is not None
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [0, 0, 0]


@pytest.mark.parametrize("to_none", [True, False])
def test_a_generator_that_its_discriminators_loss_reaches_does_not_count(to_none):
    generator, discriminator = model(), nn.Linear(1, 1)
    optimizer = torch.optim.SGD(generator.parameters(), lr=0.01)
    with gv.record(generator, optimizer=optimizer) as tape:
        for _ in range(3):
            discriminator(generator(torch.randn(LENGTH, BATCH, INPUTS))).sum().backward()
            optimizer.zero_grad(set_to_none=to_none)
            loss = loss_of(generator)
            loss.backward()
            nn.utils.clip_grad_norm_(generator.parameters(), 0.1)
            optimizer.step()
            tape.step(loss)
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [0, 0, 0]


def test_clipping_does_not_hide_a_gradient_that_was_not_zeroed():
    module = model()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    with gv.record(module, optimizer=optimizer) as tape:
        for _ in range(3):
            loss = loss_of(module)
            loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), 0.1)
            optimizer.step()
            tape.step(loss)
    assert value(tape, v.PARAMETERS_NOT_ZEROED) == [0, 6, 6]


def test_names_of_all_parts_are_joined(tmp_path):
    module = model()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    with gv.record(module, optimizer=optimizer, path=tmp_path / "run") as tape:
        for step in range(4):
            for number, parameter in enumerate(module.parameters()):
                if number != step:
                    parameter.grad = None
            loss_of(module).backward()
            optimizer.step()
            tape.step()
            if step == 1:
                tape._sink._writer.flush()
    dataset = gv.load(tmp_path / "run")["rnn"].to_dataset(inherit=False)
    assert dataset[v.PARAMETERS_NOT_ZEROED].values.tolist() == [0, 1, 1, 1]
    assert dataset.attrs[v.NAMES_NOT_ZEROED] == ", ".join(names()[1:4])
