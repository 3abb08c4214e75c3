"""Recurrences written by hand are diagnosed by their own gates, with remedies that fit them."""

import re

import numpy as np
import pytest
import torch
from handwritten import CELLS, SLSTM, MinGRU, PeepholeLSTM, Recorded, observed_loop
from torch import nn

import gradviz as gv
from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.diagnose import diagnose

# what only a module of PyTorch, or a cell of the package, has
MODULES_ONLY = re.compile(r"gv\.initialise|nn\.(LSTM|GRU|RNN)|weight_hh|bias_hh|hidden_size|batch_first")


def diagnosed(cell, steps=20, lag=15):
    torch.manual_seed(0)
    return diagnose(Recorded(cell(3, 16), steps).record(), lag=lag)


ILL = {
    "minGRU, update gate closed": (lambda *n: MinGRU(*n).shift("update", -12), k.CLOSED_GATE, "update"),
    "LSTM, forget gate closed": (lambda *n: PeepholeLSTM(*n).shift("forget", -6), k.FORGET_BIAS, "forget"),
    "LSTM, input gate closed": (lambda *n: PeepholeLSTM(*n).shift("input", -8), k.CLOSED_GATE, "input"),
    "LSTM, output gate closed": (lambda *n: PeepholeLSTM(*n).shift("output", -8), k.CLOSED_GATE, "output"),
    "sLSTM, forget gate closed": (lambda *n: SLSTM(*n).shift("forget", -14), k.CLOSED_GATE, "forget"),
    "sLSTM, input gate closed": (lambda *n: SLSTM(*n).shift("input", -16), k.CLOSED_GATE, "input"),
    "sLSTM, output gate closed": (lambda *n: SLSTM(*n).shift("output", -9), k.CLOSED_GATE, "output"),
}


@pytest.mark.parametrize(("cell", "kind", "gate"), ILL.values(), ids=ILL)
def test_a_closed_gate_is_found_by_its_own_name(cell, kind, gate):
    found = [finding for finding in diagnosed(cell) if finding.kind == kind]
    assert [finding.where.gate for finding in found] == [gate]
    assert gate in found[0].what
    assert gate in found[0].remedy.code


REMEMBERS = {"minGRU": ("update", -1.5), "peephole LSTM": ("forget", 2.0), "sLSTM": ("forget", 0.0)}


@pytest.mark.parametrize("name", CELLS)
def test_a_healthy_twin_is_silent(name):
    assert diagnosed(lambda *n: CELLS[name](*n).shift(*REMEMBERS[name])).kinds == ()


def keeping(steps=20, keep=None, *, shift):
    """A minGRU; `keep` says which gate is said to keep the state: its update gate, or one minus that."""
    torch.manual_seed(0)
    cell = MinGRU(3, 16).shift("update", shift)
    with gv.record(cell) as tape:
        for t, step in enumerate(cell.steps(torch.randn(steps, 4, 3))):
            update = step.gates["update"]
            tape.observe("mine", step.h, time=t, gates={"update": update, "keep": 1 - update}, keeps=keep)
        step.h.sum().backward()
    return diagnose(tape.tree, lag=15)


def test_a_gate_that_keeps_the_state_when_it_is_near_0_is_not_taken_for_its_opposite():
    wrong = keeping(keep="update", shift=-3.0)
    assert wrong.kinds[0] == k.FORGET_BIAS
    assert (wrong[0].severity, wrong[0].where.gate) == ("warning", "update")
    assert "this gate keeps it when it is near 0" in wrong[0].what
    assert wrong[0].remedy.code == 'tape.observe(\'mine\', h, gates={"keep": 1 - update}, keeps="keep")'
    assert k.FORGET_BIAS not in keeping(keep="keep", shift=-3.0).kinds
    ill = keeping(keep="keep", shift=3.0)
    assert (ill[0].kind, ill[0].severity, ill[0].where.gate) == (k.FORGET_BIAS, "trouble", "keep")
    assert "something else keeps the state" not in ill[0].what


def test_the_bias_of_one_gate_is_set_where_all_share_a_layer():
    """The lines of code are run on a part of the bias, as the comment in them says."""
    torch.manual_seed(0)
    cell = PeepholeLSTM(3, 16).shift("forget", -6)
    before = cell.net.bias.detach().clone()
    (finding,) = [one for one in diagnose(Recorded(cell, 20).record(), lag=15) if one.kind == k.FORGET_BIAS]
    exec(finding.remedy.code, {"bias": cell.net.bias[16:32]})
    assert (cell.net.bias[16:32] >= 0).all()
    assert (cell.net.bias[16:32] <= np.log(14)).all()
    assert torch.equal(cell.net.bias[:16], before[:16])
    assert torch.equal(cell.net.bias[32:], before[32:])


