"""Pieces of a recording are merged into the whole."""

from itertools import pairwise

import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradviz.errors import BadRecording
from gradviz.recording.merge import merge
from gradviz.recording.sink import MemorySink


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shapes=st.lists(
        st.tuples(
            st.integers(1, 4), st.integers(1, 3), st.booleans(), st.sets(st.integers(0, 3), min_size=1)
        ),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
def test_any_split_merges_to_the_whole(record, shapes, data):
    records = [
        record(k, times=times + call, samples=range(samples), module="b" if other else "a", call=call)
        for k, (times, samples, other, calls) in enumerate(shapes)
        for call in calls
    ]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(records)))) | {0, len(records)})
    whole, pieces = MemorySink(), []
    for first, stop in pairwise(cuts):
        piece = MemorySink()
        for sink in (whole, piece):
            for one in records[first:stop]:
                sink.add(one)
                sink.add_metrics(one.step, {"loss": one.step / 2})
        pieces.append(piece.tree())
    merged, expected = merge(pieces), whole.tree()
    assert set(merged.children) == set(expected.children)
    for name in ("/", *expected.children):
        xr.testing.assert_identical(
            merged[name].to_dataset(inherit=False), expected[name].to_dataset(inherit=False)
        )


def test_what_cannot_be_merged(record, recording):
    with pytest.raises(ValueError, match="nothing to merge"):
        merge([])
    with pytest.raises(BadRecording, match="has different cells in the recordings to merge: gru, lstm"):
        merge([recording(record(0)), recording(record(1, cell="lstm"))])


def test_attributes_of_the_root_are_those_of_the_first(record, recording):
    pieces = [recording(record(step), metadata={"seed": step}) for step in range(3)]
    assert merge(pieces).attrs["seed"] == 0
