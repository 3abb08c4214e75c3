"""Random numbers from a seed leave the global generators as they were."""

import random

import numpy as np
import pytest
import torch

from gradviz.remedies.seeded import RandomStream, seeded


def draws():
    return random.random(), np.random.rand(), torch.rand(()).item()  # noqa: NPY002


def test_the_same_numbers_and_no_trace():
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    expected = draws()
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    with seeded(5):
        first = draws()
    with pytest.raises(ZeroDivisionError), seeded(5):
        1 / (draws() != first)
    assert draws() == expected


def test_a_stream_gives_the_same_numbers_whatever_else_is_drawn():
    before = random.getstate()
    with seeded(5):
        expected = [draws() for _ in range(4)]
    with seeded(5):
        stream = RandomStream()
        outside, inside = [draws()], []
        for _ in range(3):
            with stream.drawn_from():
                inside.append(draws())
            outside.append(draws())
        with pytest.raises(ZeroDivisionError), stream.drawn_from():
            inside.append(1 / (len(inside) - 3))
    assert inside == expected[:3]
    assert outside == expected
    assert random.getstate() == before