def test_a_closed_gate_that_may_keep_the_state_is_to_be_named():
    def advice(keep):
        (finding,) = [one for one in keeping(keep=keep, shift=-12.0) if one.kind == k.CLOSED_GATE]
        return finding.remedy.advice

    assert "keeps='update'" in advice(None)
    assert "keeps=" not in advice("keep")


def wide(cell, factor=60.0):
    for parameter in cell.parameters():
        parameter.data *= factor
    return cell


@pytest.mark.parametrize("cell", [*CELLS.values()], ids=[*CELLS])
def test_gates_saturated_on_both_sides(cell):
    found = diagnosed(lambda *n: wide(cell(*n)))
    (finding,) = [one for one in found if one.kind == k.SATURATED]
    assert finding.where.gate in {"update", "input", "forget", "candidate", "output"}
    assert finding.where.gate in finding.what
    assert finding.where.gate not in [g for g, function in cell.squash.items() if function == "exp"]


def relu_recurrence(dead):
    net, bias = nn.Linear(3, 8), torch.zeros(8)
    bias[:dead] = -1000.0
    with gv.record(net) as tape:
        h = torch.zeros(4, 8)
        for t, x in enumerate(torch.randn(12, 4, 3)):
            drive = torch.relu(net(x) + bias + 0.5)
            keep = torch.sigmoid(net(x))
            h = keep * h + drive
            tape.observe("mine", h, time=t, gates={"keep": keep, "drive": drive}, squash={"drive": "relu"})
        h.sum().backward()
    return diagnose(tape.tree, lag=5)


def test_dead_units_of_a_relu_gate():
    found = relu_recurrence(6)
    assert found.kinds[0] == k.DEAD_RELU
    assert found[0].where.gate == "drive"
    assert "75% of the units of the gate 'drive'" in found[0].what
    assert k.DEAD_RELU not in relu_recurrence(0).kinds


def all_findings():
    cells = [ILL[name][0] for name in ("LSTM, forget gate closed", "sLSTM, forget gate closed")]
    cells += [lambda *n, cell=cell: wide(cell(*n)) for cell in (MinGRU, SLSTM)]
    for cell in cells:
        yield from diagnosed(cell, steps=12, lag=10)
    yield from relu_recurrence(6)


def test_no_remedy_fits_only_a_module_of_pytorch():
    found = list(all_findings())
    kinds = {k.CLOSED_GATE, k.FORGET_BIAS, k.SATURATED, k.DEAD_RELU, k.VANISHING}
    assert {finding.kind for finding in found} >= kinds
    for finding in found:
        said = f"{finding.what} {finding.remedy.advice} {finding.remedy.code}"
        assert not MODULES_ONLY.search(said), said
        compile(finding.remedy.code, "remedy", "exec")


def test_a_cell_that_has_gates_is_not_told_to_add_some():
    found = diagnosed(lambda *n: SLSTM(*n).shift("forget", -14))
    (finding,) = [one for one in found if one.kind == k.VANISHING]
    assert "(input, forget, candidate, output)" in finding.remedy.advice
    assert "as the gates of an LSTM" not in finding.remedy.advice


def test_every_number_is_recomputed():
    torch.manual_seed(0)
    tree = Recorded(wide(PeepholeLSTM(3, 16))).record()
    amounts = [amount for finding in diagnose(tree, lag=15) for amount in finding.amounts]
    assert amounts
    np.testing.assert_array_equal([a.value for a in amounts], [a.recompute(tree) for a in amounts])


def test_a_cell_state_that_carries_the_gradient_counts():
    """The gradient at h vanishes at once; that at c does not."""
    net = nn.Linear(3, 4)

    def run(**given):
        with gv.record(net) as tape:
            c = torch.zeros(2, 4)
            for x in torch.randn(12, 2, 3):
                c = 0.99 * c + net(x)
                h = 1e-3 * c
                tape.observe("mine", h, **{name: c for name in given})
            (h + 0 * c).sum().backward()
        return diagnose(tape.tree, lag=8)

    assert run(cell_state=True).kinds == ()
    assert run().kinds != ()


def test_a_recording_of_several_steps_is_diagnosed_at_the_last():
    torch.manual_seed(0)
    cell = MinGRU(3, 16)
    with gv.record(cell) as tape:
        for shift in (-12.0, 12.0):
            cell.shift("update", shift)
            observed_loop(tape, cell, torch.randn(20, 4, 3)).sum().backward()
            tape.step()
    assert k.CLOSED_GATE not in diagnose(tape.tree).kinds
