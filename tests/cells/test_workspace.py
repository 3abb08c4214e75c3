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


def test_views_of_steps_are_kept_while_their_memory_is():
    workspace = Workspace(torch.float64, torch.device("cpu"))
    array = workspace.take("a", 3, 2)
    steps = workspace.steps(array[:, 1:])
    assert workspace.steps(workspace.take("a", 3, 2)[:, 1:]) is steps
    array.copy_(torch.arange(6).view(3, 2))
    assert [step.tolist() for step in steps] == [[1], [3], [5]]
    assert [step.tolist() for step in workspace.steps(array)] == [[0, 1], [2, 3], [4, 5]]
    workspace.take("a", 4, 2)  # gives the memory up
    assert workspace.steps(array[:, 1:]) is not steps


def test_few_views_are_kept():
    workspace = Workspace(torch.float64, torch.device("cpu"))
    array = workspace.take("a", 99)
    first = workspace.steps(array[:1])
    for length in range(2, 99):
        workspace.steps(array[:length])
    assert workspace.steps(array[:1]) is not first
    assert workspace.steps(array[:98]) is workspace.steps(array[:98])
