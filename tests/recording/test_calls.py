"""A module called several times in a step: the dim ``call`` when built, merged, saved and loaded."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.merge import merge
from gradviz.recording.parts import Limits, PartWriter
from gradviz.recording.save import save
from gradviz.recording.sink import MemorySink


def values(ds, **where):
    return ds[v.LOG10_GRAD_H].isel(layer=0, direction=0).sel(**where).values.tolist()


def test_without_a_second_call_there_is_no_dim(record):
    ds = build_dataset([record(0), record(1)])
    assert "call" not in ds.variables
    for name, variable in ds.data_vars.items():
        assert variable.dims == v.VARIABLES[name].dims


def test_calls_of_other_lengths_and_samples(record):
    records = [
        record(4, times=1, samples=(0,)),
        record(0, times=1, samples=(0, 2), call=1),
        record(0, times=2, samples=(0, 5)),
    ]
    ds = build_dataset(records, {"loss": {0: 3.0, 4: 2.0}})
    for name in set(ds.data_vars) - {"loss"}:
        assert ds[name].dims == ("step", "call", *v.VARIABLES[name].dims[1:])
    assert ds["loss"].dims == ("step",)
    assert ds["call"].values.tolist() == [0, 1]
    assert ds["call"].attrs == {"long_name": "call within the training step", "units": "1"}
    assert ds["sample"].values.tolist() == [0, 2, 5]
    nan = np.nan
    np.testing.assert_array_equal(values(ds, step=0, call=0), [[0, nan, 1], [2, nan, 3]])
    np.testing.assert_array_equal(values(ds, step=0, call=1), [[50, 51, nan], [nan, nan, nan]])
    np.testing.assert_array_equal(values(ds, step=4, call=0), [[400, nan, nan], [nan, nan, nan]])
    assert np.isnan(values(ds, step=4, call=1)).all()


def test_calls_are_labelled_from_0_even_if_the_first_was_not_recorded(record):
    ds = build_dataset([record(0, call=2), record(1, call=2)])
    assert ds["call"].values.tolist() == [0, 1, 2]
    assert np.isnan(ds[v.LOG10_GRAD_H].sel(call=[0, 1])).all()
    assert values(ds, step=1, call=2)[0] == [200, 201]


def test_a_piece_without_calls_is_call_0(record, recording):
    for pieces in (
        ([record(0)], [record(1), record(1, call=1)]),
        ([record(0), record(0, call=1)], [record(1)]),
    ):
        merged = merge([recording(*piece) for piece in pieces])["lstm"].to_dataset()
        assert merged["loss"].dims == ("step",)
        assert [values(merged, step=s, call=0)[0] for s in (0, 1)] == [[0, 1], [100, 101]]
        with_two = int(len(pieces[1]) == 2)
        assert values(merged, step=with_two, call=1)[0] == [100 * with_two + 50, 100 * with_two + 51]
        assert np.isnan(values(merged, step=1 - with_two, call=1)).all()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    there=st.dictionaries(
        st.tuples(st.integers(0, 3), st.integers(0, 2)),
        st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2)),
        min_size=1,
        max_size=8,
    ),
)
def test_any_split_of_the_records_merges_to_the_whole(record, there):
    """Even calls of one step may be in different pieces."""
    records, pieces = [], {}
    for (step, call), (times, samples, piece) in there.items():
        records.append(record(step, times=times, samples=range(samples), call=call))
        pieces.setdefault(piece, []).append(records[-1])
    root = {"gradviz_format": 1}
    trees = [assemble({"lstm": build_dataset(piece)}, xr.Dataset(), root) for piece in pieces.values()]
    xr.testing.assert_identical(
        merge(trees)["lstm"].to_dataset(),
        build_dataset(records),
    )


@pytest.mark.parametrize("limits", [Limits(steps=1), Limits()])
def test_calls_come_back_from_disk(record, tmp_path, limits):
    writer, memory = PartWriter(tmp_path, limits=limits), MemorySink()
    for step, calls in enumerate([1, 3, 2]):
        for sink in (writer, memory):
            for call in range(calls):
                sink.add(record(step, times=4 - call, call=call))
            sink.add_metrics(step, {"loss": step})
    expected = memory.tree()["lstm"].to_dataset()
    assert expected.sizes["call"] == 3
    if limits.steps == 1:
        found = gv.load(tmp_path)["lstm"].to_dataset()  # from parts, the first of which has no second call
        assert found.sizes["step"] == 3
        xr.testing.assert_identical(found, expected)
    xr.testing.assert_identical(writer.tree()["lstm"].to_dataset(), expected)
    writer.close()
    xr.testing.assert_identical(gv.load(tmp_path)["lstm"].to_dataset(), expected)
    xr.testing.assert_identical(
        gv.load(save(memory.tree(), tmp_path / "x.nc"))["lstm"].to_dataset(), expected
    )


def test_a_call_is_recorded_once_and_its_name_is_reserved(record):
    sink = MemorySink()
    sink.add(record(0, call=1))
    sink.add(record(0))
    with pytest.raises(ValueError, match="'lstm' was recorded twice in step 0, call 1"):
        sink.add(record(0, call=1))
    with pytest.raises(ValueError, match="a metric cannot be called 'call'"):
        sink.add_metrics(0, {"call": 1})
