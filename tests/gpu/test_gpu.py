"""The recorder is exact and passive on a GPU; ``GRADVIZ_DEVICE=cpu`` checks the same formulation on a CPU."""

import os

import pytest
import torch
from on_device import CHECKS, Outcome, checks_for

DEVICE = os.environ.get("GRADVIZ_DEVICE", "cuda")

on_the_device = pytest.mark.skipif(
    DEVICE == "cuda" and not torch.cuda.is_available(), reason="PyTorch finds no CUDA device"
)


@on_the_device
@pytest.mark.parametrize("name", checks_for(DEVICE))
def test_on_the_device(name):
    outcome = CHECKS[name](DEVICE)
    assert outcome.passed, f"worst error {outcome.worst:.1e}, allowed {outcome.limit:.0e}"


@pytest.mark.parametrize(
    "name",
    [
        "lstm, float64",
        "gru, 2 layers, both directions, float32",
        "lstm, packed, both directions, float64",
        "rnn cell in a loop, float64",
        "gru, training unchanged, float64",
        "lstm, no warning",
        "gru, shares of the weight's gradient",
        "lstm, forward only",
        "gru by hand with its gates",
        "gru, GradScaler",
        "lstm, compiled (aot_eager)",
    ],
)
def test_the_checks_themselves_work_on_a_cpu(name):
    assert CHECKS[name]("cpu").passed


def test_a_worst_error_that_is_not_a_number_does_not_pass():
    assert not Outcome(float("nan"), 1.0).passed
    assert Outcome(1.0, 1.0).passed
