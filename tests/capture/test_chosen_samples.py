"""Which sequences of a batch are recorded."""

import pytest
import torch

from gradviz.capture.chosen_samples import chosen_samples


@pytest.mark.parametrize(
    ("batch", "samples", "expected"),
    [
        (64, 16, [0, 4, 8, 12, 16, 21, 25, 29, 33, 37, 42, 46, 50, 54, 58, 63]),
        (5, 3, [0, 2, 4]),
        (5, 1, [0]),
        (3, 16, [0, 1, 2]),
        (4, None, [0, 1, 2, 3]),
    ],
)
def test_evenly_spaced_with_both_ends(batch, samples, expected):
    assert chosen_samples(batch, samples, torch.device("cpu")).tolist() == expected
