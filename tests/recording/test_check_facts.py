"""Facts of a training step are counts, or 0 and 1."""

import numpy as np
import pytest
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.check_facts import check_facts

FLAGS = [
    *("input_scrambled", "state_scrambled", "target_broadcast"),
    *("softmax_before_log_softmax", "sigmoid_before_logits_loss"),
]
COUNTS = ["length", "batch_size", "calls_without_gradient", "steps_without_tape_step"]


def dataset(name, *values, dims=("step",)):
    return xr.Dataset({name: (dims, np.reshape(values, (-1,) + (1,) * (len(dims) - 1)))})


@pytest.mark.parametrize("name", FLAGS)
def test_flags(name):
    check_facts(dataset(name, 0.0, 1.0, np.nan))
    for wrong in (-0.5, 1.5, np.inf):
        with pytest.raises(BadRecording, match=f"'{name}' has the value {wrong}; expected 0 or 1"):
            check_facts(dataset(name, 1.0, wrong))
        with pytest.raises(BadRecording, match=f"'{name}' has the value {wrong}; expected 0 or 1"):
            check_facts(dataset(name, 1.0, wrong, dims=("step", "call")))


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name):
    check_facts(dataset(name, 0.0, 2.0, 2.0**53, np.nan))
    for wrong in (-1.0, 2.0**53 + 2, np.inf, -np.inf):
        with pytest.raises(BadRecording, match=f"'{name}' has the value {wrong!r}.*; expected counts from 0"):
            check_facts(dataset(name, wrong, 3.0))


def test_all_others_may_be_any_numbers():
    spread = dataset("input_spread", -1.0, dims=("step", "time"))
    check_facts(xr.merge([dataset("loss", -5.0), dataset("mine", np.inf), spread]))
    with pytest.raises(BadRecording, match="'length'"):
        check_facts(xr.merge([dataset("loss", -5.0), dataset("mine", -5.0), dataset("length", -5.0)]))
