"""The table of kinds: every constant is in it, causes before their effects."""

import re

from gradviz.diagnosis import kinds as k


def test_every_kind_has_a_title():
    constants = {value for name, value in vars(k).items() if name.isupper() and isinstance(value, str)}
    assert constants == set(k.KINDS)
    assert all(re.fullmatch("[a-z_]+", kind) for kind in k.KINDS)
    assert len(set(k.KINDS.values())) == len(k.KINDS)


def test_causes_come_before_effects():
    for cause, effect in [
        (k.NOT_FINITE, k.VANISHING),
        (k.DEAD_RELU, k.VANISHING),
        (k.SATURATED, k.VANISHING),
        (k.FORGET_BIAS, k.VANISHING),
        (k.VANISHING, k.BELOW_RANGE),
        (k.DETACHED, k.FORGET_BIAS),
        (k.EXPLODING, k.CLIPPING),
    ]:
        assert k.ORDER[cause] < k.ORDER[effect]
    assert sorted(k.ORDER.values()) == list(range(len(k.KINDS)))
