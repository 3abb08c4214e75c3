"""A reverse direction that is read at its first step."""

import pytest
from diagnosis.recorded import AT_START, NONE, WHOLE, WHOLE_REVERSE, tree, two_directions

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.reverse_direction import reverse_unused
from gradviz.diagnosis.context import DiagnosisContext


@pytest.mark.parametrize(
    ("forward", "reverse", "is_unused"),
    [
        (WHOLE, WHOLE_REVERSE, False),
        (WHOLE, AT_START, True),
        (WHOLE, NONE, False),
        (NONE, WHOLE_REVERSE, False),
        (AT_START, NONE, False),
        (NONE, NONE, False),
    ],
)
def test_reverse_unused(forward, reverse, is_unused):
    context = DiagnosisContext(tree(two_directions(forward, reverse)), "layer", 10)
    found = [(f.kind, f.severity, f.where.direction) for f in reverse_unused(context)]
    assert found == [(k.REVERSE_UNUSED, "warning", "reverse")] * is_unused
