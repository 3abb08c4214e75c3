"""What it takes to record a variable."""

import pytest

from gradviz import vocabulary as v
from gradviz.cell_descriptions import CELLS
from gradviz.recording.variables import missing_from_cell, needs_full_detail


@pytest.mark.parametrize(
    ("variable", "cell", "missing"),
    [
        (v.GATE_MEAN, "observed", "gates"),
        (v.LOG10_GRAD_PATH, "observed", "paths"),
        (v.STATE_H, "observed", ""),
        (v.GATE_MEAN, "rnn", ""),
        (v.LOG10_GRAD_PATH, "gru", ""),
    ],
)
def test_what_a_cell_lacks(variable, cell, missing):
    assert missing_from_cell(variable, CELLS[cell]) == missing


def test_full_detail_is_values_of_every_unit_paths_and_weights():
    full = {name for name in v.VARIABLES if needs_full_detail(name)}
    assert full == {
        *(v.H, v.C, v.GATES, v.GRAD_H, v.GRAD_C, v.GRAD_GATES),
        *(v.LOG10_GRAD_PATH, v.SPECTRAL_RADIUS, v.LARGEST_SINGULAR_VALUE),
    }
