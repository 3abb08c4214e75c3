"""The result of a run, written and read."""

import json
import math

import pytest

from gradviz.experiment.run.expectations import Verdict
from gradviz.experiment.run.result import BadResult, Result, read_result, write_result

MET = Verdict("loss below 1", 0.5, True, "someone")
MISSED = Verdict("loss below 0.1", None, False, "")


def test_it_is_read_as_it_was_written_and_is_standard_json(tmp_path):
    final = {"loss": math.inf, "mse": 0.1}
    result = Result("x", "diverged", 3, 1.25, final, (MET, MISSED), "it diverged", {"validation_loss": 0.5})
    write_result(tmp_path, result)
    assert read_result(tmp_path) == result
    table = json.loads((tmp_path / "result.json").read_text(), parse_constant=pytest.fail)
    assert table["final"] == {"loss": "inf", "mse": 0.1}
    assert table["validation"] == {"validation_loss": 0.5}
    assert table["verdicts"][0] == {"claim": "loss below 1", "value": 0.5, "met": True, "source": "someone"}


def test_a_validation_that_is_not_a_number_is_text(tmp_path):
    write_result(tmp_path, Result("x", "diverged", 1, 0.0, {}, validation={"validation_loss": math.nan}))
    assert json.loads((tmp_path / "result.json").read_text())["validation"] == {"validation_loss": "nan"}
    assert math.isnan(read_result(tmp_path).validation["validation_loss"])


def test_a_result_of_version_0_1_has_no_validation(tmp_path):
    result = Result("x", "done", 1, 0.0, {"loss": 1.0})
    write_result(tmp_path, result)
    table = json.loads((tmp_path / "result.json").read_text())
    del table["validation"], table["ended_by"]
    (tmp_path / "result.json").write_text(json.dumps(table))
    assert read_result(tmp_path) == result


def test_as_expected():
    assert Result("x", "done", 1, 0.0, {}).as_expected
    assert Result("x", "done", 1, 0.0, {}, (MET,)).as_expected
    assert not Result("x", "done", 1, 0.0, {}, (MET, MISSED)).as_expected


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": 3}', "null"])
def test_a_damaged_file(tmp_path, text):
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(BadResult, match=r"result\.json is damaged .*--fresh"):
        read_result(tmp_path)
