"""The parts of what arrives at a state."""

import torch

from gradviz.capture.arrived_gradient import DIRECT, WITHIN, GradientParts, Kind


def parts():
    found = GradientParts()
    for kind, value in (
        (DIRECT, 1.0),
        (WITHIN, 10.0),
        (Kind("carried", "a"), 100.0),
        (Kind("carried", "b"), 1000.0),
    ):
        found.add(torch.tensor([value]), kind)
        found.add(torch.tensor([value]), kind)
    return found


def test_what_another_module_has_sent_is_direct():
    seen = parts().seen_by("a")
    assert (seen.carried, seen.direct, seen.within) == (200.0, 2002.0, 20.0)
    seen = parts().seen_by("c")
    assert (seen.carried, seen.direct) == (None, 2202.0)
    assert parts().sum == 2222


def test_the_total_without_the_call_itself_and_what_a_hook_has_added():
    found = parts()
    assert found.seen_by("a").unexplained is None
    found.add_total(torch.tensor([2222.0]))
    assert found.seen_by("a").unexplained is None
    assert found.seen_by("a").from_outside == 2202
    found.add_total(torch.tensor([5.0]))
    assert found.seen_by("a").unexplained == 5
    ended = found.seen_by("a").as_direct()
    assert (ended.carried, ended.direct, ended.total) == (None, 2207, 2227)
    found.is_known = False
    assert found.seen_by("a").unexplained is None
