"""Each cell is found by its functions and by its modules."""

import pytest
import torch

from gradviz.cells.cell_table import CELL_SPECS, cell_functions, spec_of_layer, spec_of_module, spec_of_step


@pytest.mark.parametrize("name", CELL_SPECS)
def test_a_cell_is_found_by_what_it_calls(name):
    spec = CELL_SPECS[name]
    layer, cell = spec.layer(2, 3, num_layers=2), spec.cell(2, 3)
    assert spec_of_module(layer) is spec_of_step(spec.step_function) is spec
    assert spec_of_layer(spec.layer_function) is spec
    assert {spec.step_function, spec.layer_function} <= cell_functions()
    rows = len(spec.description.gates) * 3
    weights = spec.weights(*cell.parameters())
    assert (weights.w_ih.shape, weights.w_hh.shape, weights.w_hr) == ((rows, 2), (rows, 3), None)
    assert layer.weight_hh_l1.shape == (rows, 3)


def test_other_functions_are_of_no_cell():
    assert spec_of_step(torch.relu) is spec_of_layer(torch.relu) is None
