"""Blocks through the fused kernel equal the recursion step by step."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.cells import launch_bound
from gradviz.cells.cell_table import CELL_SPECS
from gradviz.cells.fused_adjoint import FusedAdjoint
from gradviz.cells.layout import Block, Sequences, Weights
from gradviz.cells.workspace import Workspace

MODULES = {
    "rnn": nn.RNN,
    "rnn_relu": lambda *sizes, **options: nn.RNN(*sizes, nonlinearity="relu", **options),
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


def own(block):
    """A copy, since the next block is written into the same memory."""
    return Block(*(None if part is None else part.clone() for part in block))


@pytest.mark.parametrize("cell", MODULES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("enters_c", ["nowhere", "last", "everywhere"])
def test_a_block_is_that_of_the_recursion(cell, bias, enters_c):
    d = torch.float64
    module = MODULES[cell](3, 5, bias=bias).double()
    x, h0, c0 = torch.randn(9, 4, 3, dtype=d), torch.randn(1, 4, 5, dtype=d), torch.randn(1, 4, 5, dtype=d)
    with torch.no_grad():
        out = module(x, (h0, c0) if cell == "lstm" else h0)[0]
    parameters = [p.detach() for p in module.parameters()]
    weights = Weights(*parameters[:2], *(parameters[2:] or (None, None)))
    sequences = Sequences(x, torch.cat([h0, out]), c0[0] if cell == "lstm" else None)
    direct_c = None
    if cell == "lstm" and enters_c != "nowhere":
        direct_c = torch.randn(9, 4, 5, dtype=d)
        if enters_c == "last":
            direct_c[:-1] = 0
    direct = torch.randn(9, 4, 5, dtype=d)
    blocks = []
    for fused in (False, True):
        workspace = Workspace(d, torch.device("cpu"))
        replay = CELL_SPECS[cell].replay(sequences, weights, workspace)
        if fused:
            replay = FusedAdjoint(replay, sequences, weights, CELL_SPECS[cell], workspace, drift=1e-9)
        carry = tuple(
            torch.linspace(-1, 1, part.numel(), dtype=d).view_as(part) for part in replay.nothing_carried()
        )
        late = own(
            replay.run_block(4, 9, direct[4:].clone(), None if direct_c is None else direct_c[4:], carry)
        )
        early_c = None if direct_c is None else direct_c[:4]
        blocks += [(late, replay.run_block(0, 4, direct[:4].clone(), early_c, late.carry(0)))]
    for found, expected in zip(blocks[1], blocks[0], strict=True):
        for name in ("grad_h", "grad_c", "grad_gates", "recurrent_gradient", "carry_gradient"):
            ours, theirs = getattr(found, name), getattr(expected, name)
            if theirs is None:
                assert ours is None
            else:
                torch.testing.assert_close(ours.flatten(2), theirs.flatten(2), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", MODULES)
def test_a_recording_is_the_same_either_way(cell, monkeypatch):
    module = MODULES[cell](3, 8, 2, bidirectional=True)
    x = torch.randn(80, 4, 3)
    found = []
    for devices in (frozenset(), frozenset({"cpu"})):
        monkeypatch.setattr(launch_bound, "LAUNCH_BOUND", devices)
        random_state = torch.get_rng_state()
        with gv.record(module, detail="full") as tape:
            module(x)[0][-1].pow(2).sum().backward()
        found.append(tape.dataset)
        assert torch.equal(torch.get_rng_state(), random_state)
    for name in (v.LOG10_GRAD_H, v.LOG10_GRAD_GATE, v.LOG10_GRAD_PATH, v.LOG10_GRAD_H_DIRECT):
        ours, theirs = found[1][name].values, found[0][name].values
        torch.testing.assert_close(torch.from_numpy(ours), torch.from_numpy(theirs), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cell", MODULES)
def test_states_that_the_kernel_does_not_reach_are_left_to_the_recursion(cell):
    d = torch.float64
    module = MODULES[cell](3, 5).double()
    with torch.no_grad():
        out = module(torch.zeros(9, 4, 3, dtype=d))[0]
    weights = Weights(*(p.detach() for p in module.parameters()))
    native = torch.cat([torch.zeros(1, 4, 5, dtype=d), out + 0.1 * torch.randn(9, 4, 5, dtype=d)]).abs()
    sequences = Sequences(
        torch.zeros(9, 4, 3, dtype=d), native, torch.zeros(4, 5, dtype=d) if cell == "lstm" else None
    )
    direct = torch.randn(9, 4, 5, dtype=d)
    totals = []
    for drift in (None, 1e-9, torch.inf):
        workspace = Workspace(d, torch.device("cpu"))
        replay = CELL_SPECS[cell].replay(sequences, weights, workspace)
        if drift is not None:
            replay = FusedAdjoint(replay, sequences, weights, CELL_SPECS[cell], workspace, drift=drift)
        totals.append(replay.run_block(0, 9, direct.clone(), None, replay.nothing_carried()).grad_h.clone())
    assert torch.equal(totals[1], totals[0])
    assert (totals[2] - totals[0]).abs().max() > 1e-3
