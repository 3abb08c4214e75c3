"""Plots of the gates of a recurrence written by hand: by their own names, ranges and thresholds."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from handwritten import SLSTM, MinGRU, PeepholeLSTM, Recorded
from matplotlib.colors import to_hex

import gradviz as gv
from gradviz.plots.drawing.palette import GATE_COLOURS, OTHER_GATE_COLOURS, gate_colours
from gradviz.vocabulary import GATES, UNIT_LEFT


@pytest.fixture(scope="module")
def slstm():
    torch.manual_seed(0)
    return Recorded(SLSTM(3, 6)).record()


@pytest.fixture(scope="module")
def mingru():
    torch.manual_seed(0)
    return Recorded(MinGRU(3, 6)).record()


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_a_heatmap_has_the_range_of_the_gate(slstm):
    gates = slstm["mine"][GATES].isel(step=0, layer=0, direction=0, sample=0)
    for gate, limits in (("forget", (0, 1)), ("output", (0, 1)), ("candidate", (-1, 1))):
        ax = gv.plot_gate_heatmap(slstm, gate=gate)
        assert ax.images[0].get_clim() == limits
        name = "candidate" if gate == "candidate" else f"{gate} gate"
        assert ax.get_title().startswith(f"{name} at training step 0")
        np.testing.assert_allclose(ax.images[0].get_array(), gates.sel(gate=gate).transpose("unit", "time"))


def test_the_gate_that_keeps_is_the_default():
    tree = Recorded(PeepholeLSTM(3, 4)).record()
    assert gv.plot_gate_heatmap(tree).get_title().startswith("forget gate")
    assert gv.plot_time_constants(tree).get_yticklabels()[0].get_text() == "recurrence"


def test_karpathys_scatter(mingru):
    ax = gv.plot_gate_saturation(mingru)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["update"]
    assert len(ax.collections[0].get_paths()) >= 1
    assert "below 0.1" in ax.get_xlabel()


def test_a_histogram_marks_the_thresholds_that_there_are(slstm):
    ax = gv.plot_gate_histogram(slstm)
    marked = {float(line.get_xdata()[0]) for line in ax.lines}
    assert marked == {-0.9, 0.1, 0.9}  # an exp has none on the right
    assert [patch.get_label() for patch in ax.patches] == ["forget", "input", "candidate", "output"]
    only_exp = slstm["mine"].to_dataset().sel(gate=["input"])
    assert {float(line.get_xdata()[0]) for line in gv.plot_gate_histogram(only_exp).lines} == {0.1}


def test_saturated_units(slstm):
    left = slstm["mine"][UNIT_LEFT].isel(step=0, layer=0, direction=0)
    drawn = gv.plot_unit_saturation(slstm, gate="input", side="left").images[0].get_array()
    np.testing.assert_allclose(drawn.mean(axis=1), left.sel(gate="input"), atol=1e-6)
    assert not gv.plot_unit_saturation(slstm, gate="input", side="right").images[0].get_array().any()
    ax = gv.plot_saturation_heatmap(slstm, gate="input", over="unit")
    assert ax.images[0].get_array().shape == (6, 1)


def test_a_text_is_coloured_by_a_gate(mingru):
    ax = gv.plot_text(mingru, "twenty characters at", unit=2, gate="update")
    assert ax.get_title().startswith("update gate, unit 2")


def test_colours_of_gates_that_no_known_cell_has():
    names = [f"gate {n}" for n in range(8)]
    colours = gate_colours(["forget", *names])
    assert colours[0] == GATE_COLOURS["forget"]
    assert sorted(colours[1:]) == sorted(OTHER_GATE_COLOURS["light"])
    assert gate_colours(["forget", *names]) == colours
    assert gate_colours(["gate 3"])[0] in OTHER_GATE_COLOURS["light"]
    assert len(set(gate_colours([f"gate {n}" for n in range(20)]))) == 20


def test_one_gate_has_one_colour_in_a_figure():
    class Named(MinGRU):
        def steps(self, x):
            for step in super().steps(x):
                gates = {"leak": step.gates["update"], "flood": 1 - step.gates["update"]}
                yield step._replace(gates=gates)

    ax = gv.plot_gate_histogram(Recorded(Named(3, 4)).record())
    lines = [to_hex(patch.get_edgecolor()) for patch in ax.patches]
    assert lines == gate_colours(["leak", "flood"])
    assert [to_hex(handle.get_color()) for handle in ax.get_legend().legend_handles] == lines


def test_a_few_large_activations_of_an_exponential_gate_do_not_hide_the_others():
    with gv.record(torch.nn.Linear(1, 1), detail="full") as tape:
        h = torch.ones(2, 100, requires_grad=True)
        write = torch.linspace(0.01, 2, 100).repeat(2, 1)
        write[0, 0] = 200.0
        h = h * write
        tape.observe("mine", h, gates={"write": write, "leak": write.sigmoid()}, squash={"write": "exp"})
        h.sum().backward()
    ax = gv.plot_gate_histogram(tape.tree)
    line = {patch.get_label(): patch.get_data() for patch in ax.patches}["write"]
    assert ax.get_xlim() == (0, pytest.approx(2.0))
    assert np.sum(line.values * np.diff(line.edges)) == pytest.approx(1)
    assert "exp: last bin and above" in ax.get_xlabel()
    heatmap = gv.plot_gate_heatmap(tape.tree, gate="write")
    assert heatmap.images[0].get_clim() == (0, pytest.approx(2.0))
    assert heatmap.images[0].colorbar.extend == "max"
    assert gv.plot_gate_heatmap(tape.tree, gate="leak").images[0].colorbar.extend == "neither"
    leak = gv.plot_gate_histogram(tape["mine"].sel(gate=["leak"]))
    assert "exp" not in leak.get_xlabel()
