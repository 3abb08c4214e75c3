"""Copies that nothing changes."""

import torch

from gradviz.capture.kept_values import KeptWeights, kept
from gradviz.cells.cell_table import CELL_SPECS

GRU = CELL_SPECS["gru"]


def weights():
    return torch.randn(6, 2), torch.randn(6, 2), None, None


def test_a_copy_has_no_graph_and_no_part_in_later_changes():
    values = torch.randn(3, requires_grad=True)
    copied = kept(values * 2)
    assert not copied.requires_grad
    with torch.no_grad():
        before, _ = copied.clone(), values.zero_()
    assert torch.equal(copied, before)


def test_a_copy_made_in_inference_mode_is_a_normal_tensor():
    with torch.inference_mode():
        values = torch.randn(3)
        copied = kept(values)
    assert values.is_inference()
    assert not copied.is_inference()
    assert torch.equal(copied, values)
    copied.add_(1)


def test_equal_weights_share_a_copy_and_changed_ones_do_not():
    copies, given = KeptWeights(), weights()
    first = copies.of(GRU, given, name="a")
    assert copies.of(GRU, given, name="a") is first
    assert copies.of(GRU, tuple(None if w is None else w.clone() for w in given), name="a") is first
    before = first.w_hh.clone()
    given[1].add_(1)
    second = copies.of(GRU, given, name="a")
    assert second is not first
    assert torch.equal(first.w_hh, before)
    assert torch.equal(second.w_hh, given[1])


def test_each_module_layer_and_direction_has_its_own():
    copies, one, other = KeptWeights(), weights(), weights()
    kinds = [{"name": "a"}, {"name": "b"}, {"name": "a", "layer": 1}, {"name": "a", "direction": 1}]
    found = [copies.of(GRU, one, **kind) for kind in kinds]
    for kind, first in zip(kinds, found, strict=True):
        assert copies.of(GRU, one, **kind) is first
    assert copies.of(GRU, other, name="b") is not found[1]
    assert copies.of(GRU, one, name="a") is found[0]
    copies.clear()
    assert copies.of(GRU, one, name="a") is not found[0]


def test_another_shape_or_dtype_under_the_same_name():
    copies = KeptWeights()
    first = copies.of(GRU, weights(), name="a")
    wider = (torch.randn(6, 3), torch.randn(6, 2), None, None)
    assert copies.of(GRU, wider, name="a").w_ih.shape == (6, 3)
    as_double = tuple(None if w is None else w.double() for w in first[:4])
    assert copies.of(GRU, as_double, name="a").w_hh.dtype == torch.float64


def test_new_weights_are_not_taken_for_older_ones_that_are_gone():
    """Weights that are computed anew at every call may get the ``id`` and the memory of former ones."""
    copies = KeptWeights()
    for _ in range(100):
        given = weights()
        found = copies.of(GRU, given, name="a")
        assert torch.equal(found.w_ih, given[0])
        assert torch.equal(found.w_hh, given[1])
        del given


def test_weights_of_an_inference_mode_are_compared_by_value():
    with torch.inference_mode():
        copies, given = KeptWeights(), weights()
        first = copies.of(GRU, given, name="a")
        assert copies.of(GRU, given, name="a") is first
        given[0].add_(1)
        assert torch.equal(copies.of(GRU, given, name="a").w_ih, given[0])
