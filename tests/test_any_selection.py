"""Every public function of a recording takes any selection of it, or names the dim that it needs."""

import inspect
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from of_a_recording import FUNCTIONS, LAYERS

import gradviz as gv
from gradviz.errors import BadRecording, GradvizError

DIMS = ("step", "layer", "direction", "time", "sample", "unit", "gate", "path")
SELECTIONS = {
    "first": lambda ds, dim: ds.isel({dim: 0}),
    "last": lambda ds, dim: ds.isel({dim: -1}),
    "first, dropped": lambda ds, dim: ds.isel({dim: 0}, drop=True),
    "list": lambda ds, dim: ds.isel({dim: [0]}),
    "slice": lambda ds, dim: ds.isel({dim: slice(1, None)}),
    "nothing": lambda ds, dim: ds.isel({dim: []}),
    "boolean": lambda ds, dim: ds.isel({dim: np.arange(ds.sizes[dim]) % 2 == 0}),
    "label": lambda ds, dim: ds.sel({dim: ds[dim].values[-1]}),
    "mean": lambda ds, dim: ds.mean(dim, keep_attrs=True),
}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def record(cell, x, *, detail="full", steps=2):
    torch.manual_seed(1)
    model = LAYERS[cell](2, 4, num_layers=2, bidirectional=True, batch_first=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with gv.record(model, detail=detail, optimizer=optimizer, samples=None) as tape:
        for _ in range(steps):
            optimizer.zero_grad()
            output = model(x)[0]
            loss = output[:, -1].square().sum()
            loss.backward()
            optimizer.step()
            tape.step(loss, output=output[:, -1, :1], target=x[:, 0, :1])
    return tape.tree


@cache
def whole(cell):
    torch.manual_seed(0)
    return record(cell, torch.randn(3, 5, 2))


def dataset(cell):
    (module,) = whole(cell).children.values()
    return module.to_dataset(inherit=False).assign(grad_norm=("step", [2.0, 1.0]))


def call(name, data):
    function = getattr(gv, name)
    if name == "figure_comparison":
        return function({"one": data}, title="a title")
    options = {"lag": 2} if inspect.signature(function).parameters.get("lag") else {}
    if name == "clipping":
        options["clip_norm"] = 1.5
    if name == "plot_text":
        options["text"] = "abcde"[: data.sizes.get("time", 1)]
    return function(data, **options)


def seen(result):
    """What can be compared of a result: numbers, or what is drawn."""
    if isinstance(result, xr.Dataset):
        return {name: values.values.squeeze().tolist() for name, values in result.data_vars.items()}
    if isinstance(result, Axes | plt.Figure):
        axes = result.get_figure().axes if isinstance(result, Axes) else result.axes
        drawn = [(ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), len(ax.get_children())) for ax in axes]
        images = [np.ma.filled(image.get_array(), np.nan).tolist() for ax in axes for image in ax.images]
        lines = [np.asarray(line.get_ydata(), dtype=float).tolist() for ax in axes for line in ax.lines]
        return [drawn, images, lines]
    return str(result)


def outcome(name, data):
    """What a function returns or the type and the text of its own error; any other error fails the test."""
    try:
        return seen(call(name, data)), None
    except GradvizError as error:
        return None, error
    finally:
        plt.close("all")


def check(name, cell, dim, how):
    full = dataset(cell)
    if dim not in full.dims:
        return
    part = SELECTIONS[how](full, dim)
    result, error = outcome(name, part)
    if error is not None and outcome(name, full)[1] is None:  # the selection is to blame
        assert isinstance(error, BadRecording)
        told = f"dim {dim!r}" in str(error) or f"no {dim} " in str(error) or f"along {dim!r}" in str(error)
        assert told or (dim == "time" and " steps" in str(error)), error
    if how == "nothing":
        assert error is not None
    if how in ("first", "list"):
        other, other_error = outcome(name, SELECTIONS["list" if how == "first" else "first"](full, dim))
        np.testing.assert_equal(result, other)
        assert type(error) is type(other_error)


