"""`record(path=gv.storage(...))`: going on with a recording, and a disk that fails during the training."""

import errno
import os
import shutil
import subprocess
import sys
import warnings

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.capture import open_sink
from gradviz.capture.open_sink import facts_of
from gradviz.errors import BadRecording, NotWrittenWarning
from gradviz.recording.parts import Limits, PartWriter


def train(path, *, steps, model=None, begin=0, **options):
    """The tape of a training whose every step has data of its own."""
    if model is None:
        torch.manual_seed(0)
        model = nn.LSTM(2, 3)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with gv.record(model, path=path, **options) as tape:
        for step in range(begin, begin + steps):
            x = torch.randn(5, 2, 2, generator=torch.Generator().manual_seed(step))
            optimizer.zero_grad()
            loss = model(x)[0].pow(2).sum()
            loss.backward()
            optimizer.step()
            tape.step(loss)
    return tape


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of two recorded steps."""

    def writer(*args, **options):
        return PartWriter(*args, limits=Limits(steps=2), **options)

    monkeypatch.setattr(open_sink, "PartWriter", writer)


@pytest.fixture
def full_disk(monkeypatch):
    """A disk that takes one file, and no more after it."""
    native, count = os.fsync, iter(range(10**6))

    def write(descriptor):
        if next(count) > 1:  # a file and its folder
            raise OSError(errno.ENOSPC, "No space left on device")
        native(descriptor)

    monkeypatch.setattr(os, "fsync", write)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("every", [2, pytest.param(1, marks=pytest.mark.slow)])
def test_three_sessions_are_one_recording(tmp_path, every):
    whole = train(None, steps=6, every=every, metadata={"seed": 0})
    torch.manual_seed(0)
    model = nn.LSTM(2, 3)
    for begin, steps in ((0, 2), (2, 1), (3, 3)):
        place = gv.storage(tmp_path / "parts", append=True, metadata={"seed": 0})
        tape = train(place, steps=steps, begin=begin, model=model, every=every)
    assert gv.load(tmp_path / "parts").identical(whole.tree)
    assert tape.tree["lstm"]["step"].values.tolist() == list(range(0, 6, every))


@pytest.mark.usefixtures("small_parts")
def test_a_session_after_one_that_was_killed(tmp_path):
    model = nn.LSTM(2, 3)
    tape = gv.record(model, path=tmp_path / "mine")
    tape.__enter__()
    for _ in range(3):
        model(torch.randn(5, 2, 2))[0].sum().backward()
        tape.step()
    tape._watch.end()
    del tape  # nobody has closed it: two steps are on disk
    train(gv.storage(tmp_path / "mine", append=True), steps=2)
    assert gv.load(tmp_path / "mine")["lstm"]["step"].values.tolist() == [0, 1, 2, 3]


def test_a_session_without_a_recorded_step_leaves_the_recording_as_it_is(tmp_path):
    train(tmp_path / "mine", steps=3)
    before = gv.load(tmp_path / "mine")
    with gv.record(nn.LSTM(2, 3), path=gv.storage(tmp_path / "mine", append=True), every=100) as tape:
        assert tape.tree.identical(before)
    assert gv.load(tmp_path / "mine").identical(before)


def test_another_model_is_refused(tmp_path):
    train(tmp_path / "mine", steps=1)
    place = gv.storage(tmp_path / "mine", append=True)
    with pytest.raises(BadRecording, match=r"'lstm', which is not recorded now \(gru\)"):
        gv.record(nn.GRU(2, 3), path=place)
    with pytest.raises(BadRecording, match=r"has hidden_size = 3 .* now it is 4"):
        gv.record(nn.LSTM(2, 4), path=place)
    with pytest.raises(BadRecording, match="has detail = 'norms'"):
        gv.record(nn.LSTM(2, 3), path=place, detail="full")
    with pytest.raises(FileExistsError, match=r"already contains a recording.*append=True\)"):
        gv.record(nn.LSTM(2, 3), path=gv.storage(tmp_path / "mine"))


def test_metadata_may_not_be_given_twice(tmp_path):
    with pytest.raises(ValueError, match="metadata is given twice"):
        gv.record(nn.LSTM(2, 3), path=gv.storage(tmp_path / "mine"), metadata={"seed": 1})
    train(gv.storage(tmp_path / "mine", metadata={"seed": 1}), steps=1)
    assert gv.load(tmp_path / "mine").attrs["seed"] == 1


def test_a_path_that_is_none():
    with pytest.raises(TypeError, match="storage takes the path of a folder, not int"):
        gv.record(nn.LSTM(2, 3), path=3)


@pytest.mark.usefixtures("small_parts", "full_disk")
def test_a_full_disk_does_not_stop_the_training(tmp_path):
    with pytest.warns(NotWrittenWarning) as said:
        tape = train(tmp_path / "mine", steps=5)
    first, last = said
    assert "cannot be written to" in str(first.message)
    assert "No space left on device" in str(first.message)
    assert "could not be completed" in str(last.message)
    assert "3 recorded steps are only in memory" in str(last.message)
    assert {one.filename for one in said} == {__file__}
    assert tape.tree["lstm"]["step"].values.tolist() == list(range(5))
    assert gv.load(tmp_path / "mine")["lstm"]["step"].values.tolist() == [0, 1]


@pytest.mark.usefixtures("small_parts")
def test_the_training_is_the_same_on_a_full_disk(tmp_path, full_disk):
    torch.manual_seed(0)
    plain = nn.LSTM(2, 3)
    watched = nn.LSTM(2, 3)
    watched.load_state_dict(plain.state_dict())
    train(None, steps=4, model=plain)
    with pytest.warns(NotWrittenWarning):
        train(tmp_path / "mine", steps=4, model=watched)
    for one, other in zip(plain.parameters(), watched.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.usefixtures("small_parts", "full_disk")
def test_a_full_disk_is_an_error_if_that_is_wanted(tmp_path):
    model = nn.LSTM(2, 3)
    with pytest.raises(OSError, match="No space left on device"):
        train(gv.storage(tmp_path / "mine", on_error="raise"), steps=5, model=model)
    assert not model._forward_hooks
    assert gv.load(tmp_path / "mine")["lstm"]["step"].values.tolist() == [0, 1]


@pytest.mark.usefixtures("small_parts")
def test_a_folder_that_is_deleted_during_the_training(tmp_path):
    model = nn.LSTM(2, 3)
    tape = gv.record(model, path=tmp_path / "mine")

    def run():
        with tape:
            for step in range(7):
                model(torch.randn(5, 2, 2))[0].sum().backward()
                tape.step()
                if step == 3:
                    shutil.rmtree(tmp_path / "mine")

    with pytest.warns(NotWrittenWarning) as said:
        run()
    assert len(said) == 2
    kept = tape.tree["lstm"]["step"].values.tolist()
    assert kept == [4, 5, 6]
    tape.save(tmp_path / "rest.nc")
    assert gv.load(tmp_path / "rest.nc")["lstm"]["step"].values.tolist() == kept


@pytest.mark.usefixtures("small_parts")
def test_a_folder_that_is_deleted_when_everything_is_on_disk(tmp_path):
    """Nothing waits in memory, and it must be told all the same."""
    model = nn.LSTM(2, 3)
    tape = gv.record(model, path=tmp_path / "mine")

    def run():
        with tape:
            for _ in range(2):
                model(torch.randn(5, 2, 2))[0].sum().backward()
                tape.step()
            shutil.rmtree(tmp_path / "mine")

    with pytest.warns(NotWrittenWarning, match="parts have gone"):
        run()


def test_a_folder_that_cannot_be_made_is_an_error_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        gv.record(nn.LSTM(2, 3), path=tmp_path / "file" / "mine")


LIMITED = """
import resource, sys, warnings
import torch, gradviz as gv
from torch import nn
from gradviz.capture import open_sink
from gradviz.recording.parts import Limits, PartWriter

