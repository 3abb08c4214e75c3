"""What a finding prints for its remedy does what the remedy does: on every model of the diagnosis' tests."""

import copy

import pytest
import torch
from diagnosis import broken
from diagnosis.cases import ProbedModel

import gradviz as gv
from gradviz.remedies.remedy_table import ON_MODEL

CASES = [*broken.TUNED, *broken.HELD_OUT]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_printed_code_makes_the_same_model(case):
    given = case.make()
    if not isinstance(given, ProbedModel):
        return
    for finding in gv.diagnose(given.record(), lag=case.lag):
        changes = [change for change in finding.remedy.changes if change.name in ON_MODEL]
        if not changes:
            continue
        by_code, by_change = copy.deepcopy(given.model), copy.deepcopy(given.model)
        torch.manual_seed(1)
        names = {"gv": gv, "torch": torch, "model": by_code}
        exec(finding.remedy.code, names)
        torch.manual_seed(1)
        for change in changes:
            by_change = ON_MODEL[change.name](by_change, **change.options)
        assert str(names["model"]) == str(by_change)
        expected, found = names["model"].state_dict(), by_change.state_dict()
        assert list(expected) == list(found)
        for name, values in expected.items():
            assert torch.equal(values, found[name]), (finding.kind, name)
