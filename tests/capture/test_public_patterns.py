"""How public projects use recurrent modules: recorded exactly, and trained as without a recording."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from capture.agreement import CONTINUES, TIME_OFFSET, assert_agrees, cuts_of
from capture.language_patterns import WORDS, CharacterModel, InputFeed, SeriesModel, Translator, WordModel
from capture.sequence_twin import SequenceTwin
from capture.signal_patterns import (
    ACTIONS,
    FRAME,
    UNITS,
    RecurrentPolicy,
    RecurrentQ,
    ShrinkingBatch,
    SpeechDecoder,
    SpeechRecogniser,
)
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v


def text(length, batch=3):
    return torch.randint(0, WORDS, (length, batch))


def values(*shape):
    return torch.randn(shape, dtype=torch.float64)


def ended(steps, batch):
    """Episodes end at step 2 of sequence 0 and at step 4 of sequences 0 and 1."""
    done = torch.zeros(steps, batch, dtype=torch.float64)
    done[2, 0] = done[4, 0] = done[4, 1] = 1.0
    return done


def episodes():
    return values(7, 3, 3), ended(7, 3), torch.randint(0, ACTIONS, (7, 3)), values(7, 3)


def speech():
    return (
        values(6, 3, 3),
        torch.tensor([6, 5, 3]),
        torch.tensor([[1, 2], [3, 3], [4, 0]]),
        torch.tensor([2, 2, 1]),
    )


@dataclass
class Pattern:
    make: object  # the model, from nothing
    data: object  # its arguments, from nothing
    modules: dict  # name -> number of time steps
    table: dict = field(default_factory=dict)  # options of the twin's table


RAGGED = torch.tensor([6, 4, 3, 1])
PATTERNS = {
    "word_language_model": Pattern(WordModel, lambda: (text(10),), {"rnn": 9}),
    "time_sequence_prediction": Pattern(SeriesModel, lambda: (values(3, 8),), {"first": 7, "second": 7}),
    "char-rnn": Pattern(CharacterModel, lambda: (text(8),), {"rnn": 7}),
    "tacotron2": Pattern(
        SpeechDecoder,
        lambda: (values(3, 5, UNITS), values(7, 3, FRAME)),
        {"attention_rnn": 6, "decoder_rnn": 6},
    ),
    "opennmt input feed": Pattern(
        lambda: InputFeed("lstm"),
        lambda: (text(5), text(7)),
        {"encoder": 5, "decoder.layers.0": 6, "decoder.layers.1": 6},
    ),
    "opennmt stacked gru": Pattern(
        lambda: InputFeed("gru"),
        lambda: (text(5), text(7)),
        {"encoder": 5, "decoder.layers.0": 6, "decoder.layers.1": 6},
    ),
    "cleanrl ppo lstm": Pattern(RecurrentPolicy, lambda: (*episodes(), values(7, 3) - 1), {"lstm": 7}),
    "recurrent q": Pattern(RecurrentQ, episodes, {"online.cell": 7}),
    "allennlp forward": Pattern(
        ShrinkingBatch, lambda: (values(4, 6, 3), RAGGED, values(4, 6, UNITS)), {"cell": 6}, {"samples": 4}
    ),
    "allennlp backward": Pattern(
        lambda: ShrinkingBatch(backward=True),
        lambda: (values(4, 6, 3), RAGGED, values(4, 6, UNITS)),
        {"cell": 6},
        {"samples": 4},
    ),
    "deepspeech": Pattern(lambda: SpeechRecogniser(True), speech, {"first": 6, "second": 6}),
    "deepspeech one way": Pattern(lambda: SpeechRecogniser(False), speech, {"first": 6, "second": 6}),
    "pytorch-seq2seq": Pattern(
        Translator,
        lambda: (text(5, 3).T, torch.tensor([5, 4, 2]), text(5, 3).T),
        {"encoder": 5, "decoder": 4},
    ),
}


def as_dtype(model, data):
    dtype = next(model.parameters()).dtype
    return [value.to(dtype) if value.is_floating_point() else value for value in data]


def recorded(pattern):
    model, data = pattern.make().double(), pattern.data()
    torch.manual_seed(1)
    with gv.record(model, samples=None, detail="full") as tape:
        model(*data).backward()
    return model, data, tape


@pytest.mark.parametrize("name", PATTERNS)
def test_a_public_pattern(name):
    pattern = PATTERNS[name]
    model, data, tape = recorded(pattern)
    for module, steps in pattern.modules.items():
        dataset = tape[module]
        assert "call" not in dataset.dims
        assert dataset.sizes["time"] == steps
        twin = SequenceTwin(model, module, lambda model: model(*data), seed=1)
        cell_state = isinstance(model.get_submodule(module), nn.LSTM | nn.LSTMCell)
        assert_agrees(dataset, twin, cell_state=cell_state, **pattern.table)


def train(pattern, record):
    """Parameters after three steps, in float32."""
    torch.manual_seed(0)
    model, data = pattern.make(), pattern.data()
    data = as_dtype(model, data)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, 1e-2)
    if pattern.make is SeriesModel:
        optimizer = torch.optim.LBFGS(parameters, 0.8, max_iter=3)
    tape = gv.record(model) if record else None

    def closure():
        optimizer.zero_grad()
        loss = model(*data)
        loss.backward()
        return loss

    if tape:
        tape.__enter__()
    for _ in range(3):
        loss = optimizer.step(closure)
        if tape:
            tape.step(loss)
    if tape:
        tape.__exit__(None, None, None)
    return tape, [p.detach() for p in model.parameters()]


@pytest.mark.parametrize("name", PATTERNS)
def test_training_is_the_same_bit_for_bit(name):
    pattern = PATTERNS[name]
    _, without = train(pattern, False)
    tape, recorded = train(pattern, True)
    assert all(torch.equal(a, b) for a, b in zip(without, recorded, strict=True))
    for module in pattern.modules:
        assert tape[module].sizes["step"] == 3
        there = tape[module][v.LOG10_GRAD_H].notnull()
        assert (tape[module][v.LOG10_GRAD_H_DIRECT].notnull() == there).all()


def test_evaluations_of_a_closure_are_calls():
    tape, _ = train(PATTERNS["time_sequence_prediction"], True)
    dataset = tape["first"].isel(layer=0, direction=0)
    assert dataset.sizes["call"] >= 3
    assert dataset.sizes["time"] == 7
    assert np.isfinite(dataset[v.LOG10_GRAD_H].isel(step=0)).all()


@pytest.mark.parametrize(
    ("name", "module", "cuts"),
    [
        ("word_language_model", "rnn", [(t, b) for t in (3, 6) for b in range(3)]),
        ("cleanrl ppo lstm", "lstm", [(2, 0), (4, 0), (4, 1)]),
        ("recurrent q", "online.cell", [(3, 0), (5, 0), (5, 1)]),
        ("tacotron2", "decoder_rnn", []),
        ("char-rnn", "rnn", []),
        ("opennmt input feed", "decoder.layers.1", []),
    ],
)
def test_where_a_sequence_is_cut(name, module, cuts):
    dataset = recorded(PATTERNS[name])[2][module]
    expected = np.zeros((dataset.sizes["time"], dataset.sizes["sample"]))
    for cut in cuts:
        expected[cut] = 1
    for layer in range(dataset.sizes["layer"]):
        np.testing.assert_array_equal(cuts_of(dataset)[layer, 0], expected)


def test_a_decoder_continues_its_encoder():
    tape = recorded(PATTERNS["pytorch-seq2seq"])[2]
    assert tape["decoder"].attrs[CONTINUES] == "encoder"
    assert tape["decoder"][TIME_OFFSET].dims == ("step", "sample")
    assert tape["decoder"][TIME_OFFSET].values.tolist() == [[5, 4, 2]]
    assert CONTINUES not in tape["encoder"].attrs


@pytest.mark.parametrize("name", ["time_sequence_prediction", "tacotron2", "deepspeech one way"])
def test_a_module_that_only_reads_another_continues_nothing(name):
    tape = recorded(PATTERNS[name])[2]
    for module in PATTERNS[name].modules:
        assert CONTINUES not in tape[module].attrs


@pytest.mark.parametrize("name", ["opennmt input feed", "opennmt stacked gru"])
def test_with_attention_at_every_step_there_is_no_one_offset(name):
    tape = recorded(PATTERNS[name])[2]
    for module in ("decoder.layers.0", "decoder.layers.1"):
        assert np.isnan(tape[module][TIME_OFFSET]).all()
