"""Recurrent modules in plain containers, and everything that is no such thing."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.capture.unregistered import how_to_register, unregistered
from gradviz.errors import CannotWatch


class Holds(nn.Module):
    def __init__(self, cells, **others):
        super().__init__()
        self.head = nn.Linear(2, 2)
        self.cells = cells
        for name, value in others.items():
            setattr(self, name, value)

    def forward(self, x):
        return self.head(x)


CELL, LAYER = nn.LSTMCell(2, 4), nn.GRU(2, 4)


@pytest.mark.parametrize(
    ("cells", "container"),
    [
        ([CELL, CELL], "nn.ModuleList"),
        ((LAYER,), "nn.ModuleList"),
        ({"first": CELL}, "nn.ModuleDict"),
        ([[CELL], [LAYER]], "nn.ModuleList"),
        ([nn.Sequential(nn.Linear(2, 2), LAYER)], "nn.ModuleList"),
    ],
)
def test_found(cells, container):
    assert unregistered(Holds(cells)) == {"model.cells": container}
    below = nn.ModuleDict({"stack": Holds(cells)})
    assert unregistered(below) == {"model.stack.cells": container}
    for act in (lambda: gv.probe(below), lambda: recorded(below)):
        with pytest.raises(CannotWatch, match=f"model.stack.cells holds .* make it an {container}"):
            act()


def recorded(model):
    with gv.record(model) as tape:
        model["stack"](torch.zeros(1, 2)).sum().backward()
    return tape


@pytest.mark.parametrize(
    "cells", [[], [nn.Linear(2, 2)], [1, "a", None], {"a": [3]}, None, nn.ModuleList([CELL])]
)
def test_silent(cells):
    assert unregistered(Holds(cells)) == {}
    assert how_to_register(Holds(cells)) == ""


def test_a_list_beside_a_module_list_is_fine():
    assert unregistered(Holds([CELL], registered=nn.ModuleList([CELL]))) == {}


def test_a_list_that_holds_itself():
    cells = []
    cells.append(cells)
    assert unregistered(Holds(cells)) == {}


def test_without_any_the_message_is_as_before():
    with pytest.raises(CannotWatch, match="its modules are Linear"), gv.record(nn.Linear(2, 2)) as tape:
        tape.step()
