"""Gates have one order in every plot, whatever the order of the recording."""

import pytest
from matplotlib.colors import to_hex

import gradviz as gv
from gradviz.cell_descriptions import CELLS
from gradviz.plots.drawing.gate_order import gates_in_order, in_order
from gradviz.plots.drawing.palette import GATE_COLOURS

ORDER = {"lstm": ["forget", "input", "candidate", "output"], "gru": ["reset", "update", "candidate"]}


@pytest.mark.parametrize("cell", ORDER)
def test_by_hand(cell):
    assert in_order(CELLS[cell].gates) == ORDER[cell]
    assert in_order(CELLS[cell].paths) == ["direct", "carry", *ORDER[cell]]
    assert in_order(["mine", "output", "other", "forget"]) == ["mine", "forget", "other", "output"]


@pytest.mark.parametrize("cell", ORDER)
def test_values_follow_their_names(cell, recording):
    module = recording(cell=cell)["recurrent"].to_dataset()
    ordered = gates_in_order(module)
    for gate in ORDER[cell]:
        assert ordered["unit_left"].sel(gate=gate).equals(module["unit_left"].sel(gate=gate))
    assert gates_in_order(module.isel(gate=0)).equals(module.isel(gate=0))


@pytest.mark.parametrize("cell", ORDER)
def test_every_plot_of_several_gates_has_this_order(cell, recording):
    tree = recording(cell=cell, full=True)
    for plot in (gv.plot_gate_saturation, gv.plot_gate_histogram):
        legend = plot(tree).get_legend()
        assert [text.get_text() for text in legend.get_texts()] == ORDER[cell]
        drawn = [to_hex(text.get_color()) for text in legend.get_texts()]
        assert drawn == [GATE_COLOURS[gate] for gate in ORDER[cell]]
    probed = gv.probe(_layer(cell), length=9)
    for of in ("norm", "fraction"):
        ax = gv.plot_gradient_paths(probed, of=of)
        names = [one.get_label() for one in (ax.lines if of == "norm" else ax.collections)]
        known = [name for name in names if name in CELLS[cell].paths]
        assert known == ["direct", "carry", *ORDER[cell]]
    legend = gv.plot_eigenvalues(gv.hidden_eigenvalues(_layer(cell))).get_legend()
    assert [text.get_text().split(":")[0] for text in legend.get_texts()][:-1] == ORDER[cell]


def _layer(cell):
    from torch import nn

    return {"lstm": nn.LSTM, "gru": nn.GRU}[cell](2, 4, batch_first=True)
