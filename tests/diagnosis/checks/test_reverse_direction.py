"""A reverse direction that is read at its first step."""

import pytest
import torch
from diagnosis.recorded import AT_START, NONE, WHOLE, WHOLE_REVERSE, tree, two_directions
from torch import nn

import gradviz as gv
from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.reverse_direction import reverse_unused
from gradviz.diagnosis.context import DiagnosisContext


@pytest.mark.parametrize(
    ("forward", "reverse", "is_unused"),
    [
        (WHOLE, WHOLE_REVERSE, False),
        (WHOLE, AT_START, True),
        (WHOLE, NONE, False),
        (NONE, WHOLE_REVERSE, False),
        (AT_START, NONE, False),
        (NONE, NONE, False),
    ],
)
def test_reverse_unused(forward, reverse, is_unused):
    context = DiagnosisContext(tree(two_directions(forward, reverse)), "layer", 10)
    found = [(f.kind, f.severity, f.where.direction) for f in reverse_unused(context)]
    assert found == [(k.REVERSE_UNUSED, "warning", "reverse")] * is_unused


@pytest.mark.parametrize("every_step", [False, True])
def test_a_step_that_the_probe_picks_is_not_the_model_s_choice(every_step):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(3, 4, batch_first=True, bidirectional=True)
            self.head = nn.Linear(8, 2)

        def forward(self, x):
            output = self.gru(x)[0]
            return self.head(output if every_step else output[:, -1])

    torch.manual_seed(0)
    tree = gv.probe(Model(), lag=11)
    assert tree.attrs.get("probe_picked_step", 0) == every_step
    assert ("reverse_direction_unused" in gv.diagnose(tree, lag=11).kinds) != every_step
