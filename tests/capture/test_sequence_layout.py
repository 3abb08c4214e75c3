"""From the batch to the order of processing and back, by hand."""

import pytest
import torch

from gradviz.capture.sequence_layout import PackedLayout, PaddedLayout, rows_of_batch


def values(order, data):
    return order.gather(torch.tensor(data).unsqueeze(-1)).squeeze(-1).tolist()


def test_padded():
    data = [[1.0, 2, 3], [4, 5, 6]]
    order = PaddedLayout(2, torch.tensor([0, 2]), batch=3, reverse=True)
    assert values(order, data) == [[4, 6], [1, 3]]
    assert order.real_time(torch.tensor([[4.0, 6], [1, 3]])).tolist() == [[1, 3], [4, 6]]
    assert order.states(torch.tensor([7.0, 8, 9])).tolist() == [7, 9]
    assert order.valid is None


def test_packed_in_both_directions():
    """Lengths 3 and 1: a0 b0 a1 a2."""
    data, sizes = [10.0, 20, 11, 12], torch.tensor([2, 1, 1])
    forward = PackedLayout(sizes, torch.tensor([1, 0]), reverse=False)
    assert values(forward, data) == [[20, 10], [0, 11], [0, 12]]
    reverse = PackedLayout(sizes, torch.tensor([1, 0]), reverse=True)
    assert values(reverse, data) == [[20, 12], [0, 11], [0, 10]]
    for order in (forward, reverse):
        assert order.valid.tolist() == [[True, True], [False, True], [False, True]]
        there = order.gather(torch.tensor(data).unsqueeze(-1))
        back = order.real_time(there).squeeze(-1)
        assert back[:, 1].tolist() == [10, 11, 12]
        assert back[0, 0] == 20
        assert back[1:, 0].isnan().all()
        end = torch.zeros(3, 2, 1)
        order.add_at_end(end, torch.tensor([[5.0], [6.0]]))
        assert end.squeeze(-1).tolist() == [[5, 0], [0, 0], [0, 6]]


@pytest.mark.parametrize("batch_first", [False, True])
def test_rows_of_a_batch_in_both_layouts(batch_first):
    values = torch.randn(4, 3, 5).transpose(0, 1) if batch_first else torch.randn(3, 4, 5)
    rows = torch.tensor([3, 0, 3])
    found = rows_of_batch(values, rows)
    assert found.shape == (3, 3, 5)
    assert found.equal(values[:, [3, 0, 3]])
