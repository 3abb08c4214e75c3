"""What an exception of one's own code says."""

import traceback

import pytest
import torch

from gradviz.errors import BadRecording
from gradviz.experiment.own_code.failure import OwnCodeFailed, failure, own_failures
from gradviz.experiment.own_code.private_modules import load
from gradviz.experiment.own_code.source import Source

CODE = b"""import operator

def outer(x):
    return inner(x)

def inner(x):
    return operator.truediv(1, x)
"""
SOURCE = Source("mine.py", {"mine.py": CODE})


def test_the_innermost_own_line():
    with pytest.raises(ZeroDivisionError) as raised:
        load(SOURCE, "outer")(0)
    assert failure(raised.value, [SOURCE]) == "mine.py, line 7, in inner: ZeroDivisionError: division by zero"
    assert failure(raised.value, []) == "ZeroDivisionError: division by zero"
    assert "return operator.truediv(1, x)" in "".join(traceback.format_exception(raised.value))


def test_an_exception_that_came_through_own_code_is_raised_in_one_line():
    outer = load(SOURCE, "outer")
    with (
        pytest.raises(OwnCodeFailed, match=r"^mine.py, line 7, in i.*Zero") as raised,
        own_failures([SOURCE]),
    ):
        outer(0)
    assert raised.value.exit_code == 1
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


def test_what_a_model_cannot_take_is_raised_in_one_line():
    def call(sources):
        with own_failures(sources):
            torch.nn.Linear(2, 1)(torch.ones(1, 3))

    with pytest.raises(
        OwnCodeFailed, match=r"^the model cannot take a batch of the task: RuntimeError: mat1"
    ):
        call([SOURCE])
    with pytest.raises(RuntimeError, match=r"^mat1"):
        call([])


@pytest.mark.parametrize("error", [ValueError("x"), BadRecording("x"), KeyboardInterrupt()])
def test_other_exceptions_stay(error):
    with pytest.raises(type(error)) as raised, own_failures([SOURCE]):
        raise error
    assert raised.value is error
