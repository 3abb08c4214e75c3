"""A gate written by hand that is always open: only where it is known which gate keeps the state."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.diagnosis.diagnose import diagnose
from gradviz.diagnosis.kinds import OPEN_GATE


def found(*, keeps="forget", **activations):
    """Findings of always-open gates; every gate has one activation, 0.5 where none is given."""
    values = {"input": 0.5, "forget": 0.95, "write": 0.5} | activations
    with gv.record(nn.Linear(1, 1)) as tape:
        h = torch.zeros(4, 8, requires_grad=True)
        for _ in range(6):
            gates = {name: torch.full((4, 8), value) for name, value in values.items()}
            h = gates["forget"] * h + gates["input"] * torch.randn(4, 8)
            tape.observe("mine", h, gates=gates, squash={"write": "exp"}, keeps=keeps)
        h.sum().backward()
    return [one for one in diagnose(tape.tree, lag=3) if one.kind == OPEN_GATE]


def test_the_gate_is_named():
    (finding,) = found(input=0.95)
    assert (finding.severity, finding.where.gate) == ("note", "input")
    assert "100% of the input gate's activations are above 0.9" in finding.what
    assert finding.amounts[0].value == 1
    compile(finding.remedy.code, "remedy", "exec")


@pytest.mark.parametrize(
    "case", [{}, {"input": 0.85}, {"write": 5.0}, {"keeps": None, "input": 0.95}], ids=str
)
def test_silent(case):
    assert found(**case) == []


def test_a_module_of_pytorch_is_not_judged():
    lstm = nn.LSTM(2, 4)
    lstm.bias_ih_l0.data[:4] = 20.0
    with gv.record(lstm) as tape:
        lstm(torch.randn(6, 3, 2))[0].sum().backward()
    assert OPEN_GATE not in diagnose(tape.tree).kinds
