"""The table of causes: known kinds, and no circle."""

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.causes import CAUSES, explains_worse, is_felt_everywhere
from gradviz.diagnosis.kinds import KINDS


def test_kinds_are_known():
    for effect, causes in CAUSES.items():
        assert {effect, *causes} <= set(KINDS)
        assert len(set(causes)) == len(causes)


def test_nothing_explains_itself():
    def earlier(kind, seen=()):
        assert kind not in seen
        for cause in CAUSES.get(kind, ()):
            earlier(cause, (*seen, kind))

    for kind in CAUSES:
        earlier(kind)


def test_what_is_explained_apart_from_place_and_severity():
    assert is_felt_everywhere(k.PREDICTS_MEAN)
    assert not is_felt_everywhere(k.VANISHING)
    assert explains_worse(k.INPUT_NOT_NORMALISED)
    assert not explains_worse(k.LEARNING_RATE)
