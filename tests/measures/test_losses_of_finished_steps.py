"""A step that was broken off has no loss; a loss that was given as NaN has one."""

import math

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.measures.losses_of_finished_steps import losses_of_finished_steps
from gradviz.vocabulary import STEP_UNFINISHED


def broken_off(losses, *, every=1, path=None):
    """A training whose last step ends with an error, after the step of the optimizer."""
    torch.manual_seed(0)
    layer = nn.LSTM(2, 4)
    optimizer = torch.optim.Adam(layer.parameters())
    try:
        with gv.record(layer, every=every, optimizer=optimizer, path=path) as tape:
            for loss in [*losses, None]:
                optimizer.zero_grad()
                layer(torch.randn(5, 3, 2))[0].square().mean().backward()
                optimizer.step()
                if loss is None:
                    raise KeyboardInterrupt
                tape.step(loss)
    except KeyboardInterrupt:
        pass
    return tape.tree


def test_a_step_that_was_broken_off(tmp_path):
    broken_off([3.0, 2.0], path=tmp_path / "a")
    for tree in (broken_off([3.0, 2.0]), gv.load(tmp_path / "a")):
        assert tree[STEP_UNFINISHED].values.tolist()[-1] == 1
        assert losses_of_finished_steps(tree).values.tolist() == [3, 2]
        assert losses_of_finished_steps(tree["lstm"].to_dataset(inherit=False)).values.tolist() == [3, 2]
        assert math.isnan(gv.finite_losses(tree)["first_not_finite"])
        assert "not_finite" not in [finding.kind for finding in gv.diagnose(tree)]


def test_a_loss_that_is_not_a_number_before_it_is_found():
    tree = broken_off([3.0, math.nan])
    assert losses_of_finished_steps(tree).values.tolist() == pytest.approx([3, math.nan], nan_ok=True)
    assert gv.finite_losses(tree)["first_not_finite"] == 1
    assert gv.diagnose(tree)[0].kind == "not_finite"


def test_a_training_that_ended_has_no_such_step():
    layer = nn.LSTM(2, 4)
    with gv.record(layer, optimizer=torch.optim.Adam(layer.parameters())) as tape:
        layer(torch.randn(5, 3, 2))[0].sum().backward()
        tape.step(1.0)
    assert STEP_UNFINISHED not in tape.tree


def test_a_recording_that_is_read_in_the_middle_of_a_step():
    layer = nn.LSTM(2, 4)
    with gv.record(layer, optimizer=torch.optim.Adam(layer.parameters())) as tape:
        for loss in (1.0, 2.0):
            layer(torch.randn(5, 3, 2))[0].sum().backward()
            assert "not_finite" not in [finding.kind for finding in gv.diagnose(tape.tree)]
            tape.step(loss)
    assert STEP_UNFINISHED not in tape.tree