open_sink.PartWriter = lambda *a, **k: PartWriter(*a, limits=Limits(steps=2), **k)
model = nn.LSTM(2, 3)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    with gv.record(model, path=sys.argv[1]) as tape:
        for step in range(5):
            if step == 3:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            model(torch.randn(5, 2, 2))[0].sum().backward()
            tape.step()
print(len(said), {one.category.__name__ for one in said})
print(said[0].message)
print(tape.tree["lstm"]["step"].values.tolist())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_FSIZE")
def test_a_disk_that_really_takes_no_more(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "mine")], capture_output=True, text=True, check=True
    )
    counted, sentence, kept = ran.stdout.splitlines()
    assert counted == "2 {'NotWrittenWarning'}"
    assert "File too large" in sentence
    assert kept == "[0, 1, 2, 3, 4]"
    assert not list(tmp_path.rglob("*.tmp"))
    assert gv.load(tmp_path / "mine")["lstm"]["step"].values.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("module", "cell", "layers", "directions"),
    [
        (nn.RNN(2, 3, 2), "rnn", 2, 0),
        (nn.RNN(2, 3, nonlinearity="relu"), "rnn_relu", 1, 0),
        (nn.GRU(2, 3, bidirectional=True), "gru", 1, 1),
        (nn.RNNCell(2, 3), "rnn", 1, 0),
        (nn.RNNCell(2, 3, nonlinearity="relu"), "rnn_relu", 1, 0),
        (nn.LSTMCell(2, 3), "lstm", 1, 0),
        (nn.GRUCell(2, 3), "gru", 1, 0),
    ],
)
def test_the_facts_of_a_module_are_those_of_its_recording(module, cell, layers, directions):
    facts = facts_of(module)
    assert facts["cell"] == cell
    with warnings.catch_warnings(), gv.record(module) as tape:
        called = module(torch.randn(4, 2, 2) if isinstance(module, nn.RNNBase) else torch.randn(4, 2))
        (called[0] if isinstance(called, tuple) else called).sum().backward()
    assert facts.items() <= tape.dataset.attrs.items()
    assert (facts["num_layers"], facts["bidirectional"]) == (layers, directions)
