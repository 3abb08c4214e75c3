"""Weights that are not trained."""

import pytest
from diagnosis.recorded import dataset, tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.frozen_weights import frozen_weights
from gradviz.diagnosis.context import DiagnosisContext


@pytest.mark.parametrize(("attributes", "count"), [({"trainable": 0}, 1), ({"trainable": 1}, 0), ({}, 0)])
def test_frozen_weights(attributes, count):
    found = list(frozen_weights(DiagnosisContext(tree(dataset().assign_attrs(attributes)), "layer", None)))
    assert [(f.kind, f.severity) for f in found] == [(k.FROZEN_WEIGHTS, "note")] * count
