"""Arrays that are used again."""

import torch

from gradviz.cells.workspace import Workspace


def test_memory_is_used_again_where_it_is_large_enough():
    workspace = Workspace(torch.float64, torch.device("cpu"))
    first = workspace.take("a", 2, 3)
    assert first.shape == (2, 3)
    assert first.dtype == torch.float64
    assert workspace.take("a", 3, 2).data_ptr() == first.data_ptr()
    assert workspace.take("a", 1, 5).data_ptr() == first.data_ptr()
    assert workspace.take("b", 2, 3).data_ptr() != first.data_ptr()
    larger = workspace.take("a", 3, 3)
    assert larger.shape == (3, 3)
    assert workspace.take("a", 2, 3).data_ptr() == larger.data_ptr()
