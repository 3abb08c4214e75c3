"""Every measure takes the sequences of all calls in a step together, or those of one call."""

import inspect
import time

import numpy as np
import pytest
import xarray as xr
from invented import recording

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.cell_descriptions import CELLS
from gradviz.errors import BadRecording
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord

TIMES, SAMPLES = (6, 4), (3, 2)
SIZES = {"layer": 2, "direction": 1, "unit": 5}
OF_WHOLE_RUN = {"clipping", "finite_losses", "replay_error", "scalars"}
OF_TWO_MODULES = {"lag_across", "gradient_along_path"}
OF_TRAINING = {  # one value a training step, whatever the calls in it
    "batch_variation",
    "divergence",
    "forgotten_steps",
    "gradients_not_zeroed",
    "loss_course",
    "loss_mistakes",
    "parameters_not_in_optimizer",
    "recurrent_weight_size",  # of the weights, which all calls share
    "scrambled_input",
    "scrambled_state",
    "steps_from_one_state",
    "undetached_steps",
    "update_size",
}
MEASURES = sorted(
    name
    for name, home in gv._HOME_OF.items()
    if home.startswith("gradviz.measures") and name not in OF_WHOLE_RUN | OF_TWO_MODULES | OF_TRAINING
)


def variables(cell, times, samples, rng):
    """Random values of everything that is recorded of a call; without the dim step."""
    described = CELLS[cell]
    sizes = {**SIZES, "time": times, "sample": samples}
    sizes |= {"gate": len(described.gates), "path": len(described.paths)}
    found = {}
    for name, variable in v.VARIABLES.items():
        if variable.dims == (v.STEP,):  # the loss, and facts about the call
            continue
        values = rng.uniform(0, 1, [sizes[dim] for dim in variable.dims[1:]])
        found[name] = -9 * values if name.startswith("log10") else values
    found[v.UNDERFLOW] = (found[v.UNDERFLOW] > 0.5).astype(float)
    found[v.CUT] = (found[v.CUT] > 0.7).astype(float)
    found[v.LOG10_GRAD_H][..., 1, 0] = -np.inf  # its output was thrown away
    found[v.LOG10_GRAD_H_DIRECT][..., : times // 2, 0] = -np.inf
    found[v.LOG10_GRAD_C][..., 0, -1] = -np.inf
    for left, right in ((v.GATE_LEFT, v.GATE_RIGHT), (v.UNIT_LEFT, v.UNIT_RIGHT)):
        found[left], found[right] = found[left] / 2, found[right] / 2
        found[left][..., 0] = 1.0
        found[right][..., 0] = 0.0
    return found


def two_calls(cell="lstm", steps=(0, 5)):
    return build_dataset(
        [
            CallRecord(
                step,
                "recurrent",
                cell,
                np.arange(SAMPLES[call]),
                variables(cell, TIMES[call], SAMPLES[call], np.random.default_rng([step, call])),
                0.0,
                {"detail": "full"},
                call,
            )
            for step in steps
            for call in (0, 1)
        ]
    )


def as_one_batch(ds, cell):
    """The same sequences as those of a single call, put together by numpy."""
    found = {}
    for name, values in ds.data_vars.items():
        dims = [dim for dim in values.dims if dim != "call"]
        first, second = (values.isel(call=call).transpose(*dims).values.astype(float) for call in (0, 1))
        if "sample" in dims:
            axis = dims.index("sample")
            found[name] = np.concatenate([first, second.take([0, 1], axis=axis)], axis=axis)
        elif name == v.INPUT_SPREAD:  # two pairs of neighbours and one
            found[name] = np.where(np.isnan(second), first, (2 * first + second) / 3)
        elif "time" in dims:
            found[name] = np.where(np.isnan(second), first, (3 * first + 2 * second) / 5)
        elif "unit" in dims:
            found[name] = (18 * first + 8 * second) / 26  # time steps of all sequences
        else:
            found[name] = (first + second) / 2
    whole = recording(cell, detail="full", **found)
    return whole.assign_coords(step=ds["step"].values)


def assert_same(found, expected):
    assert set(found.data_vars) == set(expected.data_vars)
    for name in found.data_vars:
        assert found[name].dims == expected[name].dims
        if found[name].dtype.kind in "UO":
            np.testing.assert_array_equal(found[name], expected[name])
        else:
            np.testing.assert_allclose(found[name], expected[name], rtol=2e-5, atol=1e-6, err_msg=name)


def cell_of(name):
    return "rnn_relu" if name == "dead_units" else "lstm"


@pytest.mark.parametrize("name", MEASURES)
def test_all_calls_are_one_batch(name):
    measure, ds = getattr(gv, name), two_calls(cell_of(name))
    found = measure(ds)
    assert_same(found, measure(as_one_batch(ds, cell_of(name))))
    assert any(not found[each].isnull().all() for each in found.data_vars)
    tree = xr.DataTree.from_dict({"/recurrent": ds})
    assert_same(measure(tree), found)


@pytest.mark.parametrize("name", MEASURES)
def test_one_call_is_that_call_alone(name):
    measure, ds = getattr(gv, name), two_calls(cell_of(name))
    second = measure(ds.sel(call=1))
    assert_same(measure(ds, call=1), second)
    alone = variables(cell_of(name), 4, 2, np.random.default_rng([5, 1]))
    alone = recording(cell_of(name), detail="full", **{key: each[None] for key, each in alone.items()})
    assert_same(
        measure(alone, call=0), measure(ds.isel(step=[1]).isel(time=slice(4), sample=slice(2)), call=1)
    )
    with pytest.raises(BadRecording, match=r"recording has no call 2; it has 0, 1$"):
        measure(ds, call=2)
    with pytest.raises(BadRecording, match=r"recording has no call 1; it has 0$"):
        measure(alone, call=1)


def test_every_measure_of_a_module_can_take_one_call():
    assert len(MEASURES) == 17
    for name in MEASURES:
        assert inspect.signature(getattr(gv, name)).parameters["call"].kind == inspect.Parameter.KEYWORD_ONLY


def test_sequences_keep_the_number_of_their_call():
    found = gv.horizon(two_calls())["horizon_of_sequence"]
    assert found["call"].values.tolist() == [0, 0, 0, 1, 1]
    assert found["sample_of_call"].values.tolist() == [0, 1, 2, 0, 1]


def test_many_calls_are_fast():
    values = np.linspace(-5, 0, 50)[None, None, :, None] * np.ones(8)
    records = [
        CallRecord(
            step,
            "recurrent",
            "rnn",
            np.arange(8),
            {"log10_grad_h": values, "gate_left": np.full((1, 1, 50, 1), 0.25)},
            0.0,
            {},
            call,
        )
        for step in range(3)
        for call in range(300)
    ]
    ds = build_dataset(records)
    start = time.perf_counter()
    found = gv.horizon(ds)
    saturated = gv.saturation(ds.assign(gate_right=ds["gate_left"]))
    assert time.perf_counter() - start < 5  # 0.1 s
    assert found["horizon_of_sequence"].sizes["sample"] == 2400
    np.testing.assert_allclose(saturated["left"], 0.25)
