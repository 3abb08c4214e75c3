"""Remedies with changes are tried; without, they count where the author can follow them."""

import pytest

from gradviz.benchmark.population import repairs
from gradviz.benchmark.population.draw import Draw
from gradviz.benchmark.population.faults import FAULTS
from gradviz.benchmark.population.setup import Setup
from gradviz.diagnosis.finding import Change, Finding, Place, Remedy

SETUP = Setup("latch", 5, "lstm", 50, hidden=8, start="forget_bias")
OPEN = Change("open_output_gate", {"module": "lstm"})
CLIP = Change("clip_norm", {"limit": 1.0})
UNKNOWN = Change("no_such_change", {})


def finding(kind, *changes, severity="trouble", cause=None, advice="Do it."):
    remedy = Remedy("" if cause else advice, "", changes)
    return Finding(kind, severity, "", Place("lstm"), (), (), "", remedy, cause)


def tried(fault, *findings):
    """What came of the findings' remedies."""
    member = Draw(0, 0, SETUP, FAULTS[fault], -20.0)
    return [(r["kind"], r["by"], r["repaired"]) for r in repairs.repairs(member, findings)]


def test_changes_are_applied_and_the_training_is_repeated():
    found = tried("output_gate_closed", finding("vanishing", CLIP), finding("closed_gate", OPEN))
    assert found == [("vanishing", "changes", False), ("closed_gate", "changes", True)]


def test_without_changes_the_author_has_to_follow():
    named, other = finding("detached"), finding("vanishing")
    assert tried("detached_every_k", named, other) == [
        ("detached", "author", True),
        ("vanishing", "author", False),
    ]
    assert tried("output_gate_closed", finding("closed_gate")) == [("closed_gate", "nobody", False)]


@pytest.mark.parametrize(
    "left_out",
    [
        finding("vanishing", CLIP, cause="closed_gate"),
        finding("vanishing", severity="note"),
        finding("vanishing", CLIP, advice=""),
    ],
)
def test_consequences_and_notes_have_no_remedy(left_out):
    assert tried("output_gate_closed", left_out) == []


def test_what_is_not_possible_is_kept():
    member = Draw(0, 0, SETUP, FAULTS["output_gate_closed"], -20.0)
    (found,) = repairs.repairs(member, [finding("closed_gate", UNKNOWN)])
    assert found["not_possible"] == "no such change: no_such_change"
    assert found["repaired"] is False
