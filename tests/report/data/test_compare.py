"""Several runs on one page: names, budgets, and text that cannot leave the script."""

import json
import random
import time
import warnings

import numpy as np
import pytest
from hostile import recordings as hostile
from hypothesis import given, settings
from hypothesis import strategies as st
from recording.written_parts import write
from report.data.made import call_record, large, module, recording, two_modules

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.recording.parts import Limits, PartWriter
from gradviz.recording.validate import validate_tree
from gradviz.report.data.compare import PAGE_BYTES, distinct_names, page_data
from gradviz.report.data.json_size import json_size
from gradviz.report.data.typed import read_typed
from gradviz.report.page.html_page import json_for_script


def script(runs, **options):
    return json.loads(json_for_script(page_data(runs, **options).to_json()))


def test_ten_runs_of_other_shapes():
    runs = [
        recording((0, 5), cell="rnn", times=1, units=1),
        recording((3,), cell="gru", times=11, units=2),
        recording((0, 10), full=False),
        recording((0, 1), cell="rnn_relu", times=3),
        recording((0, 1), layers=3, directions=2),
        two_modules(module((0, 1)), module((5,), cell="gru", times=20)),
        recording((0, 2), loss=[]),
        recording((0, 1), attributes={"text": "abcdef"}),
        recording((7,), samples=5, name="other"),
        type(recording((0,)))(),
    ]
    found = script([("run", tree) for tree in runs])
    assert found["format"] == 1
    assert [run["name"] for run in found["runs"]] == ["run", *(f"run ({n})" for n in range(2, 11))]
    assert [len(run["places"]) for run in found["runs"]] == [1, 1, 1, 1, 6, 2, 1, 1, 1, 0]
    assert {"log10_grad_h", "gates/sigmoid", "gates/tanh", "gates/relu", "curve/loss"} <= set(found["scales"])
    assert found["scales"]["time"] == {"low": 0.0, "high": 19.0, "kind": "linear", "extend": "neither"}
    assert [mark["code"] for mark in found["marks"]] == [250, 251, 252, 253, 254]


@pytest.mark.slow
def test_four_runs_of_200_by_200_take_less_than_twelve_megabytes():
    """The page itself takes three, so that less than nine are left; what was coarsened is said."""
    one = large()
    start = time.perf_counter()
    text = json_for_script(page_data([("one", one)] * 4).to_json())
    seconds = time.perf_counter() - start
    assert len(text) < PAGE_BYTES
    found = json.loads(text)["runs"][0]
    assert found["notes"][0].startswith("gates: every ")
    assert found["places"][0]["gradients"]["log10_grad_h"]["values"]["shape"] == [200, 200]
    assert seconds < 60


def test_each_run_gets_the_same_share():
    one = large(steps=50, times=60, units=32, samples=2)
    found = page_data({"a": one, "b": one}, page_bytes=600_000)
    assert [json_size(run) <= 300_000 for run in found.runs] == [True, True]
    assert json_size(page_data({"a": one}, page_bytes=600_000)) > 300_000


def test_names_by_hand():
    assert distinct_names(["a", "b", "a", "a (2)", "a", ""]) == ["a", "b", "a (3)", "a (2)", "a (4)", "run"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["a", "a (2)", "a (3)", "", " a "]), max_size=8))
def test_names_are_distinct(names):
    found = distinct_names(names)
    assert len(found) == len(names) == len(set(found))


def test_a_run_without_a_name_is_called_by_its_cells():
    two = two_modules(module((0,)), module((0,), cell="gru"))
    assert [run.name for run in page_data([("", two)]).runs] == ["LSTM, GRU"]


@pytest.mark.parametrize(
    "name",
    ["</script><script>alert(1)</script>", "<!--", "x" * 3000, "\u2028'\"&amp;", "𝕣 \U0001f600", "\ud800"],
)
def test_names_cannot_leave_the_script(name):
    tree = recording(
        (0,), attributes={"baseline_meaning": name, "baseline": 1.0, "config": json.dumps({"name": name})}
    )
    text = json_for_script(page_data([(name, tree)]).to_json())
    assert text.isascii()
    assert not set("<>&") & set(text)
    (run,) = json.loads(text)["runs"]
    assert run["name"] == name
    assert run["baseline"]["meaning"] == name
    assert run["settings"]["name"] == name


@pytest.mark.parametrize("name", ["<script>alert(1)", "m" * 3000, "a'b\"c"])
def test_names_of_modules_are_kept_as_they_are(name):
    text = json_for_script(page_data([("run", recording((0,), name=name))]).to_json())
    assert "<" not in text
    (run,) = json.loads(text)["runs"]
    assert run["places"][0]["module"] == name
    assert run["attributes"]["modules"] == name


def test_readings_belong_to_their_runs():
    reading = recording((0,), times=3, attributes={"text": "abc"})
    found = script({"a": recording((0,)), "b": recording((0,))}, readings={"b": reading})
    assert ["missing" in run["text"] for run in found["runs"]] == [True, False]


def test_an_unfinished_run_of_which_a_part_is_damaged(tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=2))
    write(writer, call_record, range(7))
    (run,) = script({"run": gv.load(tmp_path)})["runs"]
    assert run["steps"]["shape"] == [6]  # the last one is not in a finished part
    assert run["places"][0]["gates"]["frame"]["shape"] == [6, 4, 6, 3]
    part = tmp_path / "parts" / "part-000001.nc"
    part.write_bytes(part.read_bytes()[:-100])
    with pytest.warns(UserWarning, match="left out a part"):
        left = gv.load(tmp_path)
    (run,) = script({"run": left})["runs"]
    assert read_typed(run["steps"]).tolist() == [0, 1, 4, 5]


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [hostile.attribute_changes, hostile.value_changes, hostile.label_changes, hostile.shape_changes],
)
def test_a_recording_with_one_thing_wrong_makes_a_page(changes):
    """Whatever a recording holds that can be loaded at all, a page is made of it, without a warning."""
    chosen = list(changes(hostile.sound()))
    made = 0
    for name, tree in random.Random(0).sample(chosen, len(chosen)):
        try:
            validate_tree(tree)
        except (GradvizError, ValueError, TypeError):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            text = json_for_script(page_data([("run", tree)]).to_json())
        assert json.loads(text)["format"] == 1, name
        made += 1
        if made == 8:
            break
    assert made > 0


def test_scales_are_common():
    far = recording((0,), log10_grad_h=np.full((1, 1, 6, 2), -7.5))
    near = recording((0,), log10_grad_h=np.full((1, 1, 6, 2), -2.5))
    found = script({"far": far, "near": near})["scales"]["log10_grad_h"]
    assert (found["low"], found["high"], found["kind"]) == (-8.0, -2.0, "decades")
