"""Learning rates at which training jumps, and rates at which it learns."""

import numpy as np
import pytest
import torch
import xarray as xr
from diagnosis.mistakes import findings, training
from torch import nn

import gradviz as gv
from gradviz.diagnosis.checks.learning_rate import learning_rate

KIND = "learning_rate_too_high"
SGD = {"optimizer": torch.optim.SGD}


@pytest.mark.parametrize("is_given_optimizer", [True, False])
@pytest.mark.parametrize("options", [{"rate": 3.0}, {"rate": 30.0, **SGD}])
def test_found(options, is_given_optimizer):
    tree = training(**options, is_given_optimizer=is_given_optimizer)
    (found,) = findings(tree, KIND, lag=5)
    assert found.severity == "trouble"
    assert found.amounts[0].value > 3
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)
    assert found.remedy.changes[0].name == "lower_learning_rate"


@pytest.mark.parametrize(
    "options",
    [{"rate": 1e-2}, {"rate": 1e-3}, {"rate": 0.3, **SGD}, {"rate": 1e-4, **SGD}, {"batch": 2}],
)
def test_healthy_twins(options):
    assert not findings(training(**options), KIND, lag=5)


def test_the_rate_that_is_advised_learns():
    (found,) = findings(training(rate=3.0), KIND, lag=5)
    rate = 3.0 * found.remedy.changes[0].options["factor"]
    assert not findings(training(rate=rate), KIND, lag=5)


@pytest.mark.slow
@pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam, torch.optim.RMSprop])
@pytest.mark.parametrize("rate", 10.0 ** np.arange(-3, 2))
def test_silent_where_the_loss_is_halved(cell, optimizer, rate):
    tree = training(cell=cell, optimizer=optimizer, rate=float(rate), iterations=200)
    losses = tree["loss"].values
    found = findings(tree, KIND, lag=5)
    if np.median(losses[-20:]) < 0.5 * losses[0]:
        assert not found


def made(losses, updates=None, batch=32):
    """A recording with these losses, for the limits."""
    steps = np.arange(len(losses))
    root = {"loss": ("iteration", np.array(losses, float))}
    if updates is not None:
        root["update_ratio"] = ("iteration", np.broadcast_to(np.array(updates, float), len(losses)))
    module = xr.Dataset(
        {"batch_size": ("step", np.full(len(losses), float(batch)))}, {"step": steps}, {"cell": "gru"}
    )
    return xr.DataTree.from_dict({"/": xr.Dataset(root, {"iteration": steps}), "/gru": module})


def severity(*args, **options):
    found = list(learning_rate(made(*args, **options)))
    return found[0].severity if found else None


RISEN, FALLEN, HALF = [1.0] + [4.0] * 39, [1.0] + [4.0] * 25 + [0.3] * 14, [1.0] + [4.0] * 25 + [0.7] * 14


def test_limits_of_the_loss():
    assert severity(RISEN) == "trouble"
    assert severity([1.0] + [2.5] * 39) == "warning"
    assert severity([1.0] + [1.8] * 39) is None
    assert severity(RISEN[:15]) is None  # too few to judge
    assert severity(FALLEN) is None
    assert severity(HALF) == "warning"
    assert severity([-1.0] + [4.0] * 39) is None  # no loss above 0
    assert severity([1.0] * 20 + [4.0] * 4 + [1.0] * 16) is None  # an outlier, not the running median
    assert severity([1.0] * 5 + [9.0, 400.0] + [np.inf] * 33) == "trouble"
    assert severity([1.0] * 5 + [np.inf] * 35) is None  # all of a sudden: it may come from anything
    assert severity([1.0] * 5 + [np.inf] * 35, 0.6) == "trouble"  # unless an update was large


NAN = np.nan
DIVERGED = [1.0, 0.8, 0.7, 2.0, 90.0, NAN, NAN]


@pytest.mark.parametrize(
    ("losses", "update", "expected"),
    [
        (DIVERGED, 0.1, "trouble"),
        (DIVERGED, None, "trouble"),
        (DIVERGED, 1e-5, None),  # the weights hardly moved
        ([1.0, 0.8, 0.7, 2.0, 6.0, NAN], 0.1, None),  # not far
        ([1.0, 0.8, 0.7, 0.6, 90.0, NAN], 0.1, None),  # one bad batch
        ([1.0, 0.8, 0.7, 0.6, 90.0, NAN], 0.6, "trouble"),  # but for updates that are large
        ([1.0, 0.8, 0.7, 0.6, 0.9, NAN], 0.6, None),
        ([1.0, 0.8, 0.7, 0.8, 0.7, NAN], 0.1, None),  # all of a sudden
        ([1.0, 0.8, 0.7, 2.0, 90.0, 80.0], 0.1, None),  # finite, and too few to judge
        ([-1.0, 0.8, 2.0, 90.0, NAN], 0.1, None),
    ],
)
def test_a_loss_that_rose_until_it_was_not_finite(losses, update, expected):
    assert severity(losses, update) == expected


def test_since_when_it_rose():
    tree = made(DIVERGED, 0.1)
    (found,) = learning_rate(tree)
    assert found.since == 2
    assert found.amounts[2].value == pytest.approx(90 / 0.7)
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)


