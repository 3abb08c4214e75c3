"""A soak: what grows is a loss."""

import os

import pytest
from faults import soak as soak_module
from faults.soak import Reading, soak

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="there is no /proc here")
MEGA = 2**20


def judged(monkeypatch, tmp_path, readings):
    left = iter(readings)
    monkeypatch.setattr(soak_module, "_rounds", lambda folder: iter(range(len(readings))))
    monkeypatch.setattr(soak_module, "_reading", lambda folder: next(left))
    found = soak(tmp_path, 0.0, least=len(readings))
    return [row["fault"] for row in found["rows"] if row["lost"]]


def test_what_is_flat_is_equal(monkeypatch, tmp_path):
    noise = [Reading(MEGA * (300 + place % 3), 9 + place % 2, 1, 1) for place in range(60)]
    assert judged(monkeypatch, tmp_path, noise) == []


@pytest.mark.parametrize(("name", "more"), [("memory", 5000), ("handles", 1), ("threads", 1), ("files", 1)])
def test_what_grows_is_a_loss(monkeypatch, tmp_path, name, more):
    flat = Reading(300 * MEGA, 9, 1, 1)
    grown = [flat._replace(**{name: getattr(flat, name) + more * place}) for place in range(60)]
    assert judged(monkeypatch, tmp_path, grown) == [name]


@pytest.mark.slow
def test_rounds_are_recorded_and_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(soak_module, "STEPS", 6)
    seen = []
    found = soak(tmp_path, 0.0, least=3, after_round=lambda tree: seen.append(tree["lstm"].sizes["step"]))
    assert seen == [6, 6, 6]
    assert (found["rounds"], found["steps"], found["last"]["files"]) == (3, 18, 1)
