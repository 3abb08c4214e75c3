"""Values of attributes in messages, and those that are refused."""

import pytest

from gradviz import vocabulary as v
from gradviz.errors import BadRecording
from gradviz.recording.check_attributes import (
    check_attributes_of_module,
    check_attributes_of_run,
    check_attributes_of_variable,
    shown,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [("x" * 58, repr("x" * 58)), ("x" * 59, "'" + "x" * 56 + "..."), ("a\n \tb", r"'a\n \tb'"), (1.5, "1.5")],
)
def test_a_value_is_cut_after_60_characters(value, text):
    assert shown(value) == text
    assert len(text) <= 60


def test_units_are_text():
    check_attributes_of_variable("loss", {"units": "1", "long_name": "loss", "mine": 3})
    with pytest.raises(BadRecording, match="attribute 'units' of 'loss' is 3; expected"):
        check_attributes_of_variable("loss", {"units": 3})


ONE_OF = {
    v.PROBE_KIND: (check_attributes_of_run, {v.PROBE_RANDOM, v.PROBE_GIVEN}),
    v.PROBE_LOSS_KIND: (check_attributes_of_run, {v.PROBE_LAST_STEP, v.PROBE_GIVEN}),
    v.DETAIL: (check_attributes_of_module, {v.NORMS, v.FULL, v.FORWARD_ONLY}),
}


@pytest.mark.parametrize("name", ONE_OF)
def test_one_of_some_words(name):
    check, words = ONE_OF[name]
    for word in words:
        check({name: word})
    for other in ("", "norm", 3, None):
        with pytest.raises(BadRecording, match="expected one of "):
            check({name: other})


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (v.HIDDEN_SIZE, [1, 5.0, 2**63 - 1], [0, -1, 1.5, 2**63, "3", float("nan")]),
        (v.PROJ_SIZE, [0, 7], [-1, 0.5, "0"]),
        (v.BIAS, [0, 1, True, 1.0], [2, -1, 0.5, "1", None]),
        (v.REPLAY_ERROR, [0.0, 1e-3, float("inf"), float("nan")], [-1e-9, True, "0"]),
        (v.DTYPE, ["float32", ""], [3, None]),
    ],
)
def test_numbers_flags_and_text(name, good, bad):
    for value in good:
        check_attributes_of_module({name: value})
    for value in bad:
        with pytest.raises(BadRecording, match=f"attribute '{name}' is "):
            check_attributes_of_module({name: value})


def test_a_baseline_is_finite():
    check_attributes_of_run({v.BASELINE: -2.5, v.LAG: 1, v.FIXED_LAG: 0})
    for bad in ({v.BASELINE: float("inf")}, {v.LAG: 0}, {v.FIXED_LAG: 2}):
        with pytest.raises(BadRecording):
            check_attributes_of_run(bad)
