"""The two-sequence problem with noisy targets."""

import pytest
import torch
from batches import assert_even, mean_loss, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(low=st.integers(3, 30), more=st.none() | st.integers(0, 20), seed=st.integers(0, 99))
def test_the_target_without_noise_follows_from_the_signal(low, more, seed):
    task = gv.tasks.two_sequences(low if more is None else (low, low + more))
    inputs, targets = task.batch(6, seeded(seed))
    assert targets.shape == (6, 2)
    for sequence, (_, noise_free) in zip(one_by_one(inputs), targets.tolist(), strict=True):
        signal = 1.0 if noise_free < 0.5 else -1.0
        assert sequence[:3].flatten().tolist() == [signal] * 3
        assert noise_free == pytest.approx(0.2 if signal == 1 else 0.8)


def test_the_noise_of_inputs_and_targets_has_its_variance():
    task = gv.tasks.two_sequences(12, variance=0.3, noisy_signal=True, target_variance=0.05)
    inputs, targets = task.batch(8000, seeded(0))
    around = (targets[:, 0] - targets[:, 1]).double()
    assert abs(around.mean().item()) < 5 * (0.05 / 8000) ** 0.5
    assert abs(around.var().item() - 0.05) < 5 * 0.05 * (2 / 8000) ** 0.5
    assert abs(inputs[:, 3:].double().var().item() - 0.3) < 5 * 0.3 * (2 / inputs[:, 3:].numel()) ** 0.5
    assert inputs[:, :3].std(0).min() > 0.5
    assert_even((targets[:, 1] > 0.5).long(), 2)
    around = gv.tasks.two_sequences(12, target_variance=0).batch(5, seeded(0))[1]
    assert torch.equal(around[:, 0], around[:, 1])


def test_the_baseline_and_the_best_loss():
    task = gv.tasks.two_sequences()
    mean, error = mean_loss(task, lambda targets: torch.full((len(targets), 1), 0.5))
    assert abs(mean - task.baseline) < 5 * error < 0.015
    assert task.baseline == pytest.approx(0.3**2 + 0.1)
    mean, error = mean_loss(task, lambda targets: targets[:, 1:])
    assert abs(mean - task.target_variance) < 5 * error


def test_the_metric_is_free_of_the_noise_in_the_targets():
    task, targets = gv.tasks.two_sequences(), torch.tensor([[9.0, 0.2], [-3.0, 0.8]])
    assert task.metric(torch.tensor([[0.25], [0.79]]), targets).item() == pytest.approx(0.03)
    assert task.loss(torch.tensor([[8.0], [-3.0]]), targets).item() == pytest.approx(0.5)
    for measure in (task.loss, task.metric):
        with pytest.raises(ValueError, match=r"two_sequences needs outputs of shape \(2, 1\)"):
            measure(torch.zeros(2), targets)


def test_lag_and_bad_options():
    task = gv.tasks.two_sequences((20, 30), signal=4)
    assert (task.lag, task.informative) == (26, range(4))
    with pytest.raises(ValueError, match="target_variance = -1: must be a finite number of at least 0"):
        gv.tasks.two_sequences(target_variance=-1)
    with pytest.raises(ValueError, match="variance = nan: must be a finite number of at least 0"):
        gv.tasks.two_sequences(variance=float("nan"))
    with pytest.raises(ValueError, match="signal = 9: must be a whole number from 1 to 5"):
        gv.tasks.two_sequences((5, 9), signal=9)
