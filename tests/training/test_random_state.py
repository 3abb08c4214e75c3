"""The state of the random generators is kept and restored."""

import pytest
import torch

from gradviz.training.random_state import random_state, restore_random_state


def test_the_draws_are_repeated():
    kept = random_state(torch.device("cpu"))
    assert set(kept) == {"random"}
    first = torch.rand(3)
    restore_random_state(kept, torch.device("cpu"))
    assert torch.equal(torch.rand(3), first)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_draws_of_a_cuda_device_are_repeated():
    device = torch.device("cuda")
    kept = random_state(device)
    first = torch.rand(3, device=device)
    restore_random_state(kept, device)
    assert torch.equal(torch.rand(3, device=device), first)
