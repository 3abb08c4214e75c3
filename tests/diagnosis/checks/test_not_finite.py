"""Values that are not finite: the training step, the place in it, and what came before."""

import math

import numpy as np
import pytest
import torch
import xarray as xr
from diagnosis.recorded import dataset, tree
from torch import nn

import gradviz as gv
from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.not_finite import not_finite

INF, NAN = np.inf, np.nan


def found(ds, **options):
    return list(not_finite(tree(ds, **options)))


@pytest.mark.parametrize(
    ("total", "state", "fraction", "what"),
    [
        ([0.0, 0, 0, INF], [1.0, 1, 1, 1], 0.25, "The gradient"),
        ([0.0, 0, 0, 0], [1.0, NAN, INF, 1], 0.5, "The state"),
        ([INF, 0, 0, 0], [NAN, NAN, 1, 1], 0.5, "The state"),
        ([0.0, 0, -INF, NAN], [1.0, 1, 1, NAN], None, ""),
    ],
)
def test_states_and_gradients(total, state, fraction, what):
    ds = dataset(total=total)
    ds = ds.assign(state_h=(ds["state_h"].dims, np.stack([state, state], 1)[None, None, None]))
    findings = found(ds)
    assert len(findings) == (fraction is not None)
    if findings:
        assert findings[0].amounts[0].value == fraction
        assert findings[0].what.startswith(f"{what} of layer is infinite")


def test_a_direction_without_gradient_does_not_hide_the_other():
    forward = dataset(total=np.full(4, NAN))
    forward = forward.assign(state_h=forward["state_h"] * NAN)
    reverse = dataset(total=[INF, 0, 0, 0]).assign_coords(direction=["reverse"])
    both = xr.concat([forward, reverse], "direction", data_vars="minimal").assign_attrs(forward.attrs)
    (finding,) = found(both)
    assert (finding.where.direction, finding.amounts[0].value) == ("reverse", 0.25)


@pytest.mark.parametrize(
    ("losses", "first"),
    [([1, NAN, 2, INF], 3), ([INF], 0), ([1, 2], None), ([1, NAN, NAN, NAN], 1), ([1, NAN, 2, 3], None)],
)
def test_losses(losses, first):
    findings = found(dataset(), metrics={"loss": losses})
    assert [finding.since for finding in findings] == ([] if first is None else [first])
    for finding in findings:
        assert finding.what.startswith("The loss is infinite")
        assert ("was finite before" in finding.what) == (first > 0)
        assert f"at training step {first}" in finding.what
        assert finding.amounts[0].value == first
    assert found(dataset()) == []


def trained(steps=6, *, spoil=lambda step, x: x, loss_of=lambda step, loss: loss):
    torch.manual_seed(0)
    model = nn.ModuleDict({"lstm": nn.LSTM(2, 8, batch_first=True), "head": nn.Linear(8, 1)})
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with gv.record(model) as tape:
        for step in range(steps):
            x = spoil(step, torch.randn(4, 10, 2))
            loss = loss_of(step, model["head"](model["lstm"](x)[0][:, -1]).square().mean())
            optimizer.zero_grad()
            loss.backward()
            if torch.isfinite(loss):  # a careful loop leaves such steps out and goes on
                optimizer.step()
            tape.step(loss)
    return gv.diagnose(tape.tree, lag=9)


@pytest.mark.parametrize("value", [NAN, INF])
def test_one_value_of_the_input_at_step_3_of_6(value):
    def spoil(step, x):
        if step == 3:
            x[2, 5, 1] = value
        return x

    finding = trained(spoil=spoil)[0]
    assert (finding.kind, finding.since, finding.where.module) == (k.NOT_FINITE, 3, "lstm")
    assert "training step 3, first at time step 5 of sequence 2" in finding.what
    assert "everything recorded before is finite" in finding.what
    assert "it is in the data of that batch" in finding.what
    assert ("is infinite at" in finding.what) == math.isinf(value)
    assert "isfinite(x)" in finding.remedy.code
    assert "clip" not in finding.remedy.code


def test_the_loss_at_step_3_of_6():
    finding = trained(loss_of=lambda step, loss: loss / 0 if step == 3 else loss)[0]
    assert (finding.kind, finding.since) == (k.NOT_FINITE, 3)
    assert finding.what.startswith("The loss is infinite")
    assert "detect_anomaly" in finding.remedy.code
    assert "clip" not in finding.remedy.code


def test_the_gradient_alone():
    def root(step, loss):
        return loss + ((loss - loss).sqrt() if step == 2 else 0)  # the slope of a root at 0 is infinite

    finding = trained(loss_of=root)[0]
    assert (finding.kind, finding.since) == (k.NOT_FINITE, 2)
    assert "it arises on the way back from the loss" in finding.what


def test_a_healthy_training_is_silent():
    assert k.NOT_FINITE not in trained().kinds


def exploding(scale, steps=8):
    torch.manual_seed(0)
    model = nn.ModuleDict(
        {"rnn": nn.RNN(2, 32, nonlinearity="relu", batch_first=True), "fc": nn.Linear(32, 1)}
    )
    with torch.no_grad():
        model["rnn"].weight_hh_l0.mul_(scale)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with gv.record(model) as tape:
        for _ in range(steps):
            loss = model["fc"](model["rnn"](torch.randn(8, 40, 2))[0][:, -1]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            tape.step(loss)
    return gv.diagnose(tape.tree, lag=39)


def test_an_explosion_before_it_is_the_cause():
    found = exploding(4.0)
    assert (found[0].kind, found[0].severity) == (k.EXPLODING, "trouble")
    (after,) = (finding for finding in found if finding.kind == k.NOT_FINITE)
    assert (after.severity, after.cause, after.remedy.code) == ("note", k.EXPLODING, "")
    assert after.since == 1
    assert "Leads to  Losses, states or gradients are not finite" in str(found)
    assert k.NOT_FINITE not in exploding(1.0).kinds
