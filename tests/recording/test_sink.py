"""A recording in memory."""

from dataclasses import replace

import numpy as np
import pytest

from gradviz.recording.sink import MemorySink


def test_what_it_holds(record):
    sink = MemorySink(metadata={"seed": 3}, torch_version="9")
    assert sink.empty
    assert (sink.steps, sink.nbytes) == (set(), 0)
    one, other = record(4), record(7, module="b", times=5)
    sink.add(one)
    sink.add(other)
    expected = sum(values.nbytes for each in (one, other) for values in each.variables.values())
    assert (sink.empty, sink.steps, sink.nbytes) == (False, {4, 7}, expected)
    tree = sink.tree()
    assert list(tree.children) == ["lstm", "b"]
    assert (tree.attrs["seed"], tree.attrs["torch"]) == (3, "9")


def test_what_was_cleared_is_remembered(record):
    sink = MemorySink()
    sink.add(record(4))
    sink.add_metrics(np.int64(4), {"loss": 2})
    sink.clear()
    assert (sink.empty, sink.steps, sink.nbytes) == (True, set(), 0)
    assert not sink.tree().children
    assert not sink.tree().data_vars
    with pytest.raises(ValueError, match="'lstm' was recorded twice in step 4, call 0"):
        sink.add(record(4))
    with pytest.raises(ValueError, match="cell of module 'lstm' changed from 'gru' to 'lstm'; a"):
        sink.add(record(5, cell="lstm"))
    sink.add(record(4, call=1))
    sink.add(record(4, module="b"))
    assert list(sink.tree().children) == ["lstm", "b"]


def test_metrics_alone(record):
    sink = MemorySink()
    sink.add_metrics(0, {})
    assert sink.empty
    sink.add_metrics(np.int64(2), {"loss": np.float32(0.5), "mine": 1})
    sink.add_metrics(3, {"loss": 0.25})
    assert not sink.empty
    assert sink.steps == set()
    tree = sink.tree()
    assert tree["iteration"].values.tolist() == [2, 3]
    assert tree["loss"].values.tolist() == [0.5, 0.25]
    np.testing.assert_array_equal(tree["mine"], [1, np.nan])


def test_a_module_and_a_metric_cannot_have_one_name(record):
    sink = MemorySink()
    sink.add(record(0, module="a"))
    with pytest.raises(ValueError, match="a metric cannot be called 'a': a recurrent module has that name"):
        sink.add_metrics(0, {"a": 1.0})
    sink.add_metrics(0, {"b": 1.0})
    with pytest.raises(ValueError, match="a metric cannot be called 'b'"):
        sink.add(replace(record(0), module="b"))
    assert sink.nbytes == sum(values.nbytes for values in record(0).variables.values())
    assert list(sink.tree().children) == ["a"]
    sink.add(replace(record(0), module="c"))


def test_one_wrong_metric_adds_none(record):
    sink = MemorySink()
    with pytest.raises(TypeError, match="metric 'bad' is 'x'; expected one number"):
        sink.add_metrics(0, {"loss": 1.0, "bad": "x"})
    assert sink.empty
    sink.close()
