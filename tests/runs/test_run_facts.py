"""What the files of a run say, and damaged ones."""

import json

import pytest

from gradviz.runs.run_facts import configuration, result

DONE = {"outcome": "done", "steps": 1, "seconds": 1.0, "final": {}, "verdicts": []}


@pytest.mark.parametrize("text", ["seed = ", "a = " + "[" * 5000, "\0"])
def test_a_damaged_config(tmp_path, text):
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ValueError, match=r"config\.toml is damaged"):
        configuration(tmp_path, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100000,
        *(json.dumps({**DONE, key: [1]}) for key in ("steps", "final", "verdicts")),
    ],
)
def test_a_damaged_result(tmp_path, text):
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(ValueError, match=r"result\.json is damaged"):
        result(tmp_path)


def test_a_number_beyond_floats(tmp_path):
    (tmp_path / "result.json").write_text(json.dumps({**DONE, "steps": 10**400}))
    with pytest.raises(ValueError, match="damaged"):
        result(tmp_path)


def test_nested_keys_lists_and_claims(tmp_path):
    (tmp_path / "config.toml").write_text(
        'seed = 1\nmodel = {init = ["a", "b"], options = {value = 2.5}}\nexpect = [{metric = "loss"}]\n'
    )
    assert configuration(tmp_path, {"lag": 3, "python": "3.11", "seed": 9}) == {
        "lag": 3,
        "seed": 1,
        "model.init": '["a", "b"]',
        "model.options.value": 2.5,
    }


def test_config_of_the_recording_where_there_is_no_file(tmp_path):
    assert configuration(tmp_path, {"config": '{"model": {"cell": "gru"}}'}) == {"model.cell": "gru"}
    assert configuration(tmp_path, {"config": "{"}) == {}
    assert result(tmp_path / "a.nc") == {"outcome": "recorded"}


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        (["recording.nc"], "recorded"),
        (["recording.nc", "config.toml"], "unfinished"),
        (["config.toml"], "unfinished"),
        (["parts/part-000000.nc"], "unfinished"),
        (["parts/"], "empty"),
        (["parts"], "empty"),
        (["config.toml/"], "empty"),
        (["notes.txt"], "empty"),
    ],
)
def test_without_a_result_the_files_tell_how_far_it_came(tmp_path, files, outcome):
    for name in files:
        place = tmp_path / name
        if name.endswith("/"):
            place.mkdir()
        else:
            place.parent.mkdir(exist_ok=True)
            place.touch()
    assert result(tmp_path) == {"outcome": outcome}
