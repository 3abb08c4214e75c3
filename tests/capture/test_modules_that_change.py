"""Modules that are replaced between steps, copies made in a block, scripted parts, forked processes."""

import copy
import os

import numpy as np
import pytest
import torch
from capture.copies import pickled, saved
from torch import nn

import gradviz as gv
from gradviz.errors import CannotWatch, NothingRecordedWarning, NotSeenWarning

TIME, BATCH = 5, 2


class Net(nn.Module):
    def __init__(self, rnn):
        super().__init__()
        self.rnn = rnn

    def forward(self, x):
        return self.rnn(x)[0]


def train(model, tape, steps=1):
    for _ in range(steps):
        model(torch.randn(TIME, BATCH, 4)).sum().backward()
        tape.step()


def by_name(tape):
    return {name: child["step"].values.tolist() for name, child in tape.tree.children.items()}


def test_a_replaced_module_is_recorded_on_under_its_name():
    model = Net(nn.LSTM(4, 8))
    with gv.record(model) as tape:
        train(model, tape, 2)
        former, model.rnn = model.rnn, nn.LSTM(4, 8)
        train(model, tape, 2)
    assert tape.names == ["rnn"]
    assert by_name(tape) == {"rnn": [0, 1, 2, 3]}
    assert np.isfinite(tape.dataset["log10_grad_h"]).all()
    assert not former._forward_hooks
    assert not model.rnn._forward_hooks


def test_a_larger_module_in_its_place():
    model = Net(nn.GRU(4, 8))
    with gv.record(model, detail="full") as tape:
        train(model, tape)
        model.rnn = nn.GRU(4, 12)
        train(model, tape)
    units = tape.dataset["h"].notnull().any(["layer", "direction", "time", "sample"]).sum("unit")
    assert units.values.tolist() == [8, 12]


def test_another_kind_of_cell_has_a_name_of_its_own(tmp_path):
    model = Net(nn.LSTM(4, 8))
    with gv.record(model, path=tmp_path / "run") as tape:
        train(model, tape, 2)
        model.rnn = nn.GRU(4, 8)
        train(model, tape)
        model.rnn = nn.LSTM(4, 8)
        train(model, tape)
    assert tape.names == ["rnn", "rnn (gru)"]
    assert by_name(tape) == {"rnn": [0, 1, 3], "rnn (gru)": [2]}
    assert tape["rnn (gru)"].attrs["cell"] == "gru"
    assert set(gv.load(tmp_path / "run").children) == {"rnn", "rnn (gru)"}


def test_a_module_replaced_where_the_models_own_forward_is_not_used_is_said():
    model = Net(nn.LSTM(4, 8))
    with gv.record(model) as tape:
        model.rnn = nn.LSTM(4, 8)
        model.rnn(torch.randn(TIME, BATCH, 4))[0].sum().backward()
        with pytest.warns(NotSeenWarning, match="no call of it was seen"):
            tape.step()
        model.rnn(torch.randn(TIME, BATCH, 4))[0].sum().backward()
    assert by_name(tape) == {"rnn": [1]}


def test_a_module_that_is_added_and_one_that_is_taken_away():
    model = nn.ModuleDict({"first": nn.RNN(4, 4)})
    model.forward = lambda x: sum(rnn(x)[0] for rnn in model.values())
    with gv.record(model) as tape:
        train(model, tape)
        model["second"] = nn.GRU(4, 4)
        train(model, tape)
        del model["first"]
        train(model, tape)
    assert tape.names == ["first", "second"]
    assert by_name(tape) == {"first": [0, 1], "second": [1, 2]}


TABLES = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
)


def _user_hook(module, inputs, output):
    pass


@pytest.mark.filterwarnings("ignore::gradviz.errors.NothingRecordedWarning")
@pytest.mark.parametrize("make", [copy.deepcopy, pickled, saved])
def test_a_copy_made_inside_the_block_carries_no_hook_but_the_users(make):
    model = Net(nn.LSTM(4, 8))
    model.rnn.register_forward_hook(_user_hook)
    expected = model(torch.ones(TIME, BATCH, 4))
    with gv.record(model):
        copied = make(model)
    for before, after in zip(model.modules(), copied.modules(), strict=True):
        assert set(after.__dict__) == set(before.__dict__)
        for table in TABLES:
            assert list(getattr(after, table).values()) == list(getattr(before, table).values()), table
    assert list(copied.rnn._forward_hooks.values()) == [_user_hook]
    assert torch.equal(copied(torch.ones(TIME, BATCH, 4)), expected)


