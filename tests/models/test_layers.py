"""The table of recurrent layers."""

import pytest
from torch import nn

from gradviz.cell_descriptions import CELLS
from gradviz.cells.cell_table import CELL_SPECS
from gradviz.errors import UnknownName
from gradviz.models.layers import LAYERS, make_layers


def test_it_holds_the_cells_that_have_a_layer():
    assert set(LAYERS) == {name for name, spec in CELL_SPECS.items() if spec.layer}
    assert set(LAYERS) <= {name for name, cell in CELLS.items() if cell.gates}


@pytest.mark.parametrize(
    ("cell", "kind", "mode"),
    [
        ("rnn", nn.RNN, "RNN_TANH"),
        ("rnn_relu", nn.RNN, "RNN_RELU"),
        ("lstm", nn.LSTM, "LSTM"),
        ("gru", nn.GRU, "GRU"),
    ],
)
def test_what_each_name_makes(cell, kind, mode):
    module = make_layers(cell)(2, 3, 2, batch_first=True)
    assert type(module) is kind
    assert module.mode == mode
    assert (module.input_size, module.hidden_size, module.num_layers, module.batch_first) == (2, 3, 2, True)


def test_an_unknown_cell():
    with pytest.raises(
        UnknownName, match=r"unknown cell 'gur'; did you mean 'gru'\? \(gru, lstm, rnn, rnn_relu\)"
    ):
        make_layers("gur")