@pytest.mark.parametrize(("rate", "is_found"), [(5.0, True), (10.0, True), (0.01, False)])
def test_a_recurrence_without_a_bound(rate, is_found):
    torch.manual_seed(0)
    layer, head = nn.RNN(3, 16, nonlinearity="relu"), nn.Linear(16, 1)
    model = nn.ModuleList([layer, head])
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    with gv.record(model, every=10, optimizer=optimizer) as tape:
        for _ in range(30):
            optimizer.zero_grad()
            x = torch.randn(20, 16, 3)
            loss = (head(layer(x)[0][-1])[:, 0] - x[-1].mean(1)).square().mean()
            loss.backward()
            optimizer.step()
            tape.step(loss)
    found = gv.diagnose(tape.tree)
    assert (found[0].kind == KIND if found else False) == is_found
    if is_found:
        assert {each.cause for each in found if each.kind == "not_finite"} == {KIND}


def test_nan_in_the_data_is_in_the_data():
    torch.manual_seed(0)
    layer = nn.LSTM(3, 16)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.01)
    with gv.record(layer, every=5, optimizer=optimizer) as tape:
        for number in range(30):
            optimizer.zero_grad()
            x = torch.randn(20, 16, 3)
            x[3, 2] = np.nan if number == 10 else 0
            loss = (layer(x)[0][-1].mean(1) - x[-1].mean(1)).square().mean()
            loss.backward()
            optimizer.step()
            tape.step(loss)
    found = gv.diagnose(tape.tree)
    assert found[0].kind == "not_finite"
    assert found[0].cause is None


def test_a_huge_update_after_which_nothing_is_learned_is_trouble():
    assert severity([1.0] + [1.5] * 39, 9.0) == "trouble"


def test_small_batches_vary_by_themselves():
    assert severity([1.0] + [3.9] * 39, batch=8) is None
    assert severity([1.0] + [7.0] * 39, batch=8) == "trouble"
    assert severity([1.0] + [50.0] * 39, batch=1) is None
    assert severity([1.0] + [500.0] * 39, batch=1) == "trouble"


def test_updates_decide():
    assert severity(RISEN, 0.01) is None
    assert severity([1.0] + [1.5] * 39, 0.6) == "warning"
    assert severity([1.0] + [1.5] * 39, 0.3) is None
    assert severity(HALF, 9.0) == "trouble"


@pytest.mark.parametrize(
    ("update", "factor"), [(0.2, 0.1), (2.0, 0.01), (20.0, 0.001), (1e9, 1e-4), (np.inf, 0.1)]
)
def test_the_factor_makes_the_first_update_a_usual_one(update, factor):
    (found,) = learning_rate(made(RISEN, update))
    assert found.remedy.changes[0].options["factor"] == factor
    assert f"*= {factor:g}" in found.remedy.code


@pytest.mark.parametrize("count", [4, 6, 19])
def test_a_loss_that_runs_away_within_a_few_steps(count):
    tree = made(10.0 ** (5 * np.arange(count)))
    (found,) = learning_rate(tree)
    assert (found.kind, found.severity) == (KIND, "trouble")
    assert found.what.startswith(f"Within {count} training steps the loss rose to 1e+{5 * (count - 1)}, 1e+")
    assert found.amounts[0].value == pytest.approx(10.0 ** (5 * (count - 1)))
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)


@pytest.mark.parametrize(
    "losses",
    [
        [1, 1, 1, 1, 1, 1e9],  # a bad batch, the last one
        [1, 1e9, 1, 1, 1, 1],
        [1, 10, 100, 1000],  # not far
        [1e-7, 0.01, 0.5, 1.2],  # the first sequence was easy
        [1e-9, 1e-6, 1e-3, 1, 0.9],  # and it goes down again
        [1, 1e6, 1e12],  # too few
        [-1, 10, 1e4, 1e8],  # no ratio
        [0, 10, 1e4, 1e8],
    ],
)
def test_few_losses_that_need_not_run_away(losses):
    assert not list(learning_rate(made(losses)))


def test_hardly_any_update_cannot_make_a_loss_run_away():
    losses = 10.0 ** (5 * np.arange(6))
    assert not list(learning_rate(made(losses, 1e-6)))
    assert list(learning_rate(made(losses, 0.3)))


def test_few_healthy_steps_are_no_trouble():
    tree = training(rate=1e-2, iterations=6)
    assert not findings(tree, KIND, lag=5)
    assert "the losses of 20 training steps, and there are 6" in " ".join(
        str(gv.diagnose(tree, lag=5)).split()
    )
    assert "losses of 20" not in str(gv.diagnose(training(rate=1e-2, iterations=20), lag=5))


def test_a_short_training_that_really_runs_away():
    torch.manual_seed(0)
    model = nn.ModuleList([nn.GRU(2, 8), nn.Linear(8, 1)])
    optimizer = torch.optim.SGD(model.parameters(), lr=1e4)
    x, y = torch.randn(5, 16, 2), torch.randn(16, 1)
    with gv.record(model, optimizer=optimizer) as tape:
        for _ in range(6):
            optimizer.zero_grad()
            loss = (model[1](model[0](x)[0][-1]) - y).square().mean()
            loss.backward()
            optimizer.step()
            tape.step(loss)
    assert tape.tree["loss"][-1] > 1e20
    assert KIND in gv.diagnose(tape.tree).kinds