def test_every_function_of_a_recording_is_tried():
    for name in FUNCTIONS:
        function = getattr(gv, name)
        assert name == "diagnose" or hasattr(function, "__wrapped__"), f"{name} lacks @takes_any_selection"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_done_first(name):
    for dim, how in [("sample", "first"), ("sample", "mean"), ("step", "last"), ("gate", "list")]:
        check(name, "lstm", dim, how)


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(FUNCTIONS),
    cell=st.sampled_from(sorted(LAYERS)),
    dim=st.sampled_from(DIMS),
    how=st.sampled_from(sorted(SELECTIONS)),
)
def test_any_selection(name, cell, dim, how):
    check(name, cell, dim, how)


@pytest.mark.slow
@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_selections(name, cell):
    for dim in DIMS:
        for how in SELECTIONS:
            check(name, cell, dim, how)


@pytest.mark.parametrize("name", ["horizon", "decay_rate", "gradient_reach", "gradient_paths"])
def test_one_sequence_is_measured_as_if_it_were_recorded_alone(name):
    torch.manual_seed(0)
    x = torch.randn(3, 9, 2, dtype=torch.float32)
    (batch,) = record("gru", x, steps=1).children.values()
    (alone,) = record("gru", x[:1], steps=1).children.values()
    chosen = call(name, batch.to_dataset().isel(sample=0))
    expected = call(name, alone.to_dataset())
    for variable in expected.data_vars:
        if expected[variable].dtype.kind == "f":
            np.testing.assert_allclose(
                chosen[variable].values.squeeze(), expected[variable].values.squeeze(), rtol=1e-3, atol=1e-4
            )


def test_a_tree_of_selections_and_one_module_of_it():
    tree = whole("lstm")
    (name,) = tree.children
    chosen = tree.map_over_datasets(lambda ds: ds.isel(sample=0, missing_dims="ignore"))
    first = tree.children[name].to_dataset(inherit=False).isel(sample=[0])
    np.testing.assert_equal(seen(gv.horizon(chosen)), seen(gv.horizon(first)))
    np.testing.assert_equal(seen(gv.horizon(chosen[name])), seen(gv.horizon(first)))
    assert gv.diagnose(chosen).kinds == gv.diagnose(chosen[name]).kinds
    assert gv.horizon(chosen)["horizon"].dims == ("step", "layer", "direction")


def test_a_mean_over_a_dim_that_is_needed():
    with pytest.raises(BadRecording, match="plot_gate_heatmap needs the dim 'time', which was averaged away"):
        gv.plot_gate_heatmap(dataset("lstm").mean("time", keep_attrs=True))
    with pytest.raises(BadRecording, match="diagnose needs the dim 'time'"):
        gv.diagnose(dataset("lstm").mean("time", keep_attrs=True))


def test_a_mean_over_sequences_has_no_sequence_in_its_title():
    ax = gv.plot_gate_heatmap(dataset("lstm").mean("sample", keep_attrs=True))
    assert ax.get_title() == "forget gate at training step 1\nforward"
    ax = gv.plot_gate_heatmap(dataset("lstm").mean("step", keep_attrs=True))
    assert ax.get_title() == "forget gate sequence 0\nforward"


def test_only_the_reverse_direction():
    full = dataset("gru")
    one, listed = full.sel(direction="reverse"), full.sel(direction=["reverse"])
    np.testing.assert_equal(seen(gv.plot_gradient_norms(one)), seen(gv.plot_gradient_norms(listed)))


def test_several_recordings_are_not_one():
    parts = [dataset("lstm").isel(step=step) for step in (0, 1)]
    with pytest.raises(
        BadRecording, match=r"'step' differs along the dim 'run'; select one with isel\(run=0\)"
    ):
        gv.horizon(xr.concat(parts, "run"))
    same = xr.concat([parts[0]] * 2, "run", coords="minimal")
    assert gv.horizon(same.isel(run=0))["horizon"].dims == ("layer", "direction")


def test_the_recording_may_be_given_by_name():
    part = dataset("lstm").isel(sample=0)
    np.testing.assert_equal(seen(gv.horizon(data=part)), seen(gv.horizon(part)))


def test_nothing_changes_in_the_recording():
    part = dataset("lstm").isel(step=0, sample=0)
    before = part.copy(deep=True)
    gv.horizon(part), gv.plot_gradient_norms(part), gv.diagnose(part)
    assert part.identical(before)
