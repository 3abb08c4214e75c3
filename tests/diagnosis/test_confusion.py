"""For broken models the cause comes first and its remedy helps; healthy models have no trouble."""

import math
from collections import Counter

import matplotlib.pyplot as plt
import pytest
from diagnosis import broken, healthy
from diagnosis.models import Beside, LastStep
from diagnosis.outcomes import ALL, HELD_OUT, TUNED, outcome
from torch import nn

import gradviz as gv
from gradviz.diagnosis.finding import SEVERITIES
from gradviz.diagnosis.kinds import (
    GRADIENTS_UNSEEN,
    KINDS,
    OPEN_GATE,
    ORDER,
    PIECE_BY_PIECE,
)

pytestmark = pytest.mark.slow  # .ci/run runs it

HEALTHY = "no trouble"


def ids(case):
    return case.name


@pytest.mark.parametrize("case", [*broken.TUNED, *broken.HELD_OUT], ids=ids)
def test_the_cause_comes_first_and_its_remedy_helps(case):
    found = outcome(case).diagnosis
    assert (found[0].kind, found[0].severity) == (case.kind, case.severity)
    afterwards = outcome(case).afterwards
    assert case.kind not in afterwards.kinds
    assert afterwards.is_healthy


@pytest.mark.parametrize("case", [*healthy.TUNED, *healthy.HELD_OUT], ids=ids)
def test_healthy_models_have_no_trouble(case):
    found = outcome(case).diagnosis
    assert found.is_healthy
    if case.lag is not None:
        assert not found.has_warnings


@pytest.mark.parametrize("case", ALL, ids=ids)
def test_every_number_comes_from_a_public_function(case):
    for reported, recomputed in outcome(case).recomputed:
        assert reported == recomputed or (math.isnan(reported) and math.isnan(recomputed))


@pytest.mark.parametrize("case", ALL, ids=ids)
def test_worst_first_and_causes_before_effects(case):
    rank = [(SEVERITIES.index(f.severity), f.since or 0, ORDER[f.kind]) for f in outcome(case).diagnosis]
    assert rank == sorted(rank)


def test_confusion_table(record_property):
    table = {
        group: Counter((case.kind or HEALTHY, first(case)) for case in cases)
        for group, cases in {"tuned on": TUNED, "held out": HELD_OUT}.items()
    }
    record_property("table", as_text(table))
    assert sum(not case.kind for case in ALL) >= 10
    assert sum(bool(case.kind) for case in ALL) >= 20
    assert min(len(broken.HELD_OUT), len(healthy.HELD_OUT)) >= 5
    assert all(was == found for counts in table.values() for was, found in counts)


def test_every_kind_is_found_somewhere():
    found = {kind for case in ALL for kind in outcome(case).diagnosis.kinds}
    # a name of version 0.1, a note about the recording, and one about cells written by hand only
    assert found == set(KINDS) - {PIECE_BY_PIECE, GRADIENTS_UNSEEN, OPEN_GATE}


def first(case):
    """The kind of the first finding that is more than a note.

    Without a lag, a healthy model may get a warning that its gradient vanishes over the whole sequence.
    """
    serious = [finding for finding in outcome(case).diagnosis if finding.severity != "note"]
    if case.kind is None and case.lag is None and outcome(case).diagnosis.is_healthy:
        return HEALTHY
    return serious[0].kind if serious else HEALTHY


def as_text(table):
    width = max(len(kind) for kind in KINDS) + 2
    lines = ["", f"{'what is wrong':{width}}{'first finding':{width}}tuned on  held out"]
    for pair in sorted(set().union(*table.values())):
        counts = [table[group][pair] for group in ("tuned on", "held out")]
        mark = "" if pair[0] == pair[1] else "  WRONG"
        lines.append(f"{pair[0]:{width}}{pair[1]:{width}}{counts[0]:8}{counts[1]:10}{mark}")
    totals = [sum(table[group].values()) for group in ("tuned on", "held out")]
    lines.append(f"{'all':{2 * width}}{totals[0]:8}{totals[1]:10}")
    return "\n".join(lines)


def test_every_named_plot_can_be_drawn():
    """Every plot that a finding names, for a recording with one module and for one with two."""
    named = {finding.plot for case in ALL for finding in outcome(case).diagnosis}
    drawable = sorted(call for call in named if call.startswith("gv.plot_") and "(tree" in call)
    assert len(drawable) >= 4
    one = gv.probe(LastStep(nn.LSTM(2, 4, 2, batch_first=True, bidirectional=True)))
    two = gv.probe(Beside(nn.LSTM(2, 4, batch_first=True)))
    for call in drawable:
        if "module" not in call and "learning_curve" not in call:
            assert eval(call, {"gv": gv, "tree": one})
    for finding in gv.diagnose(two, lag=99):
        if finding.where.module and "(tree" in finding.plot:
            assert eval(finding.plot, {"gv": gv, "tree": two})
    plt.close("all")
