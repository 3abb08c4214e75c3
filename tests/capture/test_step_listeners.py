"""Functions that are told of recorded steps: when, of what, and that they change nothing."""

import pytest
import torch
import xarray as xr
from torch import nn

import gradviz as gv
from gradviz.capture import step_listeners


def train(tape=None, *, steps=5):
    torch.manual_seed(0)
    model = nn.LSTM(2, 4, batch_first=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)

    def step(tape):
        optimizer.zero_grad()
        model(torch.randn(3, 6, 2))[0][:, -1].sum().backward()
        optimizer.step()
        if tape is not None:
            tape.step(1.0)

    if tape is None:
        for _ in range(steps):
            step(None)
    else:
        with tape(model) as opened:
            for _ in range(steps):
                step(opened)
    return [p.detach().clone() for p in model.parameters()], torch.get_rng_state()


def listened(listener, **options):
    def tape(model):
        opened = gv.record(model, **options)
        opened.on_step(listener)
        return opened

    return tape


def test_it_is_told_of_every_recorded_step_and_of_no_other():
    seen = []
    with_listener = train(listened(lambda step, tree: seen.append((step, tree)), every=2))
    assert [step for step, _ in seen] == [0, 2, 4]
    assert all(tree.children["lstm"]["step"].values == [step] for step, tree in seen)
    without = train()
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(with_listener[0], without[0], strict=True))
    assert torch.equal(with_listener[1], without[1])


def test_it_gets_what_the_recording_holds():
    seen, opened = [], []

    def tape(model):
        opened.append(listened(lambda _, tree: seen.append(tree), every=2)(model))
        return opened[0]

    train(tape)
    whole = opened[0].dataset
    for number, tree in enumerate(seen):
        alone = tree.children["lstm"].to_dataset(inherit=False)
        xr.testing.assert_equal(alone, whole.isel(step=[number]).drop_vars("loss"))


def test_several_in_their_order():
    told = []

    def tape(model):
        opened = gv.record(model)
        opened.on_step(lambda step, _: told.append(("first", step)))
        opened.on_step(lambda step, _: told.append(("second", step)))
        return opened

    train(tape, steps=2)
    assert told == [("first", 0), ("second", 0), ("first", 1), ("second", 1)]


def test_an_exception_leaves_step_and_loses_nothing(tmp_path):
    def stop(step, _):
        if step == 2:
            raise StopIteration("enough")

    with pytest.raises(StopIteration, match="enough"):
        train(listened(stop, path=tmp_path / "run"))
    kept = gv.load(tmp_path / "run")
    assert kept["lstm"]["step"].values.tolist() == [0, 1, 2]
    assert kept["loss"].values.tolist() == [1, 1, 1]


def test_a_training_goes_on_after_an_exception():
    model, told = nn.GRU(2, 3), []

    def once(step, _):
        told.append(step)
        if step == 0:
            raise ValueError

    with gv.record(model) as tape:
        tape.on_step(once)
        for step in range(3):
            model(torch.randn(4, 1, 2))[0].sum().backward()
            if step == 0:
                with pytest.raises(ValueError, match=r"^$"):
                    tape.step()
            else:
                tape.step()
    assert told == [0, 1, 2]
    assert tape.dataset["step"].values.tolist() == [0, 1, 2]


def test_a_step_without_gradients_is_not_told_of():
    model, told = nn.RNN(2, 3), []
    with gv.record(model) as tape:
        tape.on_step(lambda step, _: told.append(step))
        tape.step()
        model(torch.randn(4, 1, 2))[0].sum().backward()
        tape.step()
    assert told == [1]


def test_without_listeners_nothing_is_built(monkeypatch):
    monkeypatch.setattr(step_listeners, "MemorySink", None)
    train(gv.record)


def test_what_cannot_be_called():
    with pytest.raises(TypeError, match="a listener is a function of a step and its recording; got int"):
        gv.record(nn.RNN(2, 3)).on_step(3)
