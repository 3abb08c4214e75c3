"""The models compute what their setups say: the same however the layer is called, cut where it is cut."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from gradviz.benchmark.population.assignments import assignment
from gradviz.benchmark.population.network import Network, run_recurrent
from gradviz.benchmark.population.setup import Setup

SETUP = Setup("delayed_recall", 6, "gru", 100, hidden=5)
TASK = assignment("delayed_recall", 6)


def network(**fields):
    torch.manual_seed(0)
    return Network(replace(SETUP, **fields), TASK)


def batch():
    return TASK.draw(4, torch.Generator().manual_seed(0))[0]


@pytest.mark.parametrize("cell", ["rnn", "rnn_relu", "lstm", "gru"])
def test_fused_in_steps_and_as_a_loop_of_cells_is_the_same(cell):
    setup = replace(SETUP, cell=cell, layers=2)
    fused, loop = Network(setup, TASK), Network(replace(setup, way="cells"), TASK)
    for layer, cell_module in enumerate(loop.recurrent()):
        for name, parameter in cell_module.named_parameters():
            parameter.data.copy_(getattr(fused.recurrent(), f"{name}_l{layer}"))
    x = batch()
    output, states = run_recurrent(fused.recurrent(), x, setup)
    for part, way in ((fused, "steps"), (loop, "cells")):
        found, ends = run_recurrent(part.recurrent(), x, replace(setup, way=way))
        torch.testing.assert_close(found, output)
        hidden = ends[0] if isinstance(ends, tuple) else ends
        torch.testing.assert_close(hidden, states[0] if isinstance(states, tuple) else states)


@pytest.mark.parametrize("way", ["fused", "steps", "cells"])
@pytest.mark.parametrize(("every", "first"), [(None, 0), (2, 4), (4, 4)])
def test_the_gradient_ends_at_the_last_detached_state(way, every, first):
    model, x = network(way=way, detach_every=every), batch().requires_grad_()
    model(x).sum().backward()
    reached = x.grad.abs().sum(dim=(0, 2)) > 0
    assert reached.tolist() == [step >= first for step in range(6)]


@pytest.mark.parametrize("way", ["steps", "cells"])
def test_a_state_that_is_not_handed_on(way):
    model, x = network(way=way, hands_on=False), batch()
    alone = model(x[:, -1:])
    torch.testing.assert_close(model(x), alone)


def test_what_is_read():
    x = batch()
    layer = {"layers": 2, "directions": 2}
    for reads, width in (("end_states", 10), ("last_state", 5), ("first_layer", 5), ("first_two_states", 10)):
        model = network(reads=reads, **layer)
        output, h_n = model.recurrent()(x)
        head = model.get_submodule("fc")
        assert head.in_features == width
        wanted = {
            "end_states": torch.cat([output[:, -1, :5], output[:, 0, 5:]], -1),
            "last_state": output[:, 0, 5:],
            "first_layer": h_n[0],
            "first_two_states": torch.cat([h_n[0], h_n[1]], -1),
        }
        torch.testing.assert_close(model(x), head(wanted[reads]))
    assert network(reads="every_step")(x).shape == (4, 6, 4)


def test_axes():
    x = batch()
    right, transposed = network(), network(axes="transpose")
    torch.testing.assert_close(transposed(x), right(x))
    view = network(axes="view")
    output = view.recurrent()(x.reshape(6, 4, -1))[0]
    torch.testing.assert_close(view(x), view.get_submodule("fc")(output[-1]))
    swapped = network(axes="swapped")
    output = swapped.recurrent()(x)[0]
    torch.testing.assert_close(swapped(x), swapped.get_submodule("fc")(output[:, -1]))


def test_a_decoder_goes_on_from_the_encoder_unless_it_is_detached():
    for detached in (False, True):
        model = network(decodes=True, bridge_detached=detached)
        model(batch()).sum().backward()
        assert (model.recurrent().weight_hh_l0.grad is None) is detached


def test_packed_and_padded_again():
    ragged = assignment("ragged_recall", 8)
    x, _ = ragged.draw(5, torch.Generator().manual_seed(1))
    setup = replace(SETUP, assignment="ragged_recall", ragged=True, reads="end_states")
    torch.manual_seed(0)
    ends = Network(setup, ragged)
    padded, lengths = nn.utils.rnn.pad_packed_sequence(x, batch_first=True)
    output = ends.recurrent()(padded)[0]
    last = output[torch.arange(5), lengths - 1]
    torch.testing.assert_close(ends(x), ends.get_submodule("fc")(last))
    torch.manual_seed(0)
    unpacked = Network(replace(setup, unpacked=True), ragged)
    assert (unpacked(x) == unpacked.get_submodule("fc").bias).all(-1).tolist() == (lengths < 8).tolist()


@pytest.mark.parametrize(
    ("style", "names"),
    [
        ("plain", {"gru", "fc"}),
        ("nested", {"encoder.rnn", "head"}),
        ("dict", {"layers.recurrent", "layers.out"}),
    ],
)
def test_names(style, names):
    model = network(style=style)
    assert names <= {name for name, _ in model.named_modules()}
    assert model(batch()).shape == (4, 4)


def test_a_softmax_and_a_window():
    assert torch.allclose(network(squashed=True)(batch()).sum(-1), torch.ones(4))
    torch.testing.assert_close(network(window=3)(batch()), network()(batch()[:, -3:]))
