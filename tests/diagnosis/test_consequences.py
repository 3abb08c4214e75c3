"""What follows from a cause is a note under it, in the right place and order only."""

from dataclasses import replace

import pytest
from diagnosis.recorded import dataset, decaying, tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.causes import CAUSES, LASTING
from gradviz.diagnosis.consequences import with_consequences
from gradviz.diagnosis.diagnose import diagnose
from gradviz.diagnosis.finding import Finding, Place, Remedy


def finding(kind, severity="trouble", module="layer", since=None):
    return Finding(
        kind, severity, "It is so.", Place(module, 0), (), (), "plot", Remedy("Do it.", "x"), since=since
    )


def causes(*found):
    return [each.cause for each in with_consequences(found)]


def test_a_consequence_is_a_note_without_a_remedy():
    cause, after = with_consequences([finding(k.SATURATED), finding(k.FROZEN)])
    assert cause == finding(k.SATURATED)
    assert after == replace(
        finding(k.FROZEN), severity="note", cause=k.SATURATED, remedy=Remedy("", ""), plot=""
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([finding(k.SATURATED), finding(k.FROZEN, module="other")], [None, None]),
        ([finding(k.SATURATED, module=""), finding(k.FROZEN)], [None, k.SATURATED]),
        ([finding(k.SATURATED, "note"), finding(k.FROZEN)], [None, None]),
        ([finding(k.SATURATED), finding(k.FROZEN, "warning")], [None, k.SATURATED]),
        ([finding(k.SATURATED, since=5), finding(k.FROZEN, since=2)], [None, None]),
        ([finding(k.SATURATED, since=2), finding(k.FROZEN, since=5)], [None, k.SATURATED]),
        ([finding(k.EXPLODING, module="rnn"), finding(k.NOT_FINITE, module="")], [None, k.EXPLODING]),
        ([finding(k.EXPLODING, since=0), finding(k.SATURATED, since=5)], [None, k.EXPLODING]),
        ([finding(k.EXPLODING, since=5), finding(k.SATURATED, since=5)], [None, None]),
        ([finding(k.EXPLODING), finding(k.SATURATED)], [None, None]),
        ([finding(k.FROZEN)], [None]),
    ],
)
def test_when_a_cause_explains(found, expected):
    assert causes(*found) == expected


def test_a_chain_names_the_first_cause():
    chain = [finding(k.SATURATED), finding(k.FORGET_BIAS), finding(k.VANISHING)]
    assert causes(*chain) == [None, k.SATURATED, k.SATURATED]


@pytest.mark.parametrize("table", [CAUSES, LASTING])
def test_causes_come_before_their_consequences(table):
    reached = {}

    def depth(kind, on_the_way=()):
        assert kind not in on_the_way, f"{kind} causes itself"
        reached[kind] = max(
            (depth(cause, (*on_the_way, kind)) + 1 for cause in table.get(kind, ())), default=0
        )
        return reached[kind]

    assert max(map(depth, table)) >= 1
    assert set(reached) <= set(k.KINDS)


def test_the_text_puts_it_under_its_cause():
    left = {"left": 0.6, "right": 0.38}
    text = str(diagnose(tree(dataset(total=decaying(9), **left)), lag=10))
    assert text.count("TROUBLE") == 1
    assert "Leads to  The gradient vanishes (layer, layer 0): gradient lost over the lag: 9" in text
    assert text.index("Leads to") < text.index("Do  ")
    assert text.endswith("Found: 1 trouble")
