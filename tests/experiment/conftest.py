"""A small experiment as a table, and files of it."""

import copy

import pytest

SMALL = {
    "name": "small",
    "task": {"name": "adding", "length": 8},
    "model": {"cell": "gru", "hidden_size": 4},
    "training": {"steps": 6, "batch_size": 3, "clip_norm": 1.0},
    "recording": {"every": 2, "samples": "all"},
}


@pytest.fixture(scope="session")
def small():
    """The table, with values replaced by dotted keys."""

    def make(**changes):
        table = copy.deepcopy(SMALL)
        for key, value in changes.items():
            *tables, last = key.split("__")
            inner = table
            for name in tables:
                inner = inner.setdefault(name, {})
            inner[last] = value
        return table

    return make
