"""The output of a recorded layer is of the kind that the layer returns, for what a model does to it."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.capture.fused_call import as_returned
from gradviz.cells.cell_table import CELL_SPECS


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}, {"num_layers": 2}])
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("batch_first", [True, False])
def test_the_tensor_is_the_same(kind, options, batch_first):
    layer = kind(3, 4, batch_first=batch_first, **options)
    x = torch.randn(2, 5, 3)
    native = layer(x)[0]
    for detail in ("norms", "full", "forward"):
        with gv.record(layer, detail=detail):
            out = layer(x)[0]
            assert torch.equal(out, native)
            assert (out._is_view(), out._version) == (native._is_view(), native._version)
            assert out.grad_fn.name() == native.grad_fn.name() or not batch_first
            assert (out.shape, out.stride()) == (native.shape, native.stride())
            out.sum().backward()


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU])
def test_a_hook_before_a_change_in_place_counts(kind):
    gradients = []
    for is_recorded in (False, True):
        torch.manual_seed(0)
        layer = kind(3, 4, batch_first=True)
        with gv.record(layer) if is_recorded else nullcontext():
            out = layer(torch.randn(2, 5, 3))[0]
            out.register_hook(lambda g: g * 0.5)
            out.mul_(2.0)
            out.sum().backward()
        gradients.append(layer.weight_hh_l0.grad)
    assert torch.equal(*gradients)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_what_cudnn_keeps_for_the_backward_pass_is_not_changed(cell):
    out = torch.empty(5, 2, 4, device="meta")
    returned = as_returned(SimpleNamespace(spec=CELL_SPECS[cell]), out)
    assert out._version == 0
    assert returned.shape == (2, 5, 4)
