"""A module in a few words."""

import pytest

from gradviz.recording.module_in_words import module_in_words


@pytest.mark.parametrize(
    ("attributes", "lengths", "samples", "words"),
    [
        ({}, None, None, "module"),
        ({"cell": "gru", "num_layers": 1, "bidirectional": 0, "hidden_size": 1}, (1, 1), 1,
         "GRU, 1 layer, 1 unit; 1 time step, 1 sequence"),
        ({"cell": "lstm", "num_layers": 3, "bidirectional": 1, "hidden_size": 9, "batch_size": 20}, (5, 9), 6,
         "LSTM, 3 layers, both directions, 9 units; 5 to 9 time steps, 6 of 20 sequences"),
        ({"cell": "lstm", "hidden_size": 9, "proj_size": 4}, None, None, "LSTM, 9 units projected to 4"),
        ({"cell": "rnn", "in_a_loop": 1, "batch_size": 2}, None, 2, "RNN (tanh), in a loop; 2 sequences"),
        ({"cell": "observed", "gate_squash": "{not JSON"}, (3, 3), None, "recurrence; 3 time steps"),
        ({"cell": "<b>"}, None, 3, "<b>; 3 sequences"),
    ],
)  # fmt: skip
def test_in_words(attributes, lengths, samples, words):
    assert module_in_words(attributes, lengths=lengths, samples=samples) == words
