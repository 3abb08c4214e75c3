"""The workspace."""

import torch

from gradviz.cells.workspace import Workspace


def test_an_array_is_used_again_while_its_shape_stays():
    workspace = Workspace(torch.float64, torch.device("cpu"))
    first = workspace.take("a", 2, 3)
    assert first.dtype == torch.float64
    assert workspace.take("a", 2, 3) is first
    assert workspace.take("b", 2, 3) is not first
    assert workspace.take("a", 4, 3).shape == (4, 3)
