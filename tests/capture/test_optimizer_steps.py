"""A training that never calls ``tape.step``: one warning, and only the newest iteration is kept."""

import gc
import warnings
import weakref

import pytest
import torch
from torch import nn
from torch.optim import optimizer as torch_optimizer

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.optimizer_steps import MOST_STEPS
from gradviz.errors import StepForgottenWarning

FORGOTTEN = v.STEPS_WITHOUT_TAPE_STEP


def hooks():
    return len(torch_optimizer._global_optimizer_post_hooks)


@pytest.fixture(autouse=True)
def _no_hook_is_left():
    before = hooks()
    yield
    gc.collect()
    assert hooks() == before


def lstm():
    torch.manual_seed(0)
    return nn.LSTM(2, 4)


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=0.01)


def iterate(model, optimizer, length=5):
    """One training iteration; its graph lives as long as the loss that it returns."""
    loss = model(torch.randn(length, 3, 2))[0].pow(2).sum()
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    optimizer.step()
    return loss


def test_a_step_less_than_the_limit_is_silent_and_keeps_every_call():
    model = lstm()
    optimizer = sgd(model)
    with gv.record(model) as tape:
        for _ in range(MOST_STEPS - 1):
            iterate(model, optimizer)
    assert tape.dataset.sizes["call"] == MOST_STEPS - 1 == 31
    assert FORGOTTEN not in tape.dataset


def test_at_the_limit_it_warns_once_at_the_line_of_the_user():
    model = lstm()
    optimizer = sgd(model)
    with gv.record(model, every=20) as tape:
        with warnings.catch_warnings(record=True) as given:
            warnings.simplefilter("always")
            for _ in range(MOST_STEPS):
                iterate(model, optimizer)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(MOST_STEPS):
                iterate(model, optimizer)
    (warning,) = given
    assert warning.category is StepForgottenWarning
    assert str(warning.message) == (
        "32 optimizer steps have been made without tape.step. Call tape.step(loss) at the end of every "
        "training iteration: it tells the iterations apart and stores the loss. Without it the option every "
        "has no effect, and from now on only the newest iteration is kept."
    )
    assert warning.filename == __file__
    with open(__file__, encoding="utf-8") as file:
        assert file.readlines()[warning.lineno - 1].strip() == "optimizer.step()"
    assert tape.dataset.attrs[FORGOTTEN] == 2 * MOST_STEPS


@pytest.mark.filterwarnings("ignore::gradviz.errors.StepForgottenWarning")
def test_of_many_iterations_only_the_newest_is_kept():
    model = lstm()
    optimizer = sgd(model)
    most, gone, graphs = 0, [], []
    with gv.record(model, every=20) as tape:
        for number in range(300):
            graphs.append(iterate(model, optimizer, length=5 if number < 299 else 7))
            most = max(most, len(tape._recorder._calls))
            gone.append(weakref.ref(tape._recorder._calls[-1]))
        gc.collect()
        assert [ref() is None for ref in gone] == [True] * 299 + [False]
    assert most == MOST_STEPS - 1
    dataset = tape.dataset
    assert dict(dataset.sizes) == {
        "step": 1, "layer": 1, "direction": 1, "time": 7, "sample": 3, "gate": 4, "unit": 4
    }  # fmt: skip
    assert dataset[FORGOTTEN].dims == ("step",)
    assert dataset[FORGOTTEN].values.tolist() == [300]
    assert dataset.attrs[FORGOTTEN] == 300
    assert dataset[v.LENGTH].item() == 7


@pytest.mark.filterwarnings("ignore::gradviz.errors.StepForgottenWarning")
def test_the_newest_iteration_is_recorded_as_it_would_be_alone():
    model = lstm()
    optimizer = sgd(model)
    with gv.record(model) as tape:
        for _ in range(39):
            iterate(model, optimizer)
        state = {name: value.clone() for name, value in model.state_dict().items()}
        torch.manual_seed(1)
        iterate(model, optimizer)
    model.load_state_dict(state)
    torch.manual_seed(1)
    with gv.record(model) as alone:
        iterate(model, optimizer)
    for name in (v.LOG10_GRAD_H, v.STATE_H, v.GATE_MEAN):
        assert tape.dataset[name].equals(alone.dataset[name])


@pytest.mark.filterwarnings("ignore::gradviz.errors.StepForgottenWarning")
def test_a_backward_pass_after_the_optimizer_step_still_counts():
    model = nn.ModuleDict({"lstm": lstm(), "head": nn.Linear(4, 1)})
    optimizer = sgd(model["head"])  # the weights of the other layer must not change before its backward pass
    with gv.record(model) as tape:
        for length in range(1, 41):
            out = model["lstm"](torch.randn(length, 3, 2))[0]
            model["head"](out.detach()).sum().backward()
            optimizer.step()
            out.sum().backward()
        out = model["lstm"](torch.randn(9, 3, 2))[0]
        optimizer.step()
        out.sum().backward()
    assert tape.dataset.sizes["time"] == 9
    assert "call" not in tape.dataset.dims
    assert tape.dataset.attrs[FORGOTTEN] == 41


@pytest.mark.filterwarnings("ignore::gradviz.errors.StepForgottenWarning")
def test_calls_of_one_iteration_stay_together():
    model = lstm()
    optimizer = sgd(model)
    with gv.record(model) as tape:
        for _ in range(40):
            for length in (3, 5):  # accumulated gradients
                model(torch.randn(length, 2, 2))[0].sum().backward()
            optimizer.step()
    assert tape.dataset[v.LENGTH].values.tolist() == [[3, 5]]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::gradviz.errors.StepForgottenWarning")
