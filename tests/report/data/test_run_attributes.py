"""What a recording says of its run."""

import json

import numpy as np
import pytest
from report.data.made import module, recording, two_modules

from gradviz.report.data.missing import Missing
from gradviz.report.data.run_attributes import (
    attributes,
    baseline,
    cells_of,
    informative_times,
    settings,
    variant,
    whole_number,
)

CONFIG = {"task": {"name": "adding", "options": {"length": 40}}, "model": {"cell": "lstm", "init": "chrono"}}


def test_a_run():
    tree = recording((0,), attributes={"config": json.dumps(CONFIG), "seed": 3, "lag": 39, "torch": "2.4"})
    assert attributes(tree) == {
        "task": "adding",
        "cells": "LSTM",
        "modules": "recurrent",
        "detail": "full",
        "seed": 3,
        "lag": 39,
        "torch": "2.4",
    }
    found = settings(tree)
    assert (found["task.options.length"], found["model.init"]) == (40, "chrono")
    assert variant(tree) == "lstm_chrono"


def test_several_modules():
    tree = two_modules(module((0,)), module((0,), cell="gru", full=False))
    assert cells_of(tree) == "LSTM, GRU"
    assert attributes(tree)["detail"] == "full, norms"
    assert variant(tree) == ""


@pytest.mark.parametrize("config", ["{", "[" * 100_000, "[1]", "3"])
def test_a_configuration_that_cannot_be_read(config):
    tree = recording((0,), attributes={"config": config})
    assert attributes(tree)["cells"] == "LSTM"
    assert "task.name" not in settings(tree)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("[3, 0, 3]", [0, 3]),
        ([5], [5]),
        (np.array([1, 2]), [1, 2]),
        (4, [4]),
        (None, []),
        ("{", []),
        ([-1, np.nan], []),
    ],
)
def test_informative(given, expected):
    assert informative_times(recording((0,), attributes={"informative": given})) == expected


@pytest.mark.parametrize("value", [None, np.nan, np.inf, "0.5", [1]])
def test_no_baseline(value):
    assert isinstance(baseline(recording((0,), attributes={"baseline": value})), Missing)


def test_a_baseline_without_a_meaning():
    assert baseline(recording((0,), attributes={"baseline": 1})).meaning == "trivial predictor"


def test_whole_number():
    given = (3, 3.0, np.int64(3), 2.5, np.nan, "3", None, np.arange(2))
    assert [whole_number(value) for value in given] == [3, 3, 3, None, None, None, None, None]
