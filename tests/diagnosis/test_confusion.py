"""Broken models are told by their cause, healthy ones are left alone, and the remedies help."""

import math
from collections import Counter

import matplotlib.pyplot as plt
import pytest
from diagnosis import broken, healthy
from diagnosis.models import Beside, LastStep
from diagnosis.ward import EVERYONE, HELD_OUT, TUNED, seen
from torch import nn

import gradviz as gv
from gradviz.diagnosis.finding import SEVERITIES
from gradviz.diagnosis.kinds import KINDS, ORDER

HEALTHY = "no trouble"


def ids(patient):
    return patient.name


@pytest.mark.parametrize("patient", [*broken.TUNED, *broken.HELD_OUT], ids=ids)
def test_the_cause_comes_first_and_its_remedy_helps(patient):
    found = seen(patient).diagnosis
    assert (found[0].kind, found[0].severity) == (patient.kind, patient.severity)
    afterwards = seen(patient).afterwards
    assert patient.kind not in afterwards.kinds
    assert afterwards.is_healthy


@pytest.mark.parametrize("patient", [*healthy.TUNED, *healthy.HELD_OUT], ids=ids)
def test_the_healthy_are_left_alone(patient):
    found = seen(patient).diagnosis
    assert found.is_healthy
    if patient.lag is not None:
        assert not found.has_warnings


@pytest.mark.parametrize("patient", EVERYONE, ids=ids)
def test_every_number_comes_from_a_public_function(patient):
    for told, again in seen(patient).recomputed:
        assert told == again or (math.isnan(told) and math.isnan(again))


@pytest.mark.parametrize("patient", EVERYONE, ids=ids)
def test_worst_first_and_causes_before_effects(patient):
    rank = [(SEVERITIES.index(f.severity), ORDER[f.kind]) for f in seen(patient).diagnosis]
    assert rank == sorted(rank)


def test_confusion_table(record_property):
    table = {
        group: Counter((patient.kind or HEALTHY, first(patient)) for patient in patients)
        for group, patients in {"tuned on": TUNED, "held out": HELD_OUT}.items()
    }
    record_property("table", as_text(table))
    assert sum(not patient.kind for patient in EVERYONE) >= 10
    assert sum(bool(patient.kind) for patient in EVERYONE) >= 20
    assert min(len(broken.HELD_OUT), len(healthy.HELD_OUT)) >= 5
    assert all(was == found for counts in table.values() for was, found in counts)


def test_every_kind_was_seen():
    told = {kind for patient in EVERYONE for kind in seen(patient).diagnosis.kinds}
    assert told == set(KINDS)


def first(patient):
    """The kind of the first finding that is more than a note.

    With no known lag a healthy model may be warned that its gradient vanishes over the whole sequence.
    """
    loud = [finding for finding in seen(patient).diagnosis if finding.severity != "note"]
    if patient.kind is None and patient.lag is None and seen(patient).diagnosis.is_healthy:
        return HEALTHY
    return loud[0].kind if loud else HEALTHY


def as_text(table):
    width = max(len(kind) for kind in KINDS) + 2
    lines = ["", f"{'what it is':{width}}{'what was found first':{width}}tuned on  held out"]
    for pair in sorted(set().union(*table.values())):
        counts = [table[group][pair] for group in ("tuned on", "held out")]
        mark = "" if pair[0] == pair[1] else "  WRONG"
        lines.append(f"{pair[0]:{width}}{pair[1]:{width}}{counts[0]:8}{counts[1]:10}{mark}")
    totals = [sum(table[group].values()) for group in ("tuned on", "held out")]
    lines.append(f"{'all':{2 * width}}{totals[0]:8}{totals[1]:10}")
    return "\n".join(lines)


def test_what_shows_it_can_be_drawn():
    """Every plot that a finding names, of a recording with one module and of one with two."""
    named = {finding.plot for patient in EVERYONE for finding in seen(patient).diagnosis}
    drawable = sorted(call for call in named if call.startswith("gv.plot_") and "(tree" in call)
    assert len(drawable) >= 4
    one = gv.probe(LastStep(nn.LSTM(2, 4, batch_first=True, bidirectional=True)))
    two = gv.probe(Beside(nn.LSTM(2, 4, batch_first=True)))
    for call in drawable:
        if "module" not in call and "learning_curve" not in call:
            assert eval(call, {"gv": gv, "tree": one})
    for finding in gv.diagnose(two, lag=99):
        if finding.where.module and "(tree" in finding.plot:
            assert eval(finding.plot, {"gv": gv, "tree": two})
    plt.close("all")
