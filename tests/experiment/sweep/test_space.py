"""Random points: the same everywhere, within their ends, as likely as they should be."""

import math

import numpy as np
import pytest

from gradviz.experiment.sweep.space import Between, OneOf, random_axis, read_dimension

RATE = Between(1e-4, 1e-1, log=True)


@pytest.mark.parametrize(
    ("given", "dimension"),
    [
        (["rnn", "lstm"], OneOf(("rnn", "lstm"))),
        ("16..64", Between(16, 64, whole=True)),
        ("5..5", OneOf((5,))),
        ({"low": 1e-4, "high": 1e-1, "log": True}, RATE),
        ({"low": 1, "high": 2}, Between(1, 2, whole=True)),
        ({"low": 1, "high": 2.5}, Between(1, 2.5)),
    ],
)
def test_dimensions(given, dimension):
    assert read_dimension("x", given) == (dimension, [])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"low": 1, "hgh": 2},
            "x.hgh: unknown key; did you mean 'high'? (low, high, log)\nx.high = None: must be",
        ),
        ({"low": True, "high": math.inf}, "x.low = true: must be a number\nx.high = inf: must be a number"),
        ({"low": 1, "high": 2, "log": 1}, "x.log = 1: must be true or false"),
        ({"low": 2, "high": 2}, "x.high = 2: must be above low = 2"),
        ({"low": 0.0, "high": 2.0, "log": True}, "x.low = 0.0: must be above 0 with log = true"),
        (3, "x = 3: must be a range"),
    ],
)
def test_dimensions_that_cannot_be_read(given, message):
    dimension, mistakes = read_dimension("x", given)
    assert dimension is None
    assert "\n".join(map(str, mistakes)).startswith(message)


def test_the_points_of_a_seed_are_pinned():
    space = {"rate": RATE, "size": Between(4, 16, log=True, whole=True), "cell": OneOf(("rnn", [1, 2]))}
    axis, mistakes = random_axis("sweep.random", space, count=3, seed=0)
    assert (axis.keys, mistakes) == (("rate", "size", "cell"), [])
    uniform = np.random.Generator(np.random.PCG64(0)).random(9).reshape(3, 3)
    by_hand = [
        (
            float(f"{10 ** (-4 + 3 * first):.6g}"),
            math.floor(4 * (17 / 4) ** second),
            ["rnn", [1, 2]][int(2 * third)],
        )
        for first, second, third in uniform.tolist()
    ]
    assert axis.places == by_hand
    assert by_hand == [(0.00814489, 5, "rnn"), (0.000112094, 12, [1, 2]), (0.00660552, 11, [1, 2])]


def test_every_value_is_as_likely_and_both_ends_come():
    space = {"size": Between(3, 7, whole=True), "x": Between(0.0, 1.0)}
    axis, _ = random_axis("sweep.random", space, count=4000, seed=1)
    sizes, x = np.array(axis.places).T
    assert np.bincount(sizes.astype(int))[3:] == pytest.approx([800] * 5, abs=80)
    assert np.histogram(x, 4, (0, 1))[0] == pytest.approx([1000] * 4, abs=90)


def test_points_are_different_or_there_are_not_so_many():
    space = {"size": Between(1, 3, whole=True)}
    axis, mistakes = random_axis("sweep.random", space, count=3, seed=0)
    assert (sorted(axis.places), mistakes) == ([(1,), (2,), (3,)], [])
    _, (mistake,) = random_axis("sweep.random", space, count=4, seed=0)
    assert str(mistake) == ("sweep.random.points = 4: the space has only 3 different points, or hardly more")
