"""Growing gradients, on the thresholds; a sum over the steps of the loss is not growth."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, of_last, tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.growth import growth
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def found(ds, lag=None):
    return list(growth(DiagnosisContext(tree(ds), "layer", lag)))


def peaked(gained, lost, steps=11):
    """Back from the last step: up in the first half, down in the second."""
    half = steps // 2
    back = np.concatenate(
        [np.linspace(0, gained, half + 1), np.linspace(gained, gained - lost, half + 1)[1:]]
    )
    return back[::-1]


@pytest.mark.parametrize(
    ("gained", "lost", "kinds"),
    [
        (0.99, 0.0, []),
        (1.0, 0.0, [(k.EXPLODING, "warning")]),
        (1.99, 0.0, [(k.EXPLODING, "warning")]),
        (2.0, 0.0, [(k.EXPLODING, "trouble")]),
        (2.0, 0.99, [(k.EXPLODING, "trouble")]),
        (2.0, 1.0, [(k.NON_NORMAL, "trouble")]),
        (1.5, 9.0, [(k.NON_NORMAL, "trouble")]),
        (1.49, 9.0, [(k.NON_NORMAL, "warning")]),
        (0.99, 9.0, []),
    ],
)
def test_limits(gained, lost, kinds):
    findings = found(dataset(total=peaked(gained, lost)))
    assert [(f.kind, f.severity) for f in findings] == kinds
    if findings:
        assert findings[0].amounts[0].value == pytest.approx(gained)
        assert findings[0].amounts[1].value == 5


def test_the_sum_over_a_loss_on_every_step_does_not_count():
    rising = np.linspace(2.0, 0, 11)  # a sum over eleven steps explains one decade
    alone, everywhere = dataset(total=rising), dataset(total=rising, direct=np.zeros(11))
    assert [f.severity for f in found(alone)] == ["trouble"]
    assert [f.severity for f in found(everywhere)] == []
    by_hand = alone.drop_vars("log10_grad_h_direct")
    assert found(by_hand) == []


@pytest.mark.parametrize("total", [[0.0], [0, -INF, -INF], [-INF] * 4, [np.nan] * 4])
def test_too_short(total):
    assert found(dataset(total=total)) == []


def test_a_reverse_direction_grows_to_its_end():
    rising = np.linspace(3.0, 0, 11)
    ds = dataset(total=rising[::-1], direct=of_last(rising)[::-1]).assign_coords(direction=["reverse"])
    (finding,) = found(ds)
    assert (finding.kind, finding.where.direction) == (k.EXPLODING, "reverse")


@pytest.mark.parametrize(
    ("cell", "left", "right", "code"),
    [
        ("rnn", 0, 0, 'gv.initialise(model, "orthogonal")\ntorch.nn.utils'),
        ("rnn_relu", 1, 0, 'gv.initialise(model, "identity")\ntorch.nn.utils'),
        ("rnn", 0.3, 0.3, 'gv.initialise(model, "default")\ngv.initialise(model, "orthogonal")\n'),
        ("observed", 0, 0, "torch.nn.init.orthogonal_(recurrent_weight)"),
    ],
)
def test_remedies(cell, left, right, code):
    (finding,) = found(dataset(cell, peaked(3, 0), left=left, right=right))
    assert finding.remedy.code.startswith(code)
    assert "clip_grad_norm_" in finding.remedy.code
