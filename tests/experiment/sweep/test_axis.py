"""Values of a swept key, and keys that go together."""

import pytest

from gradviz.experiment.sweep.axis import Axis, narrowed, read_values, zip_axes


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("0..3", [0, 1, 2, 3]),
        (" -1 .. 1", [-1, 0, 1]),
        ("5..5", [5]),
        ([2, "x"], [2, "x"]),
        ([[1], [2]], [[1], [2]]),
    ],
)
def test_values(given, values):
    assert read_values("sweep.seed", given) == (values, [])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("3..0", "sweep.seed = '3..0': must go upwards: \"0..3\""),
        ("0..100000", "sweep.seed = '0..100000': has more than 100000 values"),
        ("0...3", 'must be a range such as "0..9", or a list of one or more different values'),
        ("0.5..3", 'must be a range such as "0..9", or a list'),
        ([], "must be a range"),
        ([[1], [1]], "must be a range"),
    ],
)
def test_values_that_cannot_be_read(given, message):
    values, (mistake,) = read_values("sweep.seed", given)
    assert values == []
    assert message in str(mistake)


VALUES = {"a": [1, 2], "b": ["x", "y"], "c": [1, 2, 3]}


def test_keys_go_together():
    axis = Axis(("a", "b"), [(1, "x"), (2, "y")])
    assert zip_axes("sweep.zip", ["a", "b"], VALUES) == ([axis], [])
    assert zip_axes("sweep.zip", [["a", "b"]], VALUES) == ([axis], [])
    assert narrowed(axis, "b", "y") == Axis(("a", "b"), [(2, "y")])
    assert narrowed(axis, "b", "z").places == []
    assert narrowed(Axis(("a",), [(1,), (2,)]), "a", 3) == Axis(("a",), [(3,)])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["a", "c"], "must have equally many values: a has 2, c has 3"),
        (["a", "d"], "sweep.zip = 'd': is not a key of [sweep] with values (a, b, c)"),
        ([["a", "b"], ["b", "c"]], "sweep.zip = 'b': stands in it twice"),
        (["a"], "must be lists of two or more swept keys"),
        ([["a"]], "must be lists of two or more swept keys"),
        ([], "must be lists of two or more swept keys"),
        ("a", "must be lists of two or more swept keys"),
        ([["a", 1]], "must be lists of two or more swept keys"),
    ],
)
def test_keys_that_cannot_go_together(given, message):
    axes, (mistake,) = zip_axes("sweep.zip", given, VALUES)
    assert axes == []
    assert message in str(mistake)
