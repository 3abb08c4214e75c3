"""The record of one call."""

import numpy as np

from gradviz.cell_descriptions import CELLS
from gradviz.recording.call_record import CallRecord


def test_more_is_added_to_a_copy(record):
    one = record(3)
    more = one.with_more({"state_h": np.zeros((2, 1, 3, 2))}, {"length": 3, "detail": "full"})
    assert list(more.variables) == [*one.variables, "state_h"]
    assert (more.attributes, one.attributes) == ({"detail": "full", "length": 3}, {"detail": "norms"})
    assert "state_h" not in one.variables
    assert (more.step, more.module, more.cell, more.call) == (3, "lstm", "gru", 0)


def test_its_cell_has_the_gates_that_were_given():
    assert CallRecord(0, "m", "lstm", np.arange(1), {}, 0.0).description is CELLS["lstm"]
    facts = {"gate_squash": '{"z": "sigmoid"}', "keeps": "z"}
    found = CallRecord(0, "m", "observed", np.arange(1), {}, 0.0, facts).description
    assert (found.gates, found.keeps) == (("z",), "z")
