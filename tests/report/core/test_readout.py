"""The read-out and the losses in JavaScript are torch's."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from report.core.javascript import new_core
from torch import nn

TOLERANCE = {"rtol": 1e-12, "atol": 1e-13}


def check_readout(core, hidden, output, rows, before):
    layer = nn.Linear(hidden, output).double()
    h = torch.randn(rows, hidden, dtype=torch.float64, requires_grad=True)
    gradient = torch.randn(rows, output, dtype=torch.float64)
    out = layer(h)
    (out * gradient).sum().backward()
    found = core.call(
        "readoutPasses",
        hidden=hidden,
        output=output,
        rows=rows,
        weight=layer.weight,
        bias=layer.bias,
        h=h,
        outputGradient=gradient,
        before=before,
    )
    np.testing.assert_allclose(found["outputs"], out.detach().ravel(), **TOLERANCE)
    np.testing.assert_allclose(found["weight"], layer.weight.grad.ravel(), **TOLERANCE)
    np.testing.assert_allclose(found["bias"], layer.bias.grad, **TOLERANCE)
    np.testing.assert_allclose(found["h"][before:], h.grad.ravel(), **TOLERANCE)
    assert (found["h"][:before] == 5).all()


@given(hidden=st.integers(1, 7), output=st.integers(1, 6), rows=st.integers(1, 5), before=st.integers(0, 4))
@settings(max_examples=25, deadline=None)
def test_the_readout_is_a_linear_layer(core, hidden, output, rows, before):
    check_readout(core, hidden, output, rows, before)


def check_loss(core, name, outputs, targets):
    """Value and gradient, against torch's function."""
    own = outputs.clone().requires_grad_()
    function = {"meanSquaredError": nn.functional.mse_loss, "crossEntropy": nn.functional.cross_entropy}[name]
    loss = function(own, targets)
    loss.backward()
    found = core.call("loss", name=name, outputs=outputs, targets=targets)
    assert found["value"] == pytest.approx(loss.item(), rel=1e-13, abs=1e-13)
    np.testing.assert_allclose(found["gradient"], own.grad.ravel(), **TOLERANCE)


@given(rows=st.integers(1, 5), classes=st.integers(1, 6), size=st.sampled_from([0.1, 1, 30, 900]))
@settings(max_examples=25, deadline=None)
def test_losses(core, rows, classes, size):
    """Logits of hundreds, too, whose powers of e are beyond the range of floats."""
    outputs = size * torch.randn(rows, classes, dtype=torch.float64)
    check_loss(core, "meanSquaredError", outputs, torch.randn(rows, classes, dtype=torch.float64))
    check_loss(core, "crossEntropy", outputs, torch.randint(classes, (rows,)))
    found = core.call("logSoftmax", logits=outputs, rows=rows)
    np.testing.assert_allclose(found, torch.log_softmax(outputs, 1).ravel(), **TOLERANCE)


def test_losses_by_hand(core):
    found = core.call("loss", name="meanSquaredError", outputs=[1.0, 3.0], targets=[0.0, 1.0])
    assert found["value"] == 2.5
    assert found["gradient"].tolist() == [1, 2]
    found = core.call("loss", name="crossEntropy", outputs=[0.0, math.log(3)], targets=[0])
    assert found["value"] == pytest.approx(math.log(4), rel=1e-14)
    assert found["gradient"].tolist() == pytest.approx([-0.75, 0.75], rel=1e-14)
    found = core.call("loss", name="crossEntropy", outputs=[1e308, -1e308], targets=[0])
    assert found["value"] == 0


def test_a_wrong_sign_is_noticed():
    core = new_core(
        [("gradient[row * count + classes[row]] -= 1 / rows", "gradient[row * count] += 1 / rows")]
    )
    with pytest.raises(AssertionError):
        check_loss(core, "crossEntropy", torch.randn(3, 4).double(), torch.tensor([1, 2, 3]))
