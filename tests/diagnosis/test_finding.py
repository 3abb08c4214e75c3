"""A finding: its place in words, and its numbers computed again from their source."""

import pytest
import xarray as xr
from diagnosis.recorded import dataset, decaying, tree
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.diagnosis.finding import Amount, Finding, Place, Remedy
from gradviz.diagnosis.kinds import VANISHING
from gradviz.errors import BadRecording


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), "training"),
        (Place("encoder.lstm"), "encoder.lstm"),
        (Place("lstm", 0), "lstm, layer 0"),
        (Place("lstm", 1, "forward"), "lstm, layer 1"),
        (Place("lstm", 1, "reverse"), "lstm, layer 1, reverse direction"),
        (Place("lstm", 0, "reverse", "forget"), "lstm, layer 0, reverse direction, forget gate"),
    ],
)
def test_a_place_in_words(place, text):
    assert str(place) == text


def amount(variable="decades_lost", *, lag=None, **where):
    options = {"module": "layer"} if lag is None else {"module": "layer", "lag": lag}
    return Amount("lost", 0.0, "decades", "gradient_across_lag", variable, options, where)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 10))
def test_a_number_is_computed_again_from_its_source(lag):
    recorded = tree(dataset(total=decaying(10)))
    wanted = amount(lag=lag, step=0, layer=0, direction="forward")
    assert wanted.recompute(recorded) == pytest.approx(lag)
    assert wanted.recompute(recorded["layer"].to_dataset(inherit=False)) == pytest.approx(lag)


def test_its_labels_select():
    first, second = (
        dataset(total=decaying(lost)).assign_coords(step=[step]) for step, lost in ((0, 4), (5, 8))
    )
    both = xr.concat([first, second], "step", data_vars="all").assign_attrs(first.attrs)
    for step, lost in ((0, 4), (5, 8)):
        assert amount(step=step, layer=0, direction="forward").recompute(tree(both)) == lost


def test_a_number_of_the_whole_training_has_no_module():
    recorded = tree(dataset(), metrics={"loss": [1.0, float("inf"), 2, 3]})
    fraction = Amount("losses", 0.25, "1", "finite_losses", "losses_not_finite")
    assert fraction.recompute(recorded) == 0.25


def test_from_another_recording_it_is_refused():
    other = tree(dataset(total=decaying(1, 4)))
    with pytest.raises(BadRecording, match="lag = 9: the longest sequence has 3 steps"):
        amount(lag=9, step=0).recompute(other)


@pytest.mark.parametrize(("severity", "is_trouble"), [("trouble", True), ("warning", False), ("note", False)])
def test_trouble(severity, is_trouble):
    found = Finding(VANISHING, severity, "", Place(), (), (), "", Remedy("", ""))
    assert found.is_trouble is is_trouble
