"""Settings of a figure, changed by key and value."""

import pytest

from gradviz.errors import UnknownName
from gradviz.gallery.figure_settings import BadSetting, figure_settings


def test_values_are_checked():
    assert figure_settings("vanishing") == figure_settings("vanishing", ["length=100"])
    assert figure_settings("vanishing", ["length = 200", "hidden_size=64"]).length == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("length", "--set length: must be key=value, as in length=5"),
        ("length=many", "the figure vanishing: length = 'many': Input should be a valid integer"),
        ("length=1.5", "length = 1.5: Input should be a valid integer"),
        ("length=3", "length = 3: Input should be greater than 11"),
        ("length=[", "--set length=["),
        ("length=true", "--set length=true: must be a number or a text, not true or false"),
        ("length=1" + 9 * "0", "--set length=1000000000: must be at most 1,000,000, and finite"),
        ("length=inf", "and finite"),
        ("length=nan", "and finite"),
    ],
)
def test_a_value_that_cannot_be(change, said):
    with pytest.raises(BadSetting) as raised:
        figure_settings("vanishing", [change])
    assert said in str(raised.value)


def test_an_unknown_setting():
    said = "unknown setting of the figure vanishing 'lenght'; did you mean 'length'"
    with pytest.raises(UnknownName, match=said):
        figure_settings("vanishing", ["lenght=5"])


def test_a_check_of_several_settings_says_which():
    with pytest.raises(BadSetting, match=r"^the figure early_warning: at = 10: must be below steps = 4$"):
        figure_settings("early_warning", ["steps=4", "at=10"])


def test_a_claim_about_several_runs_needs_several():
    assert figure_settings("clipping", ["seeds=3"]).seeds == 3
    with pytest.raises(BadSetting, match=r"--set seeds=2: must be at least 3"):
        figure_settings("clipping", ["seeds=2"])


def test_lengths_ascend():
    with pytest.raises(BadSetting, match=r"lengths = \[30, 10\]: must be in ascending order"):
        figure_settings("success_by_length", ["lengths=[30, 10]"])