@pytest.mark.filterwarnings("ignore::gradviz.errors.NothingRecordedWarning")
def test_a_shallow_copy_carries_no_hook_of_its_own():
    model = Net(nn.LSTM(4, 8))
    with gv.record(model):
        copied = copy.copy(model)
        assert not copied._forward_hooks
        assert "__reduce_ex__" not in copied.__dict__
        assert copied.rnn is model.rnn


def test_a_copy_trains_unrecorded_beside_its_model():
    model = Net(nn.LSTM(4, 8))
    with gv.record(model) as tape:
        copied = copy.deepcopy(model)
        copied(torch.randn(TIME, BATCH, 4)).sum().backward()
        train(model, tape)
    assert "call" not in tape.dataset.dims


class OwnState(nn.LSTM):
    """Says itself what a copy of it holds."""

    def __getstate__(self):
        return {**self.__dict__, "copied": True}


class OwnCopy(nn.Module):
    """Copies itself by its own rule."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(4, 8)

    def __deepcopy__(self, memo):
        new = type(self)()
        new.load_state_dict(self.state_dict())
        new.is_a_copy = True
        return new

    def forward(self, x):
        return self.rnn(x)[0]


@pytest.mark.filterwarnings("ignore::gradviz.errors.NothingRecordedWarning")
def test_a_class_with_its_own_state_keeps_it():
    model = Net(OwnState(4, 8))
    with gv.record(model):
        copied = copy.deepcopy(model)
    assert copied.rnn.copied
    assert not copied.rnn._forward_hooks


@pytest.mark.filterwarnings("ignore::gradviz.errors.NothingRecordedWarning")
def test_a_class_with_its_own_way_of_copying_keeps_it():
    model = OwnCopy()
    with gv.record(model):
        copied = copy.deepcopy(model)
    assert copied.is_a_copy
    assert not copied.rnn._forward_hooks


class Scripted(nn.Module):
    def __init__(self, part):
        super().__init__()
        self.part, self.rnn = part, nn.GRU(4, 8)

    def forward(self, x):
        return self.rnn(self.part(x))[0]


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("make", [torch.jit.script, lambda part: torch.jit.trace(part, torch.randn(2, 4))])
def test_a_scripted_part_that_is_not_recurrent_is_no_obstacle(make):
    model = Scripted(make(nn.GELU()))
    with gv.record(model) as tape:
        train(model, tape)
    assert by_name(tape) == {"rnn": [0]}


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("part", [nn.LSTM(4, 4), nn.GRUCell(4, 4), nn.Sequential(nn.RNN(4, 4))])
def test_a_scripted_recurrent_part_is_refused(part):
    with pytest.raises(CannotWatch, match=r"module 'part(\.0)?' of the model is scripted"):
        gv.record(Scripted(torch.jit.script(part)))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_scripted_recurrent_part_that_is_not_chosen_is_no_obstacle():
    model = Scripted(torch.jit.script(nn.Sequential(nn.GRUCell(4, 4))))
    model.forward = lambda x: model.rnn(torch.stack([model.part(step) for step in x]))[0]
    with gv.record(model, modules="rnn") as tape:
        train(model, tape)
    assert tape.names == ["rnn"]
    with pytest.raises(CannotWatch, match="is scripted"):
        gv.record(model, modules="part.*")


def in_a_child(work):
    """Run ``work`` in a forked child; the exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_that_leaves_the_block_does_not_touch_the_recording(tmp_path):
    torch.set_num_threads(1)
    model = Net(nn.LSTM(4, 8))
    folder = tmp_path / "run"
    tape = gv.record(model, path=folder)
    with tape:
        train(model, tape, 2)
        before = sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))

        def leave():
            with pytest.warns(NothingRecordedWarning, match="was forked from the one that records"):
                train(model, tape, 2)
            tape.__exit__(None, None, None)
            assert not model._forward_hooks

        def fail():
            tape.__exit__(ValueError, ValueError("in the child"), None)

        assert in_a_child(leave) == 0
        assert in_a_child(fail) == 0
        assert sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*")) == before
        train(model, tape, 2)
    assert gv.load(folder)["rnn"]["step"].values.tolist() == [0, 1, 2, 3]
