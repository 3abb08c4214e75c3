"""Streams that are read in segments."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.tasks.streams import segment


def test_two_streams_of_eleven_characters_by_hand():
    numbers = torch.arange(11)  # streams 0 to 4 and 5 to 9; with segments of 2 the last of each is left out
    steps = [segment(numbers, 2, 2, step) for step in range(5)]
    assert [step.inputs.tolist() for step in steps[:2]] == [[[0, 1], [5, 6]], [[2, 3], [7, 8]]]
    assert [step.targets.tolist() for step in steps[:2]] == [[[1, 2], [6, 7]], [[3, 4], [8, 9]]]
    assert [step.begins for step in steps] == [True, False, True, False, True]
    assert torch.equal(steps[2].inputs, steps[0].inputs)
    assert torch.equal(steps[3].targets, steps[1].targets)


@settings(max_examples=100, deadline=None)
@given(
    characters=st.integers(2, 200), size=st.integers(1, 6), length=st.integers(1, 12), extra=st.integers(0, 3)
)
def test_a_pass_reads_every_stream_once_without_gap(characters, size, length, extra):
    rounds = (characters - 1) // size // length
    if rounds == 0:
        with pytest.raises(ValueError, match=f"it must have at least {size * length + 1}"):
            segment(torch.arange(characters), size, length, 0)
        return
    passes = [segment(torch.arange(characters), size, length, step) for step in range(rounds + extra)]
    read = torch.cat([step.inputs for step in passes[:rounds]], 1)
    assert torch.equal(read.diff(dim=1), torch.ones_like(read[:, 1:]))
    assert len(set(read.flatten().tolist())) == read.numel() >= characters - size * length - size
    assert all(torch.equal(step.targets, step.inputs + 1) for step in passes)
    assert int(passes[rounds - 1].targets.max()) < characters
    assert [step.begins for step in passes] == [step % rounds == 0 for step in range(rounds + extra)]


def test_the_shortest_text_is_enough():
    assert segment(torch.arange(13), 3, 4, 0).targets.tolist() == [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 10, 11, 12],
    ]
    with pytest.raises(
        ValueError, match=r"a text of 12 characters is too short for 3 streams of 4 .* at least 13"
    ):
        segment(torch.arange(12), 3, 4, 0)
