"""Weights and multiplications by the formulas of the cells, and time from the result."""

import json

import pytest

import gradviz as gv
from gradviz.reproductions.measured.cost import NAMES, measure

INPUTS, UNITS = 2, 5


def run_of(tmp_path, cell, **options):
    config = {
        "name": "tiny",
        "task": {"name": "adding", "length": 4},
        "model": {"cell": cell, "hidden_size": UNITS, **options},
        "training": {"steps": 2, "batch_size": 2},
        "recording": {"samples": 1},
    }
    return gv.run(config, runs=tmp_path).folder


@pytest.mark.parametrize(("cell", "blocks"), [("rnn", 1), ("gru", 3), ("lstm", 4)])
def test_each_gate_has_a_block_of_weights(tmp_path, cell, blocks):
    folder = run_of(tmp_path, cell)
    found = measure(folder)
    assert set(found) == set(NAMES)
    assert found["multiply_adds"] == blocks * UNITS * (INPUTS + UNITS)
    assert found["parameters"] == blocks * UNITS * (INPUTS + UNITS + 2)
    written = json.loads((folder / "result.json").read_text())
    assert found["cpu_milliseconds"] == pytest.approx(500 * written["cpu_seconds"])


def test_all_layers_count_and_time_that_was_not_noted_is_left_out(tmp_path):
    folder = run_of(tmp_path, "gru", num_layers=2)
    file = folder / "result.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "cpu_seconds": 0.0}))
    assert measure(folder) == {
        "multiply_adds": 3 * UNITS * (INPUTS + UNITS) + 3 * UNITS * (UNITS + UNITS),
        "parameters": 3 * UNITS * (INPUTS + UNITS + 2) + 3 * UNITS * (UNITS + UNITS + 2),
    }
