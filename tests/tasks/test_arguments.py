"""Every check says what came and what would work."""

import numpy as np
import pytest
import torch

from gradviz.errors import UnknownName
from gradviz.tasks.arguments import (
    check_generator,
    check_options,
    finite_number,
    true_or_false,
    whole_number,
)


@pytest.mark.parametrize("value", [3, np.int64(3)])
def test_a_whole_number_of_any_make_comes_back_as_int(value):
    assert type(whole_number("size", value, 3)) is int
    assert whole_number("size", value, 3) == 3


@pytest.mark.parametrize("value", [2, -1, 3.0, True, "3", None])
def test_what_is_no_whole_number_of_at_least_3(value):
    with pytest.raises(ValueError, match=r"size = .*: must be a whole number of at least 3"):
        whole_number("size", value, 3)


def test_finite_numbers():
    assert finite_number("value", np.float32(-0.5)) == -0.5
    assert finite_number("rate", 1e-9, positive=True) == 1e-9


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", None, True])
def test_what_is_no_finite_number(value):
    with pytest.raises(ValueError, match=r"value = .*: must be a finite number"):
        finite_number("value", value)


@pytest.mark.parametrize("value", [0, -1.0])
def test_what_is_not_positive(value):
    with pytest.raises(ValueError, match=r"rate = .*: must be positive and finite"):
        finite_number("rate", value, positive=True)


def test_a_finite_number_may_have_a_least():
    assert finite_number("variance", 0, at_least=0) == 0
    with pytest.raises(ValueError, match=r"variance = -0.1: must be a finite number of at least 0"):
        finite_number("variance", -0.1, at_least=0)


@pytest.mark.parametrize("value", [1, 0, "true", None])
def test_what_is_neither_true_nor_false(value):
    assert true_or_false("noise", True) is True
    with pytest.raises(ValueError, match=r"noise = .*: must be true or false"):
        true_or_false("noise", value)


@pytest.mark.parametrize("generator", [None, 3])
def test_nothing_but_a_generator(generator):
    check_generator(torch.Generator())
    with pytest.raises(TypeError, match=rf"generator = {generator}: must be a torch.Generator"):
        check_generator(generator)


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


def test_an_option_without_a_default_is_asked_for():
    def grow(plant, /, *, water, light=2):
        raise AssertionError

    check_options("growth", {"water": 1}, grow)
    with pytest.raises(ValueError, match="growth needs the option 'water'"):
        check_options("growth", {"light": 1}, grow)
