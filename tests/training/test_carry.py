"""The carried state is cut from its history."""

import torch

from gradviz.training.carry import detached


def test_every_part_is_cut_and_keeps_its_numbers():
    h = torch.ones(1, 2, 3, requires_grad=True) * 2
    assert detached(None) is None
    assert not detached(h).requires_grad
    both = detached((h, h + 1))
    assert isinstance(both, tuple)
    assert [part.requires_grad for part in both] == [False, False]
    assert torch.equal(both[1], h + 1)
