"""The sequences of all calls as those of one call."""

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.pool_calls import pool_calls

NAN = np.nan


def of(*calls, cell="gru", step=0):
    """One step of calls; each is (samples, variables), the variables without the dim step."""
    return build_dataset(
        [
            CallRecord(step, "layer", cell, np.asarray(samples), variables, 0.0, {}, call)
            for call, (samples, variables) in enumerate(calls)
        ]
    )


def norms(times, samples, fill=0.0):
    return {"log10_grad_h": np.full((1, 1, times, samples), fill)}


def gates(times, fill):
    return {"gate_left": np.full((1, 1, times, 3), fill)}


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_two_calls_are_recorded_as_one_batch_of_all_sequences(kind):
    module = kind(3, 4, 2, bidirectional=True).double()
    a, b = torch.randn(7, 3, 3).double(), torch.randn(5, 2, 3).double()
    with gv.record(module, samples=None, detail="full") as two:
        (module(a)[0].square().sum() + module(b)[0].square().sum()).backward()
    together = torch.zeros(7, 5, 3).double()
    together[:, :3], together[:5, 3:] = a, b
    packed = pack_padded_sequence(together, torch.tensor([7, 7, 7, 5, 5]))
    with gv.record(module, samples=None, detail="full") as one:
        module(packed)[0].data.square().sum().backward()
    found, expected = pool_calls(two.dataset), one.dataset
    assert set(found.data_vars) == set(expected.data_vars)
    for name in set(found.data_vars) - {v.INPUT_SPREAD}:  # the neighbours are others
        assert found[name].dims == expected[name].dims
        assert found[name].dtype == expected[name].dtype
        assert found[name].attrs == expected[name].attrs
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-7, err_msg=str(name))
    np.testing.assert_array_equal(found[v.SAMPLE], expected[v.SAMPLE])


def test_labels_are_unique_and_the_origin_stays():
    ds = pool_calls(of(([0, 4], norms(3, 2, -1.0)), ([1, 4], norms(2, 2, -2.0))))
    assert ds["sample"].values.tolist() == [0, 4, 6, 9]  # the second call adds 5
    assert ds["call"].dims == ds["sample_of_call"].dims == ("sample",)
    assert ds["call"].values.tolist() == [0, 0, 1, 1]
    assert ds["sample_of_call"].values.tolist() == [0, 4, 1, 4]
    assert ds["sample_of_call"].attrs == {"long_name": "sequence in the batch of its call", "units": "1"}
    assert ds["call"].attrs == {"long_name": "call within the training step", "units": "1"}
    assert ds["sample"].attrs == {"long_name": "sequence in the batch", "units": "1"}
    assert set(ds.xindexes) == {"step", "layer", "direction", "time", "sample"}
    found = ds["log10_grad_h"].isel(step=0, layer=0, direction=0)
    np.testing.assert_array_equal(found.T, [[-1] * 3] * 2 + [[-2, -2, NAN]] * 2)


def test_calls_in_another_order_still_ascend():
    ds = of(([0, 1], norms(2, 2, -1.0)), ([0, 1], norms(2, 2, -2.0))).isel(call=[1, 0])
    found = pool_calls(ds)
    assert found["sample"].values.tolist() == [0, 1, 2, 3]
    assert found["log10_grad_h"].isel(time=0).values.ravel().tolist() == [-1, -1, -2, -2]


def test_only_sequences_that_no_step_recorded_are_left_out():
    both = build_dataset(
        [
            CallRecord(0, "layer", "gru", np.array([0, 1]), norms(2, 2), 0.0),
            CallRecord(1, "layer", "gru", np.array([0, 1]), norms(2, 2), 0.0),
            CallRecord(1, "layer", "gru", np.array([1]), norms(2, 1), 0.0, {}, 1),
        ]
    )
    found = pool_calls(both)
    assert found["sample"].values.tolist() == [0, 1, 3]
    assert found["log10_grad_h"].isel(step=0).notnull().any("time").values.ravel().tolist() == [1, 1, 0]
    nothing = xr.full_like(both, NAN)
    assert pool_calls(nothing).sizes["sample"] == 4


