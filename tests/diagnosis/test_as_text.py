"""The text of a diagnosis: it fits the terminal, and does not break code or round whole numbers."""

import pytest
from diagnosis.recorded import dataset, decaying, tree
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.diagnosis.as_text import as_text
from gradviz.diagnosis.diagnose import diagnose
from gradviz.diagnosis.finding import Amount, Finding, Place, Remedy
from gradviz.diagnosis.kinds import KINDS, NOT_FINITE, VANISHING

CODE = (
    "a_long_line_of_code_that_must_not_be_broken(because, it, is_to, be_copied, into, a, program, as_it_is)"
)


def finding(severity="trouble", value=2.0, unit="decades"):
    return Finding(
        VANISHING,
        severity,
        "Nothing is left of the gradient. " * 5,
        Place("layer", 0),
        (Amount("gradient lost", value, unit, "f", "v"), Amount("rate", 0.5, "1", "f", "v")),
        ("log10_grad_h",),
        "gv.plot_gradient_norms(tree)",
        Remedy("Start with another. " * 4, CODE),
    )


def text(*findings, lag=None):
    return as_text(findings, lag=lag, read="layer (LSTM, 1 layer, 8 units), 100 time steps")


@pytest.fixture
def columns(monkeypatch):
    return lambda count: monkeypatch.setenv("COLUMNS", str(count))


@pytest.mark.parametrize(("given", "width"), [(40, 40), (80, 80), (100, 100), (200, 100), (5, 30)])
def test_it_fits_the_terminal(columns, given, width):
    columns(given)
    lines = text(finding(), finding("note"), lag=10).splitlines()
    too_long = [line.strip() for line in lines if len(line) > width]
    assert set(too_long) <= {CODE, "See gv.plot_gradient_norms(tree)"}
    assert max(len(line) for line in lines if line.strip() not in too_long) > width - 20
    assert sum(CODE in line for line in lines) == 2


def test_one_finding(columns):
    columns(80)
    lines = text(finding(), lag=10).splitlines()
    assert lines[0] == "Diagnosed: layer (LSTM, 1 layer, 8 units), 100 time steps; the task needs 10"
    assert lines[1] == "           time steps."
    assert lines[3] == f"TROUBLE   {KINDS[VANISHING]} (layer, layer 0)"
    assert "Numbers   gradient lost: 2 decades" in lines
    assert "          rate: 0.5" in lines
    assert f"{'':14}{CODE}" in lines
    assert "          See gv.plot_gradient_norms(tree)" in lines
    assert lines[-1] == "Found: 1 trouble"


@pytest.mark.parametrize(
    ("severities", "summary"),
    [
        ([], "No trouble found in what was checked."),
        (["note"], "No trouble found in what was checked. 1 note"),
        (["warning", "warning"], "Nothing found that is trouble for certain. 2 warnings"),
        (["trouble", "trouble", "warning", "note", "note"], "Found: 2 troubles, 1 warning, 2 notes"),
    ],
)
def test_summary(severities, summary):
    assert text(*map(finding, severities)).splitlines()[-1] == summary


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (12345.0, "1", "12345"),
        (0.0, "1", "0"),
        (-3.0, "decades", "-3 decades"),
        (1234.5, "1", "1.23e+03"),
        (0.12345, "time steps", "0.123 time steps"),
        (float("inf"), "decades", "all of it (exactly zero arrives)"),
        (float("nan"), "1", "nan"),
        (1e30, "1", "1e+30"),
    ],
)
def test_numbers(value, unit, expected):
    assert f"Numbers   gradient lost: {expected}\n" in text(finding(value=value, unit=unit))


@settings(max_examples=30, deadline=None)
@given(st.floats(-1e300, 1e300) | st.sampled_from([float("inf"), float("nan")]))
def test_any_number_can_be_written(value):
    line = next(
        line for line in text(finding(value=value, unit="1")).splitlines() if line.startswith("Numbers")
    )
    written = float(line.split(": ")[1].split()[0])
    assert written == pytest.approx(value, rel=6e-3, nan_ok=True)


def test_a_late_step_is_written_in_full():
    late = [1.0] * 12345 + [float("nan")]
    found = diagnose(tree(dataset(), metrics={"loss": late}))
    assert found.kinds == (NOT_FINITE,)
    assert any(line.endswith(": 12345") for line in str(found).splitlines())


def test_without_a_lag_it_says_so():
    words = " ".join(str(diagnose(tree(dataset(total=decaying(8))))).split())
    assert "11 time steps; no lag was given." in words


def test_one_of_a_unit_is_singular():
    assert "gradient lost: 1 time step\n" in text(finding(value=1.0, unit="time steps")) + "\n"
    assert "gradient lost: 1 decade\n" in text(finding(value=1.0, unit="decades"))
    assert "gradient lost: 1.5 time steps" in text(finding(value=1.5, unit="time steps"))
    assert "gradient lost: 2 decades" in text(finding())
