"""The table of causes: known kinds, and each cause stands before its effects."""

from gradviz.diagnosis.causes import CAUSES
from gradviz.diagnosis.kinds import KINDS, ORDER


def test_kinds_are_known_and_no_circle():
    for effect, causes in CAUSES.items():
        assert {effect, *causes} <= set(KINDS)
        assert len(set(causes)) == len(causes)
        assert all(ORDER[cause] < ORDER[effect] for cause in causes)