def test_fractions_are_weighted_with_the_sequences_of_each_call():
    found = pool_calls(
        of(
            ([0, 1, 2], {**norms(3, 3), **gates(3, 0.2), "unit_left": np.full((1, 1, 3, 2), 0.25)}),
            ([0], {**norms(2, 1), **gates(2, 0.6), "unit_left": np.full((1, 1, 3, 2), 0.75)}),
        )
    )
    np.testing.assert_allclose(found["gate_left"].isel(gate=0).values.ravel(), [0.3, 0.3, 0.2])
    np.testing.assert_allclose(found["unit_left"], (9 * 0.25 + 2 * 0.75) / 11)  # 3 x 3 and 1 x 2 time steps


def test_sequences_without_gradient_count_by_their_states():
    nothing = {"log10_grad_h": np.full((1, 1, 2, 3), NAN), "state_h": np.ones((1, 1, 2, 3))}
    found = pool_calls(of(([0], {**norms(2, 1), **gates(2, 0.1)}), ([0, 1, 2], {**nothing, **gates(2, 0.5)})))
    np.testing.assert_allclose(found["gate_left"], 0.4)


def test_calls_weigh_the_same_where_the_sequences_are_not_known():
    ds = of(([0], gates(2, 0.2)), ([0], gates(2, 0.6)))
    np.testing.assert_allclose(pool_calls(ds)["gate_left"], 0.4)
    diverged = of(([0], {**norms(2, 1, NAN), **gates(2, 0.2)}), ([0], {**norms(2, 1, NAN), **gates(2, 0.6)}))
    np.testing.assert_allclose(pool_calls(diverged)["gate_left"], 0.4)


def test_a_missing_call_does_not_count():
    ds = of(([0], {**norms(2, 1), **gates(2, 0.2)}), ([0], norms(2, 1)))
    np.testing.assert_allclose(pool_calls(ds)["gate_left"], 0.2)
    first, second = gates(2, NAN), gates(2, NAN)
    neither = of(([0], {**norms(2, 1), **first}), ([0], {**norms(2, 1), **second}))
    assert pool_calls(neither)["gate_left"].isnull().all()


def test_the_spread_of_the_input_is_weighted_with_pairs():
    spread = [{"input_spread": np.full(2, value)} for value in (1.0, 4.0, NAN)]
    ds = of(
        ([0, 1, 2], {**norms(2, 3), **spread[0]}),
        ([0, 1], {**norms(2, 2), **spread[1]}),
        ([0], {**norms(2, 1), **spread[2]}),
    )
    np.testing.assert_allclose(pool_calls(ds)["input_spread"], [[(2 * 1 + 4) / 3] * 2])


def test_weights_of_the_module_are_averaged_and_metrics_stay():
    radius = [{"spectral_radius": np.full((1, 1, 3), value)} for value in (1.0, 2.0)]
    ds = of(([0, 1], {**norms(2, 2), **radius[0]}), ([0], {**norms(2, 1), **radius[1]}))
    found = pool_calls(ds.assign(loss=("step", [7.0])).assign_attrs(module="mine"))
    np.testing.assert_allclose(found["spectral_radius"], 1.5)
    assert found["loss"].dims == ("step",)
    assert found["loss"].item() == 7
    assert found.attrs["module"] == "mine"


def test_a_sequence_that_was_selected_becomes_one_for_each_call():
    ds = of(([0, 1], norms(2, 2, -1.0)), ([0, 1], norms(2, 2, -2.0)))
    found = pool_calls(ds.sel(sample=1))
    assert found["log10_grad_h"].dims == ("step", "layer", "direction", "time", "sample")
    assert found["sample_of_call"].values.tolist() == [1, 1]
    assert found["log10_grad_h"].isel(time=0).values.ravel().tolist() == [-1, -2]


