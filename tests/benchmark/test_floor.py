"""The floor has the shapes and the number of the products that a recording makes."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from gradviz.benchmark.floor import floor_products
from gradviz.benchmark.steps import Workload
from gradviz.models.sequence import SequenceModel

GATES = {"rnn": 1, "lstm": 4, "gru": 3}


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize(("samples", "layers"), [(3, 1), (None, 2), (99, 3)])
def test_multiplications_by_hand(cell, samples, layers):
    inputs, hidden, batch, time = 2, 8, 5, 7
    model = SequenceModel(cell, inputs, hidden, 1, num_layers=layers, every_step=True)
    workload = Workload(cell, model, torch.randn(batch, time, inputs), torch.randn(batch, time, 1))
    sequences = min(samples or batch, batch)
    gates = GATES[cell] * hidden
    first = (inputs + hidden) * gates + hidden * gates  # the gates, and one step back in time
    above = (hidden + hidden) * gates + hidden * gates + hidden * gates  # and down
    with floor_products(workload, samples=samples) as step, FlopCounterMode(display=False) as counter:
        step()
    assert counter.get_total_flops() == 2 * time * sequences * (first + (layers - 1) * above)


def test_the_products_back_in_time_are_one_after_the_other():
    model = SequenceModel("lstm", 2, 8, 1, every_step=True)
    workload = Workload("lstm", model, torch.randn(5, 7, 2), torch.randn(5, 7, 1))
    calls = []

    class Spy(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            calls.append(tuple(args[1].shape))
            return function(*args, **kwargs or {})

    with floor_products(workload, samples=3) as step, Spy():
        step()
    assert calls == [(10, 21)] + [(32, 3)] * 7


def test_other_functions_compute_gradients_meanwhile():
    model = SequenceModel("rnn", 2, 8, 1, every_step=True)
    workload = Workload("rnn", model, torch.randn(5, 7, 2), torch.randn(5, 7, 1))
    with floor_products(workload) as multiply:
        multiply()
        assert model(workload.inputs).requires_grad
