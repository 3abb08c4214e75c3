"""A decoder that always begins with the encoder's state, and one that goes on from its own."""

import pytest
import torch
from diagnosis.mistakes import findings
from diagnosis.models import Translator

import gradviz as gv

KIND = "state_not_handed_on"


@pytest.mark.parametrize("is_handed_on", [False, True])
def test_found(is_handed_on):
    torch.manual_seed(0)
    tree = gv.probe(Translator(is_handed_on), inputs=torch.randn(6, 4, 3))
    found = findings(tree, KIND)
    assert bool(found) is not is_handed_on
    if found:
        assert (found[0].severity, found[0].where.module) == ("warning", "decoder")
        assert found[0].amounts[0].value == found[0].amounts[0].recompute(tree) == 6
        assert "the state of encoder" in found[0].what
        assert "model.decoder(x_t, state)" in found[0].remedy.code
