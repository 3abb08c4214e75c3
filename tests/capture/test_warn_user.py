"""A warning names the line of the user."""

import warnings

import torch
from torch import nn

import gradviz as gv
from gradviz.capture.warn_user import warn_user


def test_the_place_is_the_line_that_called_the_module():
    cell, h = nn.GRUCell(3, 4), torch.zeros(2, 4)
    x = torch.randn(4, 3)
    with gv.record(cell), warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        h = cell(x[:2], h)
        cell(x, h.repeat_interleave(2, 0)).sum().backward()
    (warning,) = given
    assert warning.filename == __file__
    with open(__file__) as file:
        assert "repeat_interleave(2, 0)).sum()" in file.read().splitlines()[warning.lineno - 1]


def test_a_warning_given_directly_is_at_its_own_line():
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        warn_user("look here", UserWarning)
    assert given[0].filename == __file__
