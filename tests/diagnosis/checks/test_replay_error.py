"""Whether a recording can be trusted: the replay error, by precision."""

import numpy as np
import pytest
import torch
from diagnosis.recorded import dataset, tree
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.replay_error import replay_error
from gradviz.diagnosis.context import DiagnosisContext


def found(ds):
    return list(replay_error(DiagnosisContext(tree(ds), "layer", None)))


@pytest.mark.parametrize(
    ("dtype", "limit"),
    [("float64", 1e-8), ("float32", 1e-4), ("float16", 2**-6), ("bfloat16", 2**-3), ("something", 1e-4)],
)
def test_limits_by_precision(dtype, limit):
    assert found(dataset().assign_attrs(dtype=dtype, replay_error=limit)) == []
    for beyond, severity in ((1.01, "note"), (10.1, "trouble"), (np.nan, "trouble")):
        (finding,) = found(dataset().assign_attrs(dtype=dtype, replay_error=beyond * limit))
        assert (finding.kind, finding.severity) == (k.REPLAY_ERROR, severity)
        np.testing.assert_equal(finding.amounts[0].value, beyond * limit)


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU])
def test_the_rounding_of_autocast_is_no_trouble(kind):
    torch.manual_seed(0)
    layer, x = kind(4, 8), torch.randn(12, 3, 4)
    with gv.record(layer) as tape, torch.autocast("cpu", torch.bfloat16):
        layer(x)[0][-1].float().sum().backward()
    assert tape.dataset.attrs[v.REPLAY_ERROR] > v.replay_error_limit("float32")
    found_there = gv.diagnose(tape.tree, lag=11)
    assert k.REPLAY_ERROR not in {finding.kind for finding in found_there}
    assert "trouble" not in {finding.severity for finding in found_there}
