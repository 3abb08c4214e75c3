"""Members that are healthy, ill, harmless and not solved; the remedies of one that is ill."""

import dataclasses
import json

import pytest

from gradviz.benchmark.population import member as members
from gradviz.benchmark.population.draw import Draw
from gradviz.benchmark.population.faults import FAULTS
from gradviz.benchmark.population.member import run_member
from gradviz.benchmark.population.report import member_text
from gradviz.benchmark.population.setup import Setup

LEARNS = Setup("latch", 5, "gru", 150, hidden=8, start="forget_bias")


def given(monkeypatch, setup, fault=None, strength=0.0):
    """Every number is this member; it gets no more steps than its twin without the fault needs."""
    monkeypatch.setattr(members, "FEWEST_STEPS", 50)
    monkeypatch.setattr(members, "PATIENCE", 1)
    monkeypatch.setattr(members, "MOST_ATTEMPTS", 1)
    wrong = FAULTS[fault] if fault else None
    monkeypatch.setattr(
        members, "draw", lambda number, attempt, *, held_out: Draw(number, attempt, setup, wrong, strength)
    )


def test_a_healthy_member(monkeypatch):
    given(monkeypatch, LEARNS)
    line = run_member(0)
    assert (line["group"], line["fault"], line["twin_steps"]) == ("healthy", None, 50)
    assert line["score"] == 1
    assert line["setup"]["assignment"] == "latch"
    assert "repairs" not in line
    json.dumps(line, allow_nan=False)
    assert run_member(0) | {"seconds": 0} == line | {"seconds": 0}


@pytest.mark.slow
def test_an_ill_member_and_its_remedies(monkeypatch):
    given(monkeypatch, dataclasses.replace(LEARNS, way="steps"), "state_not_handed_on")
    line = run_member(2)
    assert (line["group"], line["fault"]) == ("ill", "state_not_handed_on")
    kind = line["findings"][0]["kind"]
    assert kind in FAULTS["state_not_handed_on"].kinds
    assert line["repairs"][0] == {
        "kind": kind,
        "by": "author",
        "repaired": True,
        "steps": None,
    }


def test_a_fault_that_did_not_stop_the_learning(monkeypatch):
    given(monkeypatch, LEARNS, "update_bias_low", -0.5)
    assert run_member(2)["group"] == "harmless"


def test_a_member_that_is_not_solved_without_its_fault(monkeypatch):
    given(monkeypatch, dataclasses.replace(LEARNS, learning_rate=1e-9, steps=50))
    line = run_member(0)
    assert (line["group"], line["twin_steps"]) == ("unsolved", None)


def test_what_cannot_be_diagnosed_is_kept_with_its_reason(monkeypatch):
    given(monkeypatch, LEARNS)

    def broken(*_, **__):
        raise ZeroDivisionError("there")

    monkeypatch.setattr(members, "diagnose", broken)
    line = run_member(0)
    assert line["group"] == "failed"
    assert line["error"].strip().endswith("ZeroDivisionError: there")


@pytest.mark.parametrize("strength", [-7.0])
def test_the_text_of_a_member(monkeypatch, strength):
    given(monkeypatch, LEARNS, "update_bias_low", strength)
    text = member_text(2)
    assert "fault: update_bias_low, strength -7; named by forget_bias_too_low" in text
    assert "without the fault: solved after 50 steps" in text
    assert "Diagnosed: gru" in text
