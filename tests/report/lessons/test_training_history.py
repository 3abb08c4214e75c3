"""What is kept of a training: colours of few columns, and curves of few points."""

import math

import numpy as np
import pytest
from report.lessons.javascript import call, new_engine

from gradviz.plots.drawing.running_median import running_median
from gradviz.report.data.frames import CODE_INFINITE, CODE_UNDERFLOW, CODE_ZERO, quantise
from gradviz.report.run.run_colours import CODE_BELOW

KEPT = """(time, columns, losses) => {
    const history = new gradviz.trainingHistory.TrainingHistory({ time, low: -9, high: -1, columns });
    losses.forEach((loss, k) => {
        const row = Float64Array.from({ length: time }, (_, t) => -9 + 8 * ((k + t) % 50) / 249);
        history.add(loss, row);
    });
    return { ...history.heatmap(), ...history.curve(), stride: history.stride, marks: history.marks() };
}"""


@pytest.fixture(scope="module")
def engine():
    return new_engine("lessons/training_history.js")


def code(engine, log10, low=-9, high=-1):
    return engine.eval(f"gradviz.trainingHistory.codeOf({log10}, {low}, {high})")


def test_codes_are_those_of_frames(engine):
    logs = np.array([-9, -8.99, -5.3, -1.02, -1])
    assert [code(engine, log) for log in logs] == quantise(logs, ("time",), scale="log10").codes.tolist()
    assert code(engine, "-Infinity") == CODE_ZERO
    assert code(engine, "Infinity") == code(engine, "NaN") == CODE_INFINITE
    assert code(engine, -324) == CODE_UNDERFLOW
    assert code(engine, -9.001) == code(engine, -320) == CODE_BELOW
    assert code(engine, 3) == 249


def test_scales_are_whole_decades_that_depend_on_the_length_only(engine):
    scales = [call(engine, "(time) => gradviz.trainingHistory.scaleOf(time)", time) for time in (10, 30, 60)]
    assert [(scale["low"], scale["high"]) for scale in scales] == [(-4, -1), (-9, -1), (-13, -1)]


def test_all_is_kept_until_the_columns_are_full(engine):
    losses = [1 / (1 + k) for k in range(40)]
    found = call(engine, KEPT, 3, 40, losses)
    assert (found["columns"], found["stride"]) == (40, 1)
    codes = np.array(found["codes"]).reshape(3, 40)
    assert codes.tolist() == [[(k + t) % 50 for k in range(40)] for t in range(3)]
    assert found["step"] == list(range(1, 41))
    assert found["loss"] == losses


@pytest.mark.parametrize(("steps", "stride"), [(41, 2), (80, 2), (81, 4), (200, 8)])
def test_then_every_second_column_is_dropped(engine, steps, stride):
    found = call(engine, KEPT, 2, 40, [float(k) for k in range(steps)])
    shown = list(range(0, steps, stride))
    assert found["stride"] == stride
    assert found["columns"] == len(shown) <= 40
    assert np.array(found["codes"]).reshape(2, -1).tolist() == [[(k + t) % 50 for k in shown] for t in (0, 1)]
    assert found["step"] == [k + 1 for k in shown]
    assert found["loss"] == shown


def test_the_median_is_that_of_the_figures_however_it_grows(engine):
    losses = np.random.default_rng(0).uniform(size=90).tolist()
    at_once = call(engine, KEPT, 2, 100, losses)["median"]
    assert at_once == pytest.approx(running_median(np.array(losses), 21))
    growing = KEPT.replace(
        "history.add(loss, row);", "history.add(loss, row); if (k % 7 === 0) history.curve();"
    )
    assert call(engine, growing, 2, 100, losses)["median"] == at_once


def test_a_loss_that_is_not_finite_does_not_hide_the_others(engine):
    script = KEPT.replace("history.add(loss, row)", "history.add(k === 5 ? NaN : loss, row)")
    median = call(engine, script, 2, 40, [float(k) for k in range(12)])["median"]
    assert median[0] == np.median([k for k in range(11) if k != 5])
    assert not any(value is None or math.isnan(value) for value in median)


def test_marks_are_counted(engine):
    script = KEPT.replace(
        "history.add(loss, row)", "row[0] = [-Infinity, -Infinity, NaN, -400, -12][k]; history.add(loss, row)"
    )
    marks = call(engine, script, 2, 40, [1, 1, 1, 1, 1])["marks"]
    assert marks == {"zero": 2, "underflow": 1, "notFinite": 1, "below": 1}
