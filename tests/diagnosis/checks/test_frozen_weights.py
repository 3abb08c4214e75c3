"""Weights that are not trained."""

import numpy as np
import pytest
import torch
import xarray as xr
from diagnosis.recorded import dataset, tree
from torch import nn

import gradviz as gv
from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.frozen_weights import frozen_weights, frozen_without_gradient
from gradviz.diagnosis.context import DiagnosisContext

LAYER = dataset().assign_attrs(trainable=0)


@pytest.mark.parametrize(("attributes", "count"), [({"trainable": 0}, 1), ({"trainable": 1}, 0), ({}, 0)])
def test_frozen_weights(attributes, count):
    found = list(frozen_weights(DiagnosisContext(tree(dataset().assign_attrs(attributes)), "layer", None)))
    assert [(f.kind, f.severity) for f in found] == [(k.FROZEN_WEIGHTS, "note")] * count


def losses(end):
    return [1.0] * 20 + [end] * 20


@pytest.mark.parametrize(("end", "severity"), [(1.0, "trouble"), (0.8, "warning"), (0.4, "note")])
@pytest.mark.parametrize("other", [None, 0, 1])
def test_it_is_trouble_where_nothing_else_learns(end, severity, other):
    more = [] if other is None else [dataset().assign_attrs(trainable=other, module="other")]
    recorded = tree(LAYER, *more, metrics={"loss": losses(end)})
    (found,) = frozen_weights(DiagnosisContext(recorded, "layer", None))
    assert found.severity == ("warning" if other and severity == "trouble" else severity)
    assert all(amount.recompute(recorded) == amount.value for amount in found.amounts)
    assert found.remedy.changes[0].options == {"module": "layer"}


def without_records(end):
    curves = {"frozen_module.net.0": 1.0} | ({} if end is None else {"loss": losses(end)})
    data = {name: ("iteration", np.broadcast_to(np.array(c, float), 40)) for name, c in curves.items()}
    return xr.DataTree(xr.Dataset(data, {"iteration": np.arange(40)}))


@pytest.mark.parametrize(
    ("end", "severity"), [(None, "trouble"), (1.0, "trouble"), (0.8, "warning"), (0.1, "note")]
)
def test_of_what_could_not_be_recorded(end, severity):
    (found,) = gv.diagnose(without_records(end))
    assert (found.kind, found.severity, str(found.where)) == (k.FROZEN_WEIGHTS, severity, "net.0")
    assert "model.net[0].requires_grad_(True)" in found.remedy.code


def test_a_module_with_records_is_not_said_twice():
    recorded = tree(LAYER, metrics={"loss": losses(1.0), "frozen_module.layer": [1.0] * 40})
    assert not list(frozen_without_gradient(recorded))


class Model(nn.Module):
    """Answers with the sum of what it has read, by a frozen layer that is good or bad at that."""

    def __init__(self, scale):
        super().__init__()
        self.layer, self.head = nn.RNN(1, 16, batch_first=True), nn.Linear(16, 1)
        nn.init.orthogonal_(self.layer.weight_hh_l0).mul_(scale) if scale else None
        with torch.no_grad():
            self.layer.weight_ih_l0.mul_(0.3 if scale else 0.0)
        self.layer.requires_grad_(False)

    def forward(self, x):
        return self.head(self.layer(x)[0][:, -1])


def trained(model):
    optimizer = torch.optim.Adam(model.head.parameters(), 0.1)
    with gv.record(model, every=10, optimizer=optimizer) as tape:
        for _ in range(150):
            x = torch.randn(32, 4, 1)
            output, y = model(x), x.sum(1)
            loss = (output - y).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            tape.step(loss, output=output, target=y)
    return tape.tree


@pytest.mark.parametrize(("scale", "is_healthy"), [(1.0, True), (0.0, False)])
def test_a_head_on_a_frozen_layer(scale, is_healthy):
    """An echo state network learns; one whose state does not depend on the input does not."""
    torch.manual_seed(0)
    with torch.no_grad():
        model = Model(scale)
    with pytest.warns(gv.errors.NothingRecordedWarning):
        recorded = trained(model)
    found = gv.diagnose(recorded)
    assert found[0].kind == k.FROZEN_WEIGHTS
    assert found.is_healthy is is_healthy
