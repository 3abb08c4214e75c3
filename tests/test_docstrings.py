"""Every public name explains itself: a numpydoc docstring, and an example that runs."""

import doctest
import inspect
import types
import warnings

import matplotlib.pyplot as plt
import pytest
from numpydoc.validate import validate

import gradviz as gv
from gradviz.capture.tape import Tape
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import Finding
from gradviz.remedies.tries import Tries

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
CHECKS = {  # of numpydoc's validation; https://numpydoc.readthedocs.io/en/latest/validation.html
    "GL07",  # sections in the wrong order
    "GL08",  # no docstring
    "SS01",  # no summary
    "SS02",  # summary without a capital letter
    "SS03",  # summary without a full stop
    "SS06",  # summary on several lines
    "PR01",  # parameter not documented
    "PR02",  # parameter that the function has not
    "PR03",  # parameters in another order
    "PR10",  # no space before the colon
    "RT01",  # no Returns
    "RT03",  # a return value without a description
    "YD01",  # no Yields
}
PUBLIC = {
    **{name: getattr(gv, name) for name in gv.__all__},
    **{f"tasks.{name}": getattr(gv.tasks, name) for name in gv.tasks.__all__},
}
# constants, the packages of the tasks and the integrations, and the protocol of a task, which is not called
EXEMPT = {"__version__", "integrations", "tasks", "tasks.TASKS", "tasks.Task"}
NAMES = sorted(set(PUBLIC) - EXEMPT)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def mistakes_in_examples(name, thing):
    """What the examples in the docstrings of a function, or of a class and its methods, print wrong."""
    tests = [test for test in doctest.DocTestFinder().find(thing, name, globs={}) if test.examples]
    if not any(test.name == name for test in tests):
        return "has no example"
    said = []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    for test in tests:
        runner.run(test, out=said.append)
    return "".join(said)


def mistakes_in_sections(thing):
    """Codes and sentences of what numpydoc finds wrong with a docstring, and what it warns of."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = validate(f"{thing.__module__}.{thing.__qualname__}")["errors"]
    sentences = [f"{code}: {sentence}" for code, sentence in found if code in CHECKS]
    return [*sentences, *dict.fromkeys(str(warning.message) for warning in warned)]


@pytest.mark.parametrize("name", NAMES)
def test_its_example_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mistakes = mistakes_in_examples(name, PUBLIC[name])
    assert not mistakes, f"{name}: {mistakes}"


@pytest.mark.parametrize("example", [Diagnosis, Finding, Tape.observe, Tries], ids=lambda e: e.__qualname__)
def test_the_examples_of_what_they_return_run(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not mistakes_in_examples(example.__name__, example)


@pytest.mark.parametrize("name", NAMES)
def test_its_docstring_is_complete(name):
    mistakes = mistakes_in_sections(PUBLIC[name])
    assert not mistakes, f"{name}: {mistakes}"


def test_the_exempt_are_not_called():
    assert all(isinstance(PUBLIC[name], str | types.ModuleType | dict | type) for name in EXEMPT)
    assert set(PUBLIC) >= EXEMPT
    assert inspect.isclass(PUBLIC["tasks.Task"])


def documented(x, *, scale=1):
    """Twice a number.

    Parameters
    ----------
    x : float
    scale : float
        Unused.

    Returns
    -------
    float
        The number.

    Examples
    --------
    >>> 2 * 2
    4
    """


def with_a_wrong_result():
    """Nothing.

    Examples
    --------
    >>> 2 * 2
    5
    """


def without_parameters(x):
    """Twice a number."""
    return 2 * x


def test_planted_mistakes_are_found():
    assert mistakes_in_examples("documented", documented) == ""
    assert "Expected:\n    5\nGot:\n    4" in mistakes_in_examples("with_a_wrong_result", with_a_wrong_result)
    assert mistakes_in_examples("without_parameters", without_parameters) == "has no example"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("    scale : float\n        Unused.\n", "", ["PR01: Parameters {'scale'} not documented"]),
        ("scale : float", "size : float", ["PR01: ", "PR02: "]),
        ("Twice a number.", "Twice a number", ["SS03: "]),
        ("Returns", "Results", ["GL07: ", "Unknown section Results"]),
    ],
)
def test_planted_mistakes_in_sections_are_found(old, new, expected, monkeypatch):
    monkeypatch.setattr(documented, "__doc__", documented.__doc__.replace(old, new, 1))
    found = mistakes_in_sections(documented)
    assert len(found) == len(expected), found
    assert [line[: len(start)] for line, start in zip(found, expected, strict=True)] == expected