@pytest.mark.parametrize("called", [True, False])
def test_variables_that_describe_sequences_or_the_step(monkeypatch, called):
    """Those of the vocabulary that have other dims; the step's facts may have a call or not."""
    for name, dims in {
        "log10_grad_state": ("step", "layer", "direction", "time", "sample"),
        "cut": ("step", "layer", "direction", "time", "sample"),
        "time_offset": ("step", "sample"),
        "length": ("step",),
        "batch_size": ("step",),
        "calls_without_gradient": ("step",),
    }.items():
        monkeypatch.setitem(v.VARIABLES, name, v.Variable(dims, name, "1"))
    ds = of(([0, 1], norms(3, 2)), ([0], norms(2, 1)))
    per_call = ("step", "call") if called else ("step",)
    ds = ds.assign(
        log10_grad_state=ds["log10_grad_h"] - 1,
        cut=(ds["log10_grad_h"] * 0 + 1).where(ds["time"] == 1, 0 * ds["log10_grad_h"]),
        time_offset=((*per_call, "sample"), [[[3, 4], [5, 6]]] if called else [[3, 4]]),
        length=(per_call, [[3, 2]] if called else [3]),
        batch_size=(per_call, [[8, 5]] if called else [8]),
        calls_without_gradient=(per_call, [[1, 1]] if called else [1]),
    )
    found = pool_calls(ds)
    np.testing.assert_array_equal(found["log10_grad_state"].isel(time=2).values.ravel(), [-1, -1, NAN])
    np.testing.assert_array_equal(found["cut"].isel(sample=2).values.ravel(), [0, 1, NAN])
    assert found["time_offset"].values.tolist() == [[3, 4, 5] if called else [3, 4, 3]]
    assert found["length"].values.tolist() == [3]
    assert found["batch_size"].values.tolist() == [13 if called else 8]
    assert found["calls_without_gradient"].values.tolist() == [1]
    assert set(found["cut"].dims) == set(v.VARIABLES["cut"].dims)


def test_a_mean_of_whole_numbers_need_not_be_one():
    ds = of(([0, 1], norms(2, 2)), ([0], norms(2, 1)))
    ds = ds.assign(input_scrambled=(("step", "call"), np.array([[0, 1]])))
    assert pool_calls(ds)["input_scrambled"].values.tolist() == [0.5]


def test_one_sequence_has_no_pairs():
    """Its call does not count, even if it has a number for the spread."""
    ds = of(
        ([0, 1, 2], {**norms(2, 3), "input_spread": np.full(2, 3.0)}),
        ([0], {**norms(2, 1), "input_spread": np.full(2, 9.0)}),
    )
    np.testing.assert_allclose(pool_calls(ds)["input_spread"], 3.0)


def test_a_selected_sequence_that_one_call_lacks_is_left_out():
    ds = of(([0, 1], norms(2, 2, -1.0)), ([0], norms(2, 1, -2.0)))
    found = pool_calls(ds.isel(sample=1))
    assert found["call"].values.tolist() == [0]
    assert found["sample_of_call"].values.tolist() == [1]
    assert found["sample"].values.tolist() == [1]
    assert found["log10_grad_h"].values.ravel().tolist() == [-1, -1]


def test_a_call_whose_sequences_are_not_known_does_not_count_beside_one_that_is():
    ds = of(([0], {**norms(2, 1), **gates(2, 0.2)}), ([0], {**norms(2, 1, NAN), **gates(2, 0.6)}))
    np.testing.assert_allclose(pool_calls(ds)["gate_left"], 0.2)


def test_a_selected_time_step_is_weighted_as_all_are():
    ds = of(([0, 1, 2], {**norms(3, 3), **gates(3, 0.2)}), ([0], {**norms(2, 1), **gates(2, 0.6)}))
    for time, expected in ((0, 0.3), (2, 0.2)):
        np.testing.assert_allclose(pool_calls(ds.isel(time=time))["gate_left"], expected)