def test_a_loop_whose_state_is_handed_on_does_not_grow_for_ever():
    torch.manual_seed(0)
    cell = nn.GRUCell(2, 4)
    optimizer, state = sgd(cell), torch.zeros(3, 4)
    with gv.record(cell) as tape:
        for _ in range(80):
            state = state.detach()
            for _ in range(4):
                state = cell(torch.randn(3, 2), state)
            state.sum().backward()
            optimizer.step()
    assert tape.dataset.sizes["time"] == 4
    assert "call" not in tape.dataset.dims


@pytest.mark.filterwarnings("ignore::gradviz.errors.StepForgottenWarning")
def test_states_observed_by_hand_do_not_grow_for_ever():
    torch.manual_seed(0)
    linear = nn.Linear(4, 4)
    optimizer = sgd(linear)
    with gv.record(linear) as tape:
        for _ in range(80):
            state = torch.zeros(3, 4)
            for _ in range(5):
                state = torch.tanh(linear(state) + 1)
                tape.observe("mine", state)
            state.sum().backward()
            optimizer.step()
    dataset = tape.tree["mine"]
    assert dataset.sizes["time"] == 5
    assert "call" not in dataset.dims


def test_two_optimizers_of_one_iteration_count_once():
    model = lstm()
    weights = list(model.parameters())
    both = [torch.optim.SGD(part, lr=0.01) for part in (weights[:2], weights[2:])]
    with gv.record(model) as tape:
        for _ in range(MOST_STEPS - 1):
            model(torch.randn(5, 3, 2))[0].sum().backward()
            for optimizer in both:
                optimizer.step()
        model(torch.randn(6, 3, 2))[0].sum().backward()
        with pytest.warns(StepForgottenWarning, match="32 optimizer steps"):
            both[0].step()
        both[1].step()
        model(torch.randn(7, 3, 2))[0].sum().backward()
        for optimizer in both:
            optimizer.step()
    assert tape.dataset.sizes["time"] == 7
    assert "call" not in tape.dataset.dims
    assert tape.dataset.attrs[FORGOTTEN] == MOST_STEPS + 1


def test_an_optimizer_of_another_model_does_not_count():
    model, other = lstm(), nn.Linear(2, 2)
    optimizer = sgd(other)
    with gv.record(model) as tape:
        model(torch.randn(5, 3, 2))[0].sum().backward()
        for _ in range(100):
            other(torch.randn(3, 2)).sum().backward()
            optimizer.step()
    assert FORGOTTEN not in tape.dataset


def test_a_step_of_lbfgs_with_many_closures_is_one_step():
    model = lstm()
    optimizer = torch.optim.LBFGS(
        model.parameters(), lr=1e-3, max_iter=40, max_eval=40, tolerance_grad=0, tolerance_change=0
    )
    x, calls = torch.randn(5, 3, 2), []

    def closure():
        optimizer.zero_grad()
        loss = model(x)[0].pow(2).sum()
        loss.backward()
        calls.append(loss.item())
        return loss

    with gv.record(model) as tape:
        optimizer.step(closure)
    assert tape.dataset.sizes["call"] == len(calls) == 40
    assert FORGOTTEN not in tape.dataset


def test_a_training_with_tape_step_never_sees_it():
    model = lstm()
    optimizer = sgd(model)
    with gv.record(model, every=50) as tape:
        for number in range(101):
            for _ in range(MOST_STEPS - 1 if number == 50 else 1):  # epochs over one batch
                loss = iterate(model, optimizer)
            tape.step(loss)
    assert tape.dataset["step"].values.tolist() == [0, 50, 100]
    assert tape.dataset.sizes["call"] == MOST_STEPS - 1
    assert FORGOTTEN not in tape.dataset


@pytest.mark.filterwarnings("ignore::gradviz.errors.StepForgottenWarning")
def test_tape_step_after_all_counts_from_0_again():
    model = lstm()
    optimizer = sgd(model)
    with gv.record(model) as tape:
        for _ in range(40):
            iterate(model, optimizer)
        tape.step(0.5)
        iterate(model, optimizer)
        tape.step(0.25)
    assert "call" not in tape.dataset.dims
    assert tape.dataset[FORGOTTEN].values.tolist() == pytest.approx([40, float("nan")], nan_ok=True)
    assert FORGOTTEN not in tape.dataset.attrs
    assert tape.dataset["loss"].values.tolist() == [0.5, 0.25]


def test_an_exception_and_a_dropped_tape_leave_no_hook():
    model, before = lstm(), hooks()

    def fail():
        with gv.record(model):
            assert hooks() == before + 1
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert hooks() == before
    tape = gv.record(model)
    assert hooks() == before
    tape.__enter__()
    assert hooks() == before + 1
    del tape
    gc.collect()
    assert hooks() == before


def test_steps_outside_of_the_with_block_do_not_count():
    model = lstm()
    optimizer = sgd(model)
    tape = gv.record(model)
    for _ in range(MOST_STEPS):
        iterate(model, optimizer)
    with tape:
        iterate(model, optimizer)
    for _ in range(MOST_STEPS):
        iterate(model, optimizer)
    assert FORGOTTEN not in tape.dataset
