"""Rates, ranks and confusions of results made by hand."""

from gradviz.benchmark.population.report import population_text
from gradviz.benchmark.population.summary import (
    by_fault,
    confusions,
    in_trouble,
    named,
    rank,
    repaired,
    summary,
)


def finding(kind, severity="trouble", cause=None):
    return {"kind": kind, "severity": severity, "cause": cause, "where": "lstm", "changes": []}


def repair(kind, repaired, steps=None):
    return {"kind": kind, "by": "changes", "repaired": repaired, "steps": steps}


def line(number, group, *findings, fault="forget_bias_low", repairs=()):
    half = "test" if number % 2 else "tuning"
    own = {"number": number, "group": group, "fault": fault, "half": half, "findings": list(findings)}
    return own | {"repairs": list(repairs), "held_out": False, "error": "Traceback\nValueError: bad"}


FIRST = line(
    0,
    "ill",
    finding("forget_bias_too_low"),
    finding("vanishing"),
    repairs=[repair("forget_bias_too_low", True, 150)],
)
SECOND = line(
    1,
    "ill",
    finding("vanishing", cause="forget_bias_too_low"),
    finding("below_float_range", "note"),
    finding("dead_relu"),
    finding("forget_bias_too_low", "warning"),
    repairs=[repair("dead_relu", False), repair("forget_bias_too_low", True, 50)],
)
SILENT = line(2, "ill")
HEALTHY = line(3, "healthy", finding("vanishing", "warning"), fault=None)
FALSE = line(4, "healthy", finding("vanishing"), fault=None)
HARMLESS = line(5, "harmless", finding("vanishing"))
FAILED = line(6, "failed")
ALL = [FIRST, SECOND, SILENT, HEALTHY, FALSE, HARMLESS, FAILED]


def test_ranks_pass_over_notes_and_consequences():
    assert named(SECOND) == ["dead_relu", "forget_bias_too_low"]
    assert [rank(one) for one in (FIRST, SECOND, SILENT)] == [1, 2, None]
    assert [in_trouble(one) for one in (HEALTHY, FALSE)] == [False, True]
    assert [repaired(one) for one in (FIRST, SECOND, SILENT)] == [True, True, False]
    assert [repaired(one, 1) for one in (FIRST, SECOND)] == [True, False]


def rates(text):
    rows = [row.split("  ") for row in text.splitlines() if " of " in row]
    return {row[0]: [int(number) for number in " ".join(row[1:]).split()[0:3:2]] for row in rows}


def test_rates():
    found = rates(summary(ALL))
    assert found["ill, named at rank 1"] == [1, 3]
    assert found["ill, named at rank 3 or better"] == [2, 3]
    assert found["ill, repaired by the first remedy"] == [1, 3]
    assert found["ill, repaired by any remedy"] == [2, 3]
    assert found["healthy, in trouble"] == [1, 2]
    assert found["harmless fault, in trouble"] == [1, 1]
    assert "steps until repaired, median          150" in summary(ALL)
    assert "0 unsolved, 1 failed" in summary(ALL)
    assert "0 of    0" in summary([])


def test_tables():
    assert by_fault(ALL).splitlines()[1].split() == ["forget_bias_low", "3", "1", "2", "1", "2", "1"]
    assert confusions(ALL).splitlines() == [
        "(failed) forget_bias_low: ValueError: bad  [6]",
        "(harmless) forget_bias_low: trouble: vanishing  [5]",
        "(healthy) : trouble: vanishing  [4]",
        "forget_bias_low: (silent)  [2]",
        "forget_bias_low: dead_relu; named at rank 2  [1]",
    ]
    text = population_text(ALL)
    assert "half for tuning, 4 members" in text
    assert "half for test, 3 members" in text
