"""The files of a sweep."""

import csv
import json
from pathlib import Path

import pytest

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.expectations import Verdict
from gradviz.experiment.run.result import Result
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.sweep_table import PointEnd, saved_steps, table_rows, write_sweep

MISSED = Verdict("loss below 0", 0.5, False, "")


def at(cell):
    return str(Path("runs").absolute() / cell)


@pytest.fixture
def ends(small):
    def end(cell, what):
        return PointEnd(
            Point({"model.cell": cell}, resolve(small(model__cell=cell))), Path("runs") / cell, what
        )

    return [
        end("rnn", "its worker died"),
        end("gru", Result("a", "done", 6, 1.5, {"loss": 0.5, "mse": 0.25}, (MISSED,))),
        end(
            "lstm", Result("b", "diverged", 2, 0.5, {"loss": float("inf"), "mse": 1.0}, message="it diverged")
        ),
    ]


def test_a_row_a_point_and_a_line_a_failure(ends, tmp_path):
    table = write_sweep(tmp_path / "sweep", ends)
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["model.cell"] for row in rows] == ["rnn", "gru", "lstm"]
    assert rows[0] == {
        **dict.fromkeys(rows[0], ""),
        "model.cell": "rnn",
        "outcome": "failed",
        "folder": at("rnn"),
    }
    assert (rows[1]["loss"], rows[1]["mse"], rows[1]["steps"], rows[1]["as_expected"]) == (
        "0.5",
        "0.25",
        "6",
        "False",
    )
    assert (rows[2]["loss"], rows[2]["outcome"], rows[2]["as_expected"]) == ("inf", "diverged", "")
    failures = [json.loads(line) for line in (tmp_path / "sweep" / "failures.jsonl").read_text().splitlines()]
    assert failures == [
        {"point": {"model.cell": "rnn"}, "folder": at("rnn"), "error": "its worker died"},
        {"point": {"model.cell": "lstm"}, "folder": at("lstm"), "error": "it diverged"},
    ]


def test_failures_of_an_earlier_sweep_go(ends, tmp_path):
    write_sweep(tmp_path, ends)
    write_sweep(tmp_path, ends[1:2])
    assert (tmp_path / "failures.jsonl").read_text() == ""


def test_a_stopped_run_has_not_failed_and_has_saved_steps(ends, tmp_path):
    stopped = ends[1]._replace(end=Result("c", "stopped", 2, 0.5, {"loss": 0.5}, message="hopeless"))
    assert saved_steps(ends).stopped == 0
    saved = saved_steps([*ends, stopped])
    assert saved == (1, 3, 4, 18)  # 6 steps were planned for each of the three that have a result
    assert str(saved) == "1 of 3 runs were stopped early, which saved 4 of 18 training steps (22%)"
    assert stopped.failure == ""
    table = write_sweep(tmp_path, [stopped])
    with open(table, newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["outcome"], row["steps"]) == ("stopped", "2")
    assert (tmp_path / "failures.jsonl").read_text() == ""


def test_tables_have_a_column_for_each_key_and_lists_are_json(small, tmp_path):
    values = {"model.init_options": {"t_max": 50}, "task.length": [8, 12], "name": "small"}
    (row,) = table_rows([PointEnd(Point(values, resolve(small())), Path("runs") / "a", "it broke")])
    assert list(row.items())[:3] == [
        ("model.init_options.t_max", 50),
        ("task.length", "[8, 12]"),
        ("name", "small"),
    ]


def test_an_initialisation_has_its_columns_with_or_without_options(ends, small):
    inits = ["default", {"name": "unit_gate"}, ["orthogonal", {"name": "chrono", "t_max": 9}]]
    points = [Point({"model.init": init}, resolve(small(model__init=init))) for init in inits]
    rows = table_rows([PointEnd(point, Path("runs"), "it broke") for point in points])
    assert [row["model.init"] for row in rows] == ["default", "unit_gate", '["orthogonal", "chrono"]']
    assert [row["model.init_options.chrono.t_max"] for row in rows] == [None, None, 9]


def test_the_last_evaluation_is_in_the_table(ends):
    result = Result("a", "done", 6, 1.5, {"loss": 0.5}, validation={"validation_loss": 0.7})
    (row,) = table_rows([ends[1]._replace(end=result)])
    assert (row["loss"], row["validation_loss"]) == (0.5, 0.7)
