"""What the graph of a loss tells: each fault, its healthy twins, and where the graph is silent."""

import gc
import math
import weakref

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from gradviz.capture.loss_graph import LossFacts, of_any, read_loss

B, CLASSES = 8, 5
NAN = math.nan

pytestmark = pytest.mark.filterwarnings("ignore:Using a target size")


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def logits():
    return nn.Linear(3, CLASSES)(torch.randn(B, 3))


def classes():
    return torch.randint(0, CLASSES, (B,))


def value_of(loss, name, states=()):
    return getattr(read_loss([loss.grad_fn], states), name)


class Opaque(torch.autograd.Function):
    """A function of the user's own."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


def attention(x):
    weights = (x @ x.T).softmax(-1)
    return F.cross_entropy(nn.Linear(CLASSES, CLASSES)(weights @ x), classes())


def by_time(x):
    steps = torch.stack([F.softmax(x + k, -1) for k in range(3)])  # (time, batch, class)
    return F.cross_entropy(steps.permute(1, 2, 0), torch.zeros(B, 3, dtype=torch.long))


TWICE = {
    "cross_entropy": lambda x: F.cross_entropy(x.softmax(-1), classes()),
    "of probabilities": lambda x: F.cross_entropy(x.softmax(-1), torch.rand(B, CLASSES)),
    "label smoothing": lambda x: F.cross_entropy(x.softmax(-1), classes(), label_smoothing=0.1),
    "log_softmax and nll": lambda x: F.nll_loss(F.log_softmax(x.softmax(-1), -1), classes()),
    "kl_div": lambda x: F.kl_div(
        x.softmax(-1).log_softmax(-1), torch.rand(B, CLASSES), reduction="batchmean"
    ),
    "reshaped": lambda x: F.cross_entropy(x.softmax(-1).view(2, -1, CLASSES).flatten(0, 1), classes()),
    "over time": by_time,
    "transposed": lambda x: F.cross_entropy(x.T.softmax(0).T.clone()[:4], classes()[:4]),
    "cast": lambda x: F.cross_entropy(x.softmax(-1).double(), classes()),
    "scaled": lambda x: 1024 * F.cross_entropy(x.softmax(-1), classes()) / 4,
    "one of several": lambda x: F.cross_entropy(x, classes()) + F.cross_entropy(x.softmax(-1), classes()),
}
ONCE = {
    "cross_entropy": lambda x: F.cross_entropy(x, classes()),
    "log of softmax": lambda x: F.nll_loss(x.softmax(-1).log(), classes()),
    "log_softmax twice": lambda x: F.cross_entropy(x.log_softmax(-1), classes()),
    "attention": attention,
    "softmax beside it": lambda x: F.cross_entropy(x, classes()) + x.softmax(-1).square().sum(),
    "softmax as the target": lambda x: F.cross_entropy(x, (2 * x).softmax(-1)),
    "mse of softmax": lambda x: F.mse_loss(x.softmax(-1), torch.rand(B, CLASSES)),
    "half of it": lambda x: F.cross_entropy(torch.cat([x.softmax(-1), x]), torch.cat([classes(), classes()])),
    "weighted": lambda x: F.cross_entropy(3 * x.softmax(-1), classes()),
    "parameter": lambda x: F.cross_entropy(nn.Parameter(torch.zeros(B, CLASSES)), classes()),
}


@pytest.mark.parametrize("loss", TWICE.values(), ids=TWICE)
def test_softmax_before_log_softmax(loss):
    assert value_of(loss(logits()), "softmax_before_log_softmax") == 1


@pytest.mark.parametrize("loss", ONCE.values(), ids=ONCE)
def test_log_softmax_of_logits(loss):
    assert value_of(loss(logits()), "softmax_before_log_softmax") == 0


def test_softmax_under_autocast():
    for softmax in (True, False):
        with torch.autocast("cpu", torch.bfloat16):
            out = nn.Linear(3, CLASSES)(torch.randn(B, 3))
            loss = F.cross_entropy(out.softmax(-1) if softmax else out, classes())
        assert value_of(loss, "softmax_before_log_softmax") == softmax


def test_sigmoid_before_logits_loss():
    x, target = logits(), torch.rand(B, CLASSES)
    for loss, expected in (
        (F.binary_cross_entropy_with_logits(x.sigmoid(), target), 1),
        (F.binary_cross_entropy_with_logits(x.sigmoid()[:, 0], target[:, 0], pos_weight=torch.ones(1)), 1),
        (F.binary_cross_entropy_with_logits(x, target), 0),
        (F.binary_cross_entropy_with_logits(x, x.sigmoid()), 0),
        (F.binary_cross_entropy(x.sigmoid(), target), 0),
    ):
        assert value_of(loss, "sigmoid_before_logits_loss") == expected


def test_what_the_graph_does_not_show():
    x = logits()
    for loss in (
        Opaque.apply(x.softmax(-1)).square().sum(),
        F.cross_entropy(Opaque.apply(x), classes()),
        F.cross_entropy(checkpoint(lambda x: x.softmax(-1), x, use_reentrant=True), classes()),
    ):
        assert math.isnan(value_of(loss, "softmax_before_log_softmax"))
    behind = F.cross_entropy(nn.Linear(CLASSES, CLASSES)(Opaque.apply(x)), classes())
    assert value_of(behind, "softmax_before_log_softmax") == 0


def test_a_graph_without_end_is_read_up_to_a_limit():
    x = y = logits()
    for _ in range(1000):
        y = (y + 0.1).tanh()
    assert math.isnan(value_of(y.sum(), "softmax_before_log_softmax"))
    assert value_of(y.sum(), "softmax_before_log_softmax", {y.grad_fn}) == 0
    assert value_of(F.cross_entropy(y, classes()), "softmax_before_log_softmax") == 0
    assert value_of(x.sum(), "softmax_before_log_softmax") == 0


def test_a_state_of_a_recorded_call_is_no_softmax():
    state = logits().softmax(-1)
    loss = F.cross_entropy(state, classes())
    assert value_of(loss, "softmax_before_log_softmax") == 1
    assert value_of(loss, "softmax_before_log_softmax", {state.grad_fn}) == 0


def test_any_of_several_passes():
    def facts(value):
        return LossFacts(value, 0.0, value)

    for values, expected in (((0, 1, NAN), 1), ((0, NAN), NAN), ((0, 0), 0), ((1,), 1)):
        found = of_any([facts(float(value)) for value in values])
        assert found.softmax_before_log_softmax == pytest.approx(expected, nan_ok=True)
        assert found.sigmoid_before_logits_loss == 0


def test_shapes_decide_only_what_the_graph_leaves_open():
    def value(known, output, target):
        return LossFacts(0.0, 0.0, known).with_shapes(output, target).target_broadcast

    assert value(NAN, (3, 1), (3,)) == value(NAN, (3,), (3, 1)) == 1
    assert value(0.0, (3, 1), (3,)) == 0
    for output, target in (((3, 1), (3, 1)), ((1, 1), (1,)), ((3, 2), (3,)), ((3, 1), (4,)), ((3, 3), (3,))):
        assert math.isnan(value(NAN, output, target))


def test_nothing_is_kept_alive():
    saved = torch.rand(B, CLASSES)
    held = weakref.ref(saved)
    loss = (logits().softmax(-1) * saved).sum()
    del saved
    read_loss([loss.grad_fn])
    del loss
    gc.collect()
    assert held() is None


def test_hooks_for_saved_tensors_run_as_often_as_without():
    def counted(read):
        unpacked = []
        x = nn.Linear(3, 1)(torch.randn(B, 3))
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: unpacked.append(1) or t):
            loss = F.mse_loss(x, torch.randn(B)) + (x - torch.randn(B)).abs().mean()
        facts = read_loss([loss.grad_fn]) if read else None
        loss.backward()
        return len(unpacked), facts

    plain, (count, facts) = counted(False), counted(True)
    assert count == plain[0] > 0
    assert math.isnan(facts.target_broadcast)
