"""Facts about a call that change from step to step: in memory, in parts, merged and resumed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.record import record_into
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_facts import last_fact, with_recorded_samples
from gradviz.recording.merge import merge
from gradviz.recording.parts import Limits, PartWriter, keep_parts
from gradviz.recording.sink import MemorySink
from gradviz.recording.validate import validate_dataset
from gradviz.recording.writer_lock import LOCK

NAN = np.nan
SIZES = [(5, 3), (9, 4), (3, 2)]  # length, batch


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.GRU(2, 3, batch_first=True)


def take_steps(model, tape, sizes):
    for length, batch in sizes:
        model(torch.ones(batch, length, 2))[0].sum().backward()
        tape.step(0.0)


def of_sizes(record, *calls):
    """Records of a gru: (step, call, length, batch) each."""
    return [
        replace(
            record(step, times=length, call=call),
            attributes={v.DETAIL: "norms", v.LENGTH: length, v.BATCH_SIZE: batch},
        )
        for step, call, length, batch in calls
    ]


def check(dataset):
    assert dataset[v.LENGTH].dims == dataset[v.BATCH_SIZE].dims == ("step",)
    assert dataset[v.LENGTH].values.tolist() == [5, 9, 3]
    assert dataset[v.BATCH_SIZE].values.tolist() == [3, 4, 2]
    assert dataset[v.LENGTH].attrs == {
        "long_name": "time steps of the longest sequence",
        "units": "time steps",
    }
    assert v.LENGTH not in dataset.attrs
    assert v.BATCH_SIZE not in dataset.attrs
    assert dataset.attrs[v.HIDDEN_SIZE] == 3
    validate_dataset(dataset)


def test_lengths_that_change_in_memory(model, tmp_path):
    with gv.record(model) as tape:
        take_steps(model, tape, SIZES)
    check(tape.dataset)
    tape.save(tmp_path / "x.nc")
    xr.testing.assert_identical(gv.load(tmp_path / "x.nc")["gru"].to_dataset(inherit=False), tape.dataset)


def test_while_a_step_is_running_its_length_is_there(model):
    with gv.record(model) as tape:
        take_steps(model, tape, SIZES[:2])
        model(torch.ones(2, 3, 2))[0].sum().backward()
        check(tape.dataset)


def test_lengths_that_change_in_parts_and_after_a_resume(model, tmp_path):
    def writer(finished):
        return PartWriter(tmp_path, limits=Limits(steps=1), finished=finished)

    first = writer(0)
    with record_into(first, model) as tape:
        take_steps(model, tape, SIZES[:2])
    first.flush()
    first.flush()  # the session ends here, without close
    assert first.finished == 2
    found = gv.load(tmp_path)["gru"]
    assert found[v.LENGTH].values.tolist() == [5, 9]
    assert v.LENGTH not in found.attrs
    (tmp_path / LOCK).unlink()
    keep_parts(tmp_path, 2)
    second = writer(2)
    with record_into(second, model, first_step=2) as tape:
        take_steps(model, tape, SIZES[2:])
    check(tape.dataset)
    second.close()
    check(gv.load(tmp_path)["gru"].to_dataset(inherit=False))


def test_lengths_that_change_between_merged_recordings(record):
    pieces = []
    for calls in ([(0, 0, 5, 3)], [(1, 0, 9, 4), (2, 0, 3, 2)]):
        sink = MemorySink()
        for one in of_sizes(record, *calls):
            sink.add(replace(one, attributes={**one.attributes, v.HIDDEN_SIZE: 3}))
        pieces.append(sink.tree())
    assert pieces[0]["lstm"].attrs[v.LENGTH] == 5
    check(merge(pieces)["lstm"].to_dataset(inherit=False))


def test_what_is_the_same_in_all_steps_is_an_attribute_too(record):
    dataset = build_dataset(of_sizes(record, (0, 0, 5, 3), (1, 0, 5, 4)))
    assert dataset.attrs[v.LENGTH] == 5
    assert dataset[v.LENGTH].values.tolist() == [5, 5]
    assert v.BATCH_SIZE not in dataset.attrs


def test_two_calls_of_different_lengths_in_one_step(model):
    with gv.record(model) as tape:
        first, second = torch.ones(3, 5, 2), torch.ones(4, 9, 2)
        (model(first)[0].sum() + model(second)[0].sum()).backward()
        tape.step(0.0)
        model(torch.ones(2, 3, 2))[0].sum().backward()
        tape.step(0.0)
    dataset = tape.dataset
    assert dataset[v.LENGTH].dims == ("step", "call")
    np.testing.assert_array_equal(dataset[v.LENGTH], [[5, 9], [3, NAN]])
    np.testing.assert_array_equal(dataset[v.BATCH_SIZE], [[3, 4], [2, NAN]])
    assert dataset["loss"].dims == ("step",)
    assert v.LENGTH not in dataset.attrs
    validate_dataset(dataset)


def test_a_piece_without_a_second_call_gets_the_dim(record):
    pieces = []
    for calls in ([(0, 0, 5, 3)], [(1, 0, 9, 4), (1, 1, 3, 2)]):
        sink = MemorySink()
        for one in of_sizes(record, *calls):
            sink.add(one)
        pieces.append(sink.tree())
    merged = merge(pieces)["lstm"].to_dataset(inherit=False)
    np.testing.assert_array_equal(merged[v.LENGTH], [[5, NAN], [9, 3]])
    validate_dataset(merged)


def test_what_counts_for_a_whole_step_has_no_calls(record):
    records = of_sizes(record, (0, 0, 5, 3), (1, 0, 9, 4), (1, 1, 3, 2))
    for one in records[1:]:
        one.variables[v.CALLS_WITHOUT_GRADIENT] = np.array(6)
    dataset = build_dataset(records)
    assert dataset[v.CALLS_WITHOUT_GRADIENT].dims == ("step",)
    np.testing.assert_array_equal(dataset[v.CALLS_WITHOUT_GRADIENT], [NAN, 6])
    validate_dataset(dataset)


@pytest.mark.parametrize("name", [v.LENGTH, v.BATCH_SIZE, v.CALLS_WITHOUT_GRADIENT])
def test_a_metric_cannot_have_the_name_of_a_fact(name):
    with pytest.raises(ValueError, match=f"a metric cannot be called '{name}'"):
        MemorySink().add_metrics(0, {name: 1})


def test_the_last_fact(record):
    dataset = build_dataset(of_sizes(record, (0, 0, 5, 3), (1, 0, 9, 4), (0, 1, 3, 2)))
    assert last_fact(dataset, v.LENGTH, 0) == 9  # the second call of the last step is missing
    assert last_fact(dataset.sel(step=0), v.LENGTH, 0) == 3
    assert last_fact(dataset.sel(step=1, call=0), v.BATCH_SIZE, 0) == 4
    former = dataset.drop_vars(v.LENGTH)
    assert last_fact(former, v.LENGTH, 7) == 7
    assert last_fact(former.assign_attrs({v.LENGTH: 6}), v.LENGTH, 7) == 6


def test_sequences_of_other_steps_are_left_out(record):
    dataset = build_dataset([record(0, samples=(0, 2)), record(1, samples=(1, 2, 3)), record(2, fill=NAN)])
    for steps, samples in (([0], [0, 2]), ([1], [1, 2, 3]), ([0, 1], [0, 1, 2, 3])):
        assert with_recorded_samples(dataset.sel(step=steps))["sample"].values.tolist() == samples
    # a gradient that is not a number was recorded
    assert with_recorded_samples(dataset.sel(step=[2]))["sample"].values.tolist() == [0, 2]
    nothing = dataset.sel(step=[0]).where(False)
    assert with_recorded_samples(nothing).sizes["sample"] == 4
    assert with_recorded_samples(dataset.isel(sample=0)).identical(dataset.isel(sample=0))
