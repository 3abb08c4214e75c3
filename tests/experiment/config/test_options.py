"""Options are checked by using them, and no mistake hides another."""

import inspect

import pytest
import torch

from gradviz.experiment.config.options import defaults_of, initialisation_mistakes, option_mistakes


def thing(*, low=0, high=10, name="a", sizes=(1, 2)):
    if not isinstance(low, int) or low < 0:
        raise ValueError(f"low = {low!r}: must be a whole number of at least 0")
    if not isinstance(sizes, tuple) or min(sizes) < 1:
        raise ValueError(f"sizes = {sizes!r}: must be at least 1")
    if name not in ("a", "b"):
        raise ValueError(f"unknown name {name!r}; (a, b)")
    if high <= low:
        raise ValueError(f"high = {high}: must be above low")


def lines(options, make=thing):
    return [str(mistake) for mistake in option_mistakes("task", make, options, defaults_of(make))]


def test_what_works():
    assert lines({}) == lines({"low": 11, "high": 12}) == lines({"sizes": [3, 4]}) == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"low": -1}, ["task.low = -1: must be a whole number of at least 0"]),
        ({"low": 11}, ["task.low = 11: high = 10: must be above low"]),
        ({"low": 3, "high": 2}, ["task.high = 2: must be above low"]),
        (
            {"low": -1, "name": "c", "sizes": [0]},
            [
                "task.low = -1: must be a whole number of at least 0",
                "task.sizes = [0]: must be at least 1",
                "task.name = 'c': unknown name 'c'; (a, b)",
            ],
        ),
        (
            {"hihg": 3, "low": -1},
            [
                "task.hihg: unknown key; did you mean 'high'? (low, high, name, sizes)",
                "task.low = -1: must be a whole number of at least 0",
            ],
        ),
    ],
)
def test_what_does_not_work(options, expected):
    assert lines(options) == expected


def test_what_is_missing():
    def needy(*, size, rate=1):
        if rate < 0:
            raise ValueError(f"rate = {rate}: must be positive")

    assert defaults_of(needy) == {"size": inspect.Parameter.empty, "rate": 1}
    assert lines({"rate": 1}, needy) == ["task.size: missing; it has no default"]
    assert lines({"rate": -1, "size": 2}, needy) == ["task.rate = -1: must be positive"]


def test_an_error_that_no_option_causes():
    def broken(*, size=1):
        raise OSError("no such corpus")

    assert lines({"size": 3}, broken) == ["task: no such corpus"]


def test_an_initialisation_is_tried_on_its_cell_and_draws_nothing():
    before = torch.get_rng_state()
    assert initialisation_mistakes("lstm", "forget_bias", {"value": 1.0}) == []
    assert torch.equal(torch.get_rng_state(), before)
    (mistake,) = initialisation_mistakes("rnn", "forget_bias", {})
    assert "no forget gate" in str(mistake)
    (mistake,) = initialisation_mistakes("gru", "forget_bias", {"value": float("inf")})
    assert str(mistake) == "model.init_options.value = inf: must be a finite number"
    (mistake,) = initialisation_mistakes("gru", "default", {"value": 1})
    assert str(mistake) == "model.init_options.value: unknown key; (it takes none)"


def test_an_option_that_an_initialisation_needs():
    (mistake,) = initialisation_mistakes("lstm", "chrono", {})
    assert str(mistake) == "model.init_options.t_max: missing; it has no default"
    (mistake,) = initialisation_mistakes("lstm", "chrono", {"t_max": "long"})
    assert str(mistake).startswith("model.init_options.t_max = 'long': must be")
    (mistake,) = initialisation_mistakes("gru", "orthogonal", {"generator": 3})
    assert str(mistake).startswith("model.init_options.generator: unknown key")
