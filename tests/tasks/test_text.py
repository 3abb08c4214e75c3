"""The text task: targets follow from the text in both forms."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.tasks.text_sources import SENTENCE


@pytest.fixture
def poem(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_text("abcdefghij" * 4, encoding="utf-8")
    return str(path)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def test_the_default_is_the_course_model_data():
    task = gv.tasks.text()
    inputs, targets = task.batch(1, generator(0))
    expected = gv.CharModel(hidden_size=1).patterns()
    assert torch.equal(inputs, expected[0])
    assert torch.equal(targets, expected[1])
    assert inputs.shape == (53, 10, 1)
    assert (task.input_size, task.output_size, task.every_step, task.carries_state) == (1, 22, False, False)
    assert (task.lag, task.informative) == (9, range(10))
    assert task.baseline == pytest.approx(math.log(22))
    counts = [SENTENCE.count(c) for c in set(SENTENCE)]
    assert task.unigram_entropy == pytest.approx(-sum(n / 63 * math.log(n / 63) for n in counts))
    assert task.unigram_entropy < task.baseline


@settings(max_examples=30, deadline=None)
@given(length=st.integers(1, 20), size=st.integers(1, 9), seed=st.integers(0, 99))
def test_batches_of_a_stream_are_pieces_of_the_text_and_what_follows_each_character(length, size, seed):
    task = gv.tasks.text(form="stream", bptt=length, encoding="one_hot")
    inputs, targets = task.batch(size, generator(seed))
    assert inputs.shape == (size, length, 22)
    assert targets.shape == (size, length)
    for sequence, following in zip(inputs.argmax(-1).tolist(), targets.tolist(), strict=True):
        assert sequence[1:] == following[:-1]
        assert task.alphabet.text([*sequence, following[-1]]) in SENTENCE


def test_batches_of_windows_are_drawn_from_all_of_a_file(poem):
    task = gv.tasks.text(file=poem, window=3, encoding="embedding")
    inputs, targets = task.batch(2000, generator(0))
    assert inputs.shape == (2000, 3)
    assert torch.equal(targets, (inputs[:, -1] + 1) % 10)
    assert torch.equal(inputs.diff(dim=1) % 10, torch.ones_like(inputs[:, 1:]))
    fractions = [4 / 37] * 7 + [3 / 37] * 3  # 40 characters have 37 windows with a next character
    assert (inputs[:, 0].bincount() / 2000).tolist() == pytest.approx(fractions, abs=0.03)
    again, other = (task.batch(2000, generator(seed))[0] for seed in (0, 1))
    assert torch.equal(inputs, again)
    assert not torch.equal(inputs, other)


def test_the_first_and_the_last_character_can_be_drawn(tmp_path):
    (tmp_path / "ends.txt").write_text("xabay", encoding="utf-8")
    task = gv.tasks.text(file=str(tmp_path / "ends.txt"), form="stream", bptt=2, encoding="embedding")
    inputs, targets = task.batch(100, generator(0))
    assert {
        task.alphabet.text([*a, b[-1]]) for a, b in zip(inputs.tolist(), targets.tolist(), strict=True)
    } == {
        "xab",
        "aba",
        "bay",
    }


def test_segments_are_encoded_and_read_on(poem):
    task = gv.tasks.text(file=poem, form="stream", bptt=6, encoding="scalar")
    assert (task.every_step, task.carries_state, task.lag, task.input_size) == (True, True, 5, 1)
    inputs, targets, begins = task.segment(2, 0)  # 39 characters with a next one: streams of 19
    assert inputs.shape == (2, 6, 1)
    assert inputs[1, :, 0].tolist() == pytest.approx([0.9, 0, 0.1, 0.2, 0.3, 0.4])
    assert targets.tolist() == [[1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5]]
    assert begins
    inputs, targets, begins = task.segment(2, 2)
    assert targets[0].tolist() == [3, 4, 5, 6, 7, 8]
    assert not begins
    assert task.segment(2, 3).begins


def test_the_held_out_end_is_never_trained_on(tmp_path):
    (tmp_path / "two.txt").write_text("ab" * 30 + "cd" * 10, encoding="utf-8")
    options = {"file": str(tmp_path / "two.txt"), "encoding": "embedding", "held_out": 0.25}
    stream = gv.tasks.text(form="stream", bptt=4, **options)
    assert set(stream.batch(200, generator(0))[1].flatten().tolist()) == {0, 1}
    assert {int(n) for k in range(30) for n in stream.segment(2, k).targets.flatten()} == {0, 1}
    inputs, targets = stream.validation()
    assert stream.alphabet.text(inputs[0].tolist()) == ("cd" * 10)[:-1]
    assert stream.alphabet.text(targets[0].tolist()) == ("cd" * 10)[1:]
    inputs, targets = gv.tasks.text(window=5, **options).validation()
    assert inputs.shape == (15, 5)
    assert set(targets.tolist()) == {2, 3}
    with pytest.raises(ValueError, match="held_out = 0: nothing is held out"):
        gv.tasks.text().validation()


def test_frequencies_alone_cost_the_unigram_entropy():
    task = gv.tasks.text(corpus="pydoc", form="stream", encoding="embedding")
    _, targets = task.batch(2000, generator(0))
    counts = torch.tensor([task.text.count(c) for c in task.alphabet.characters])
    scores = counts.log().expand(*targets.shape, -1)
    loss = task.loss(scores, targets)
    assert loss.item() == pytest.approx(task.unigram_entropy, rel=0.02)
    assert task.metric(scores, targets).item() == pytest.approx(loss.item() / math.log(2))
    assert task.loss(torch.zeros_like(scores), targets).item() == pytest.approx(task.baseline, rel=1e-5)


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    gv.tasks.text(form="stream", bptt=5).batch(3, generator(0))
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(TypeError, match=r"generator = None: must be a torch.Generator"):
        gv.tasks.text().batch(3, None)
    with pytest.raises(ValueError, match="size = 0"):
        gv.tasks.text().batch(0, generator(0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "streams"}, r"unknown form 'streams'; did you mean 'stream'\? \(stream, windows\)"),
        ({"encoding": "onehot"}, "unknown encoding 'onehot'; did you mean 'one_hot'"),
        ({"corpus": "sentense"}, "unknown corpus 'sentense'; did you mean 'sentence'"),
        ({"window": 0}, "window = 0: must be a whole number of at least 1"),
        ({"bptt": 2.5}, "bptt = 2.5: must be a whole number of at least 1"),
        ({"held_out": 1}, "held_out = 1: must be a finite number of at least 0 and below 1"),
        ({"held_out": -0.1}, "held_out = -0.1: must be a finite number of at least 0 and below 1"),
        ({"held_out": True}, "held_out = True: must be a finite number"),
        ({"window": 63}, "the text to train on has 63 characters: window = 63 needs at least 64"),
        ({"form": "stream"}, "the text to train on has 63 characters: bptt = 64 needs at least 65"),
        ({"held_out": 0.1}, "the held-out part has 6 characters: window = 10 needs at least 11"),
        ({"corpus": "pydoc", "file": "x"}, "corpus = 'pydoc' and file = 'x': leave one of them out"),
        ({"file": "nowhere.txt"}, "file = 'nowhere.txt': No such file"),
    ],
)
def test_options_that_do_not_work(options, message):
    with pytest.raises(ValueError, match=message):
        gv.tasks.text(**options)


def test_names_are_checked_before_files_are_read():
    with pytest.raises(UnknownName, match="unknown form"):
        gv.tasks.text(form="line", file="nowhere.txt")


def test_segments_that_do_not_exist(poem):
    with pytest.raises(ValueError, match="form = 'windows': only form = 'stream' is read in segments"):
        gv.tasks.text().segment(1, 0)
    task = gv.tasks.text(file=poem, form="stream", bptt=8)
    with pytest.raises(ValueError, match="a text of 40 characters is too short for 5 streams of 8"):
        task.segment(5, 0)
    with pytest.raises(ValueError, match="step = -1"):
        task.segment(1, -1)
    with pytest.raises(ValueError, match="size = 0"):
        task.segment(0, 0)
