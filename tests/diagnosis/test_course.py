"""Since when a trouble is there, what led to it, and which step is judged."""

from collections import Counter

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset, decaying, tree

import gradviz.diagnosis.judged
from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.course import Course
from gradviz.diagnosis.diagnose import diagnose

HEALTHY, VANISHED = dataset(), dataset(total=decaying(8))
EXPLODED = dataset(total=decaying(-8))
SATURATED = dataset(left=0.6, right=0.38)


def course(*datasets, every=10, module="layer"):
    """A recording of one module at several steps."""
    at = [ds.assign_coords(step=[every * place]) for place, ds in enumerate(datasets)]
    return tree(xr.concat(at, "step", data_vars="all").assign_attrs(datasets[0].attrs, module=module))


@pytest.mark.parametrize(
    ("steps", "since"),
    [
        ([VANISHED] * 4, 0),
        ([HEALTHY, VANISHED, VANISHED, VANISHED], 10),
        ([VANISHED, HEALTHY, VANISHED, VANISHED], 20),
        ([HEALTHY] * 3 + [VANISHED], 30),
        ([VANISHED] * 3 + [HEALTHY], None),
    ],
)
def test_since_when(steps, since):
    found = diagnose(course(*steps), lag=10)
    assert [finding.since for finding in found] == ([] if since is None else [since])
    assert (f"Since     training step {since}" in str(found)) == bool(since)


def test_one_step_has_no_beginning():
    assert diagnose(course(VANISHED), lag=10)[0].since is None


def test_an_explosion_that_is_over_led_to_what_came_after():
    found = diagnose(course(EXPLODED, SATURATED, SATURATED), lag=10)
    assert [(f.kind, f.severity, f.since, f.cause) for f in found] == [
        (k.EXPLODING, "trouble", 0, None),
        (k.SATURATED, "note", 10, k.EXPLODING),
    ]
    assert k.EXPLODING not in diagnose(course(EXPLODED, HEALTHY, SATURATED), lag=10).kinds
    assert diagnose(course(EXPLODED, HEALTHY, HEALTHY), lag=10).kinds == ()


def test_what_came_first_leads():
    late = course(HEALTHY, HEALTHY, VANISHED, module="late")
    early = course(HEALTHY, SATURATED, SATURATED, module="early")
    both = xr.DataTree.from_dict({"/late": late["late"].to_dataset(), "/early": early["early"].to_dataset()})
    found = [finding for finding in diagnose(both, lag=10) if finding.is_trouble]
    assert [(f.where.module, f.since) for f in found] == [("early", 10)]


def test_only_steps_before_are_judged():
    recorded = course(VANISHED, HEALTHY, HEALTHY)
    judged = Course(recorded, ["layer"], 10, before=10).last
    assert [finding.kind for finding in judged.found] == [k.VANISHING]
    assert Course(recorded, ["layer"], 10, before=0).last.contexts == {}
    assert Course(recorded, ["layer"], 10).recorded == [0, 10, 20]


def test_a_long_training_is_judged_at_few_steps(monkeypatch):
    counted = []
    original = Course._judge
    monkeypatch.setattr(Course, "_judge", lambda self, step: counted.append(step) or original(self, step))
    found = diagnose(course(*[VANISHED] * 40), lag=10)
    assert found[0].since == 0
    assert len(counted) <= 6
    assert np.isfinite(found[0].amounts[0].value)


def test_only_the_module_with_the_trouble_is_judged_at_earlier_steps(monkeypatch):
    """A recording may have hundreds of modules."""
    modules = {"a": VANISHED, "b": HEALTHY, "c": dataset(left=0.6, right=0.38), "d": HEALTHY}
    recorded = {name: course(*[one] * 9, module=name)[name].to_dataset() for name, one in modules.items()}
    judged = Counter()
    original = gradviz.diagnosis.judged.findings_of_module
    monkeypatch.setattr(
        "gradviz.diagnosis.judged.findings_of_module",
        lambda context: judged.update([context.module]) or original(context),
    )
    found = diagnose(xr.DataTree.from_dict(recorded), lag=10)
    assert {f.where.module: f.since for f in found if f.is_trouble} == {"c": 0}
    assert judged == {"a": 1, "b": 1, "c": 5, "d": 1}


@pytest.mark.parametrize("at", [0, 10, 20])
def test_a_trouble_is_known_for_one_module_as_for_all(at):
    """Also where a path through another module decides."""
    parts = {"a": [VANISHED, HEALTHY, SATURATED], "b": [SATURATED] * 3, "c": [HEALTHY, VANISHED, VANISHED]}
    recorded = {name: course(*steps, module=name)[name].to_dataset() for name, steps in parts.items()}
    tree_of_all = xr.DataTree.from_dict(recorded)
    whole = Course(tree_of_all, list(parts), 10).at(at)
    there = {(f.kind, f.where.module) for f in whole.found if f.is_trouble}
    for name in [*parts, "", "model"]:
        alone = Course(tree_of_all, list(parts), 10).at(at)
        for kind in (k.SATURATED, k.VANISHING, k.FORGET_BIAS, k.NOTHING_RECORDED):
            assert alone.has_trouble(kind, name) == ((kind, name) in there)
