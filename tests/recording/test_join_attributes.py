"""The attributes that hold for a whole recording."""

import numpy as np
import pytest

from gradviz.recording.join_attributes import join_attributes


def test_what_differs_or_is_missing_somewhere_is_left_out():
    pieces = [{"trainable": 1, "bias": 1, "dtype": "float32"}, {"trainable": 0, "bias": 1}]
    assert join_attributes(pieces[:1]) == pieces[0]
    assert join_attributes(pieces) == join_attributes(pieces[::-1]) == {"bias": 1}


def test_the_replay_error_is_the_largest_and_its_dtype_the_coarsest():
    pieces = [
        {"replay_error": 1e-7, "compute_dtype": "float32"},
        {"replay_error": 1e-2, "compute_dtype": "bfloat16"},
        {"replay_error": 1e-6, "compute_dtype": "float32"},
    ]
    assert join_attributes(pieces) == {"replay_error": 1e-2, "compute_dtype": "bfloat16"}
    assert np.isnan(join_attributes([*pieces, {"replay_error": np.nan}])["replay_error"])


@pytest.mark.parametrize("cut", [1, 2])
def test_it_does_not_depend_on_where_a_recording_was_cut(cut):
    pieces = [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 1, "b": 2}]
    parts = [join_attributes(pieces[:cut]), join_attributes(pieces[cut:])]
    assert join_attributes(parts) == join_attributes(pieces) == {"a": 1}


def test_the_newest_list_of_parameters_without_an_optimizer_counts():
    pieces = [{"names_not_in_optimizer": names} for names in ("a, b", "a")]
    assert join_attributes([{}, *pieces, {}]) == {"names_not_in_optimizer": "a"}


def test_the_gates_of_a_hand_written_recurrence_are_those_of_the_pieces_that_have_some():
    gates = {"gate_squash": '{"z": "sigmoid"}', "keeps": "z"}
    assert join_attributes([{"a": 1}, {"a": 1, **gates}]) == {"a": 1, **gates}
    assert join_attributes([{"a": 1, **gates}, {"a": 1}]) == {"a": 1, **gates}


def test_all_names_of_parameters_that_were_not_zeroed():
    pieces = [{"names_not_zeroed": "a, b"}, {}, {"names_not_zeroed": "c, b"}]
    assert join_attributes(pieces) == {"names_not_zeroed": "a, b, c"}
