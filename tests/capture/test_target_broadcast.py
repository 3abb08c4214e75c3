"""An output (batch, 1) and a target (batch,): the loss compares all pairs. Its healthy twins do not."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gradviz.capture.loss_graph import read_loss

pytestmark = pytest.mark.filterwarnings("ignore:Using a target size")


def product(difference):
    return difference * difference


FUSED = {"mse": F.mse_loss, "smooth_l1": F.smooth_l1_loss, "huber": F.huber_loss}
BY_HAND = {
    "l1": F.l1_loss,
    "power": lambda p, t: ((p - t) ** 2).mean(),
    "square": lambda p, t: (p - t).square().mean(-1).sum(),
    "target first": lambda p, t: (t - p).abs().mean(),
    "product": lambda p, t: product(p - t).mean(),
    "norm": lambda p, t: (p - t).norm(),
    "log cosh": lambda p, t: (p - t).cosh().log().mean(),
}
LOSSES = {**FUSED, **BY_HAND}


def outputs(batch, width=1, dtype=torch.float32):
    return nn.Linear(3, width, dtype=dtype)(torch.randn(batch, 3, dtype=dtype))


def found(loss):
    return read_loss([loss.grad_fn]).target_broadcast


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@settings(max_examples=12)
@given(batch=st.integers(5, 9), seed=st.integers(0, 20))
def test_all_pairs(loss, batch, seed):
    torch.manual_seed(seed)
    p, t = outputs(batch), torch.randn(batch)
    assert found(loss(p, t)) == 1
    assert found(loss(p.squeeze(1), t.unsqueeze(1))) == 1
    assert found(loss(p, t.unsqueeze(0))) == 1
    assert found(512.0 * loss(p, t) / 3 + p.sum()) == 1


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@settings(max_examples=12)
@given(batch=st.integers(2, 9), steps=st.integers(1, 9), seed=st.integers(0, 20))
def test_healthy_twins(loss, batch, steps, seed):
    torch.manual_seed(seed)
    p, t = outputs(batch), torch.randn(batch)
    sequence = outputs(batch, steps)
    healthy = [
        (p, t.unsqueeze(1)),
        (p.squeeze(1), t),
        (p, torch.tensor(0.3)),
        (p, torch.zeros(1)),
        (sequence, torch.randn(batch, steps)),
        (sequence, torch.randn(steps)),
        (sequence, torch.randn(1, steps)),
        (p, torch.randn(batch, batch + 1)),  # one prediction for all time steps
        (p[:1], t[:1]),
    ]
    for output, target in healthy:
        assert found(loss(output, target)) == 0


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_target_that_happens_to_be_square_is_no_broadcast(loss):
    torch.manual_seed(0)
    assert found(loss(outputs(6), torch.randn(6, 6))) == 0
    assert found(loss(outputs(6).squeeze(1), torch.randint(0, 2, (6, 6)).float())) == 0


def test_other_broadcasts_are_healthy():
    torch.manual_seed(0)
    x, p = outputs(6, 6), outputs(6)
    mask, weights = torch.ones(6, 1), torch.rand(6)
    for loss in (
        ((x - torch.randn(6, 6)).square() * mask).sum(),
        ((x - torch.randn(6, 6)).square() * weights).mean(),
        (x - x.mean(1, keepdim=True)).square().mean(),
        (x - x.detach().mean(0)).square().mean(),
        F.cross_entropy(x, torch.arange(6), weight=weights),
        (p * mask).sum(),
        (p - p.T).relu().mean(),  # a ranking of all pairs
        (p - p.detach().T.mean()).square().mean(),
    ):
        assert found(loss) == 0


def test_where_the_graph_does_not_tell():
    torch.manual_seed(0)
    p, t = outputs(6), torch.randn(6)
    for loss in (
        ((p - t) * torch.ones(6, 6)).sum(),  # nobody has saved the difference
        (p - torch.ones(6)).square().mean(),  # equal targets look alike in both shapes
        (outputs(3) - torch.randn(3)).square().mean(),  # so do few
    ):
        assert math.isnan(found(loss))
    assert found(F.mse_loss(p, torch.ones(6))) == 1  # strides tell
    assert found(F.mse_loss(outputs(2), torch.ones(2))) == 1


def test_a_target_that_autocast_has_copied():
    torch.manual_seed(0)
    p, t = outputs(6), torch.randn(6, dtype=torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        assert found(F.mse_loss(p.bfloat16(), t)) == 1
        assert found(F.mse_loss(p.bfloat16().squeeze(1), t)) == 0
        assert math.isnan(found(F.mse_loss(p.bfloat16(), torch.ones_like(t))))


def test_a_target_with_a_gradient():
    p = outputs(4)
    assert found(F.mse_loss(p, outputs(4).squeeze(1))) == 1
    assert found(F.mse_loss(p, outputs(4))) == 0


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_dtypes(dtype):
    torch.manual_seed(0)
    p, t = outputs(7, dtype=dtype), torch.randn(7, dtype=dtype)
    assert found((p - t).pow(2).mean()) == 1
    assert found((p - torch.randn(7, 7, dtype=dtype)).pow(2).mean()) == 0


def test_values_that_are_not_finite_tell_nothing():
    p = outputs(6)
    assert math.isnan(found((p - torch.tensor([0, 1, 2, 3, 4, math.inf])).square().mean()))


def nearest(p, t):
    distance = (p - t).abs()
    return distance.amin(0).mean() + distance.amin(1).mean()


def kernel(p, t):
    return (-((p - t) ** 2)).exp().mean()


def soft_assignment(p, t):
    cost = (p - t) ** 2
    return ((-cost.detach()).softmax(1) * cost).sum()


def basis_functions(p, t):
    return (((p - t) ** 2).sum(1) - 3.0).square().mean()


def histogram(p, t):
    return (-((p - t) ** 2)).softmax(1).mean(0).square().sum()


def on_the_diagonal(p, t):
    return (p - t).square().diagonal().mean()


def weighted_pairs(p, t):
    return ((p - t) ** 2 * torch.rand(len(p), len(t))).mean()


def fused_nearest(p, t):
    return F.mse_loss(p, t, reduction="none").amin(1).mean()


OF_PAIRS = [
    *(nearest, kernel, soft_assignment, basis_functions, histogram, on_the_diagonal, weighted_pairs),
    fused_nearest,
]


@pytest.mark.parametrize("loss", OF_PAIRS)
@pytest.mark.parametrize("seed", range(3))
def test_a_loss_that_may_want_all_pairs_is_not_accused(loss, seed):
    torch.manual_seed(seed)
    p, t = outputs(7), torch.randn(7)
    assert math.isnan(found(loss(p, t)))
    assert math.isnan(found(loss(p, p.squeeze(1)))) or found(loss(p, p.squeeze(1))) == 0


def test_differences_of_the_outputs_among_themselves():
    p = outputs(7)
    assert found(((p - p.detach().squeeze(1)) ** 2).mean()) != 1
    assert found(((p - p.squeeze(1)) ** 2).mean()) != 1


WITH_WEIGHTS = {
    "of the batch": lambda d: (d**2 * torch.rand(7)).mean(),
    "of the batch, as a column": lambda d: (d.abs() * torch.rand(7, 1)).sum(),
    "of the sums": lambda d: ((d**2).mean(1) * torch.rand(7)).sum(),
    "expectile": lambda d: (torch.where(d > 0, 0.9, 0.1).mean() * d**2).mean(),
    "two terms": lambda d: (d**2).mean() + d.abs().mean(),
}


@pytest.mark.parametrize("loss", WITH_WEIGHTS.values(), ids=WITH_WEIGHTS)
def test_a_sum_with_weights_is_still_told(loss):
    torch.manual_seed(0)
    assert found(loss(outputs(7) - torch.randn(7))) == 1
