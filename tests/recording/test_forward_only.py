"""A recording of forward passes: what reads gates and states works, what needs gradients says so."""

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import BadRecording
from gradviz.recording.forward_only import is_forward_only
from gradviz.recording.save import save

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}


def recorded(kind="lstm", detail="forward", steps=6):
    torch.manual_seed(0)
    layer = CELLS[kind](2, 4, 2)
    with gv.record(layer, detail=detail) as tape:
        for _ in range(2):
            layer(torch.randn(steps, 3, 2))[0].sum().backward()
            tape.step(1.0)
    return tape.tree


@pytest.fixture(scope="module")
def tree():
    return recorded()


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.mark.parametrize("detail", ["forward", "full", "norms"])
def test_whether_a_recording_is_one(detail):
    assert is_forward_only(recorded(detail=detail)["lstm"].to_dataset()) is (detail == "forward")


def test_it_agrees_with_the_forward_part_of_a_full_recording(tree):
    full, forward = recorded(detail="full")["lstm"], tree["lstm"]
    gradients = [name for name in full.data_vars if "grad" in name]
    others = [v.UNDERFLOW, v.RECURRENT_WEIGHT_NORM, v.SPECTRAL_RADIUS, v.LARGEST_SINGULAR_VALUE]
    assert set(forward.data_vars) == set(full.data_vars) - {*gradients, *others}
    for name, values in forward.data_vars.items():
        np.testing.assert_allclose(values, full[name], atol=1e-6, err_msg=name)
    same = set(full.attrs) - {"detail", "replay_error"}
    assert {name: full.attrs[name] for name in same} == {name: forward.attrs[name] for name in same}


def test_it_is_saved_and_loaded(tree, tmp_path):
    found = gv.load(save(tree, tmp_path / "mine.nc"))
    assert set(found["lstm"].data_vars) == set(tree["lstm"].data_vars)
    np.testing.assert_array_equal(found["lstm"][v.H], tree["lstm"][v.H])
    np.testing.assert_allclose(found["lstm"][v.GATES], tree["lstm"][v.GATES], atol=1 / 254)


@pytest.mark.parametrize(
    "name",
    [
        "plot_gate_heatmap",
        "plot_gate_histogram",
        "plot_gate_saturation",
        "plot_saturation_heatmap",
        "plot_time_constants",
        "plot_unit_saturation",
    ],
)
@pytest.mark.parametrize("kind", CELLS)
def test_plots_of_gates(name, kind):
    forward, full = (getattr(gv, name)(recorded(kind, detail)) for detail in ("forward", "full"))
    assert forward.get_title() == full.get_title()
    assert forward.get_ylabel() == full.get_ylabel()
    for one, other in zip(forward.images, full.images, strict=True):
        np.testing.assert_allclose(one.get_array(), other.get_array(), atol=1e-5)


def test_text_by_a_gate_and_by_a_unit(tree):
    ax = gv.plot_text(tree, "abcdef", unit=2, gate="forget")
    expected = tree["lstm"][v.GATES].sel(step=1, layer=1, sample=0, gate="forget", unit=2).values.ravel()
    np.testing.assert_allclose(np.ma.compressed(ax.images[0].get_array())[:6], expected, rtol=1e-6)
    assert gv.plot_text(tree, "abcdef", unit=1).get_title().startswith("hidden state, unit 1")
    with pytest.raises(BadRecording, match="detail='forward', without gradients"):
        gv.plot_text(tree, "abcdef")


@pytest.mark.parametrize(
    "name",
    ["saturation", "unit_saturation", "gate_histogram", "time_constants", "stuck_units", "write_weight"],
)
def test_measures_of_gates_and_states(tree, name):
    found, expected = (getattr(gv, name)(one) for one in (tree, recorded(detail="full")))
    assert set(found.data_vars) == set(expected.data_vars)
    for variable in found.data_vars:
        np.testing.assert_allclose(found[variable], expected[variable], atol=1e-5)


def test_states_that_are_not_finite():
    lstm, x = nn.LSTM(2, 4), torch.randn(20, 3, 2)
    x[10, 0] = torch.nan
    with torch.no_grad(), gv.record(lstm, detail="forward") as tape:
        lstm(x)
    found = gv.not_finite(tape.dataset)
    assert round(60 * found["inputs_not_finite"].item()) == 1
    assert round(60 * found["states_not_finite"].item()) == 10
    assert "gradients_not_finite" not in found


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("plot_gradient_heatmap", "norms"),
        ("plot_gradient_norms", "norms"),
        ("plot_gradient_paths", "full"),
        ("decay_rate", "norms"),
        ("horizon", "norms"),
        ("gradient_across_lag", "norms"),
        ("gradient_noise", "norms"),
        ("gradient_paths", "full"),
        ("gradient_reach", "norms"),
        ("underflow_fraction", "norms"),
    ],
)
def test_what_needs_gradients_says_how_to_record_them(tree, name, detail):
    with pytest.raises(
        BadRecording, match=rf"made with detail='forward', without gradients \(use detail='{detail}'\)"
    ):
        getattr(gv, name)(tree)
