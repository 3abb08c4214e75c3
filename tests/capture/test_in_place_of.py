"""Warnings of PyTorch name the line that they name without a recording."""

import sys
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import gradviz as gv
from gradviz.capture.in_place_of import call_in_place_of


class Warns(nn.Module):
    """Two warnings in its forward pass: one from Python (stacklevel=2), one from C++."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 4)

    def forward(self, x):
        out = self.rnn(x)[0]
        loss = F.mse_loss(out[-1, :, :1], torch.zeros(2))
        return loss + out.T.sum()


@pytest.fixture(autouse=True)
def _every_warning():
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(False)


def places(run):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
    return [(one.filename, one.lineno, str(one.message)) for one in caught]


def test_a_warning_has_the_place_that_it_has_without_gradviz():
    model, x = Warns(), torch.randn(5, 2, 3)
    expected = places(lambda: model(x))

    def recorded():
        with gv.record(model):
            model(x).backward()

    assert len(expected) == 2
    assert {file for file, _, _ in expected} == {__file__}
    assert places(recorded) == expected


@pytest.mark.parametrize("detail", ["norms", "forward"])
def test_a_warning_of_the_recurrent_function_itself_has_its_place_too(detail):
    module, x = nn.LSTM(3, 4, proj_size=2), torch.randn(5, 2, 3)  # oneDNN has no projections, and says so
    expected = places(lambda: module(x))

    def recorded():
        with gv.record(module, detail=detail):
            module(x)[0].sum().backward()

    assert expected
    assert places(recorded) == expected


def test_a_filter_by_module_works_in_a_recording():
    model, x = Warns(), torch.randn(5, 2, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", module=__name__.replace(".", r"\."))
        with gv.record(model):
            model(x).backward()


def _warn_one_above():
    warnings.warn("from the caller's line", UserWarning, stacklevel=2)
    return 7


def test_called_in_place_of_a_frame():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line, returned = sys._getframe().f_lineno, call_in_place_of(sys._getframe(), _warn_one_above, (), {})
    assert returned == 7
    assert [(one.filename, one.lineno) for one in caught] == [(__file__, line)]


def test_an_exception_passes_through():
    with pytest.raises(ZeroDivisionError):
        call_in_place_of(sys._getframe(), lambda a, *, b: a / b, (1,), {"b": 0})
