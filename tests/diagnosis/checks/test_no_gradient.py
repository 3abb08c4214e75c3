"""No gradient in the whole recording, or in one module."""

import pytest
from diagnosis.recorded import NONE, NOTHING, WHOLE, dataset, tree, two_directions

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.no_gradient import no_gradient, nothing_recorded
from gradviz.diagnosis.context import DiagnosisContext


def found(ds):
    return [(f.kind, f.severity) for f in no_gradient(DiagnosisContext(tree(ds), "layer", None))]


def test_no_gradient():
    assert found(dataset(total=NOTHING, direct=NOTHING)) == [(k.NO_GRADIENT, "trouble")]
    assert found(dataset()) == []
    assert found(dataset(total=NOTHING).drop_vars("log10_grad_h_direct")) == []


@pytest.mark.parametrize(
    ("forward", "reverse", "count"), [(NONE, NONE, 1), (NONE, WHOLE, 0), (WHOLE, NONE, 0)]
)
def test_no_gradient_in_either_direction(forward, reverse, count):
    assert len(found(two_directions(forward, reverse))) == count


def test_nothing_recorded():
    finding = nothing_recorded(tree(nothing_recorded="the model did not call lstm"))
    assert finding.severity == "trouble"
    assert "during the recording: the model did not call lstm. Either the layer was" in finding.what
    assert "during the recording. Either the layer was" in nothing_recorded(tree()).what
