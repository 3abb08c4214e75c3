"""Eigenvalues in the complex plane."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.patches import Circle

from gradviz.errors import BadRecording, UnknownName
from gradviz.plots.drawing.palette import GATE_COLOURS, GREY
from gradviz.plots.eigenvalues import plot_eigenvalues

GATES = ("reset", "update", "candidate")


def spectrum(values, gates=GATES, layers=1):
    """The same eigenvalues for every gate, scaled by 1, 2, 3, ... and by 10 in every lower layer."""
    scaled = np.array(
        [
            [np.multiply(values, (gate + 1) * 10 ** (layers - 1 - layer)) for gate in range(len(gates))]
            for layer in range(layers)
        ]
    )
    dims = ("layer", "direction", "gate")
    return xr.Dataset(
        {
            "eigenvalue_real": ((*dims, "eigenvalue"), scaled.real[:, None]),
            "eigenvalue_imag": ((*dims, "eigenvalue"), scaled.imag[:, None]),
            "spectral_radius": (dims, np.abs(scaled).max(axis=-1)[:, None]),
        },
        coords={"layer": range(layers), "direction": ["forward"], "gate": list(gates)},
    )


PAIR = [0.3 + 0.4j, 0.3 - 0.4j, -0.1 + 0j]


def test_every_gate_with_its_radius_and_the_unit_circle():
    ax = plot_eigenvalues(spectrum(PAIR))
    assert [to_hex(points.get_facecolor()[0]) for points in ax.collections] == [
        GATE_COLOURS[g] for g in GATES
    ]
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [[0.3, 0.4], [0.3, -0.4], [-0.1, 0]])
    np.testing.assert_allclose(ax.collections[2].get_offsets()[0], [0.9, 1.2])
    assert all(isinstance(patch, Circle) for patch in ax.patches)
    assert [patch.get_radius() for patch in ax.patches] == pytest.approx([1, 0.5, 1, 1.5])
    assert ax.get_aspect() == 1
    assert ax.get_xlim() == ax.get_ylim() == pytest.approx((-1.62, 1.62))
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    assert entries == ["reset: 0.50", "update: 1.00", "candidate: 1.50", "unit circle"]


def test_layer_and_gate_are_chosen():
    two = spectrum(PAIR, layers=2)
    assert plot_eigenvalues(two).patches[1].get_radius() == pytest.approx(0.5)
    assert plot_eigenvalues(two, layer=0, gate="update").patches[1].get_radius() == pytest.approx(10)


def test_before_and_after_differ():
    ax = plot_eigenvalues({"before": spectrum(PAIR), "after": spectrum(np.multiply(PAIR, 2))})
    before, after = ax.collections
    assert to_hex(before.get_facecolor()[0]) == GREY
    assert to_hex(after.get_facecolor()[0]) == GATE_COLOURS["update"]
    assert len(before.get_paths()[0].vertices) != len(after.get_paths()[0].vertices)
    assert ax.get_title() == "update gate"
    assert [patch.get_radius() for patch in ax.patches] == pytest.approx([1, 1, 2])


def test_errors():
    with pytest.raises(ValueError, match="nothing to draw"):
        plot_eigenvalues({})
    with pytest.raises(BadRecording, match=r"no 'eigenvalue_imag'.*it has eigenvalue_real, spectral_radius"):
        plot_eigenvalues(spectrum(PAIR).drop_vars("eigenvalue_imag"))
    with pytest.raises(UnknownName, match="unknown gate 'updat'; did you mean 'update'"):
        plot_eigenvalues(spectrum(PAIR), gate="updat")
    with pytest.raises(BadRecording, match="no layer 2; it has 0"):
        plot_eigenvalues(spectrum(PAIR), layer=2)


def test_nothing_is_cut_off_in_a_figure_of_its_own():
    ax = plot_eigenvalues(spectrum(PAIR, gates=("input", "forget", "candidate", "output")))
    figure = ax.get_figure()
    figure.draw_without_rendering()
    (left, bottom), (right, top) = ax.get_tightbbox().get_points()
    assert left >= 0
    assert bottom >= 0
    assert right <= figure.bbox.width
    assert top <= figure.bbox.height
