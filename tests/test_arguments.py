"""Every check returns the value, or raises an error with the value and what would work."""

import re

import numpy as np
import pytest

from gradviz.arguments import (
    check_bool,
    check_finite,
    check_one_of,
    check_options,
    check_positive,
    check_whole_number,
)
from gradviz.errors import UnknownName

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("value", [3, np.int64(3)])
def test_a_whole_number_of_any_type_comes_back_as_int(value):
    found = check_whole_number("size", value, at_least=3)
    assert (found, type(found)) == (3, int)


@pytest.mark.parametrize("value", [2, -1, 3.0, True, "3", None])
def test_values_that_are_not_whole_numbers_of_at_least_3(value):
    with pytest.raises(ValueError, match=r"^size = .*: must be a whole number of at least 3$"):
        check_whole_number("size", value, at_least=3)


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (0.5, {}, "size = 0.5: must be a whole number"),
        (6, {"at_most": 5}, "size = 6: must be a whole number of at most 5"),
        (6, {"at_least": 0, "at_most": 5}, "size = 6: must be a whole number from 0 to 5"),
        (-1, {"at_least": 0, "at_most": 5}, "size = -1: must be a whole number from 0 to 5"),
        (0, {"at_least": 1, "hint": ", or None"}, "size = 0: must be a whole number of at least 1, or None"),
    ],
)
def test_limits_of_a_whole_number(value, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_whole_number("size", value, **options)


def test_limits_of_a_whole_number_are_included():
    assert [check_whole_number("size", value, at_least=0, at_most=5) for value in (0, 5)] == [0, 5]
    assert check_whole_number("size", -7) == -7


def test_a_finite_number_comes_back_as_float():
    found = check_finite("value", np.float32(-0.5))
    assert (found, type(found)) == (-0.5, float)
    assert check_finite("value", 1) == 1.0


@pytest.mark.parametrize("value", [NAN, INF, "1", None, True])
def test_values_that_are_not_finite_numbers(value):
    with pytest.raises(ValueError, match=r"^value = .*: must be a finite number$"):
        check_finite("value", value)


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (-0.1, {"at_least": 0}, "rate = -0.1: must be a finite number of at least 0"),
        (0, {"above": 0}, "rate = 0: must be a finite number above 0"),
        (-1.0, {"above": 0}, "rate = -1.0: must be a finite number above 0"),
        (1, {"below": 1}, "rate = 1: must be a finite number below 1"),
        (1, {"at_least": 0, "below": 1}, "rate = 1: must be a finite number of at least 0 and below 1"),
        (NAN, {"above": 0, "below": 0.5}, "rate = nan: must be a finite number above 0 and below 0.5"),
        (
            -2,
            {"at_least": 0, "hint": " (0 is none)"},
            "rate = -2: must be a finite number of at least 0 (0 is none)",
        ),
    ],
)
def test_limits_of_a_finite_number(value, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_finite("rate", value, **options)


def test_which_limits_of_a_finite_number_are_included():
    assert check_finite("rate", 0, at_least=0) == 0
    assert check_finite("rate", 1e-9, above=0) == 1e-9
    assert check_finite("rate", 0.999, at_least=0, below=1) == 0.999


def test_a_positive_number_may_be_infinite():
    assert [check_positive("decades", value) for value in (np.float64(0.5), 3, INF)] == [0.5, 3.0, INF]


@pytest.mark.parametrize("value", [0, -1.0, NAN, "3", True])
def test_values_that_are_not_positive(value):
    with pytest.raises(ValueError, match=r"^decades = .*: must be a number above 0, for example 3$"):
        check_positive("decades", value, hint=", for example 3")


@pytest.mark.parametrize("value", [1, 0, "true", None])
def test_values_that_are_neither_true_nor_false(value):
    assert check_bool("noise", True) is True
    with pytest.raises(ValueError, match=r"^noise = .*: must be true or false$"):
        check_bool("noise", value)


@pytest.mark.parametrize("names", [{"rose": 1, "tulip": 2}, ("rose", "tulip"), iter(["rose", "tulip"])])
def test_a_name_of_a_table(names):
    assert check_one_of("flower", "rose", names) == "rose"


@pytest.mark.parametrize("value", ["ros", ["rose"], None])
def test_a_name_that_a_table_lacks(value):
    with pytest.raises(UnknownName, match=r"^unknown flower .*\(rose, tulip\)$"):
        check_one_of("flower", value, {"rose": 1, "tulip": 2})


def test_options_are_those_that_have_a_name():
    def grow(plant, /, *, water=1, light=2):
        raise AssertionError

    check_options("growth", {"water": 3, "light": 0}, grow)
    with pytest.raises(
        UnknownName, match=r"option of growth: 'watr'; did you mean 'water'\? \(light, water\)"
    ):
        check_options("growth", {"watr": 3}, grow)
    with pytest.raises(UnknownName, match="'plant'"):
        check_options("growth", {"plant": 3}, grow)
    with pytest.raises(UnknownName, match="rest takes no options; it got 'water'"):
        check_options("rest", {"water": 3}, lambda: None)


def test_an_option_without_a_default_is_required():
    def grow(plant, /, *, water, light=2):
        raise AssertionError

    check_options("growth", {"water": 1}, grow)
    with pytest.raises(ValueError, match="growth needs the option 'water'"):
        check_options("growth", {"light": 1}, grow)
