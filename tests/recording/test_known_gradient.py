"""The total gradient of a recording, or the direct one of states that were computed all at once."""

import numpy as np
import pytest

from gradviz.errors import BadRecording
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.known_gradient import known_gradient


def recording(cell, **norms):
    variables = {name: np.full((1, 1, 3, 2), value) for name, value in norms.items()}
    return build_dataset([CallRecord(0, "loop", cell, np.arange(2), variables, 0.0)])


@pytest.mark.parametrize("cell", ["observed", "lstm"])
def test_the_total_gradient(cell):
    both = recording(cell, log10_grad_h=-1.0, log10_grad_h_direct=-2.0)
    assert known_gradient(both).name == "log10_grad_h"


def test_only_the_direct_one():
    assert (known_gradient(recording("observed", log10_grad_h_direct=-2.0)) == -2).all()
    with pytest.raises(BadRecording, match="'log10_grad_h'"):
        known_gradient(recording("lstm", log10_grad_h_direct=-2.0))
    with pytest.raises(BadRecording, match="'log10_grad_h'"):
        known_gradient(recording("observed", state_h=1.0))
