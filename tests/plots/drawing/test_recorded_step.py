"""A training step, a sequence or a gate is chosen by its label."""

import pytest

from gradviz.errors import BadRecording, UnknownName
from gradviz.plots.drawing.recorded_step import at_gate, at_sample, at_step, one_step, step_name


def test_by_label_or_the_default(recording):
    dataset = recording()["recurrent"].to_dataset()
    assert (int(at_step(dataset, 10)["step"]), int(at_step(dataset, None)["step"])) == (10, 30)
    assert (int(at_sample(dataset, 3)["sample"]), int(at_sample(dataset, None)["sample"])) == (3, 0)
    with pytest.raises(BadRecording, match="no step 12; nearest is 10"):
        at_step(dataset, 12)


@pytest.mark.parametrize(("choose", "dim"), [(at_step, "step"), (at_sample, "sample")])
def test_a_label_that_is_not_a_number(recording, choose, dim):
    with pytest.raises(TypeError, match=f"{dim} is 'x': must be a whole number"):
        choose(recording()["recurrent"].to_dataset(), "x")


def test_one_step_of_one_layer_and_direction(recording):
    tree = recording()
    chosen = one_step(tree, 20)
    assert chosen["log10_grad_h"].dims == ("time", "sample")
    assert [chosen[dim].item() for dim in ("step", "layer", "direction")] == [20, 0, "forward"]
    assert int(one_step(tree, None)["step"]) == 30
    with pytest.raises(BadRecording, match="no direction 'reverse'; it has forward"):
        one_step(tree, 20, direction="reverse")
    with pytest.raises(UnknownName, match="unknown module 'encoder'"):
        one_step(tree, 20, module="encoder")


def test_the_name_of_a_step(recording):
    chosen = one_step(recording(), 20)
    assert step_name(chosen) == step_name(chosen["log10_grad_h"]) == "training step 20"
    assert step_name(chosen.drop_vars("step")) == ""


@pytest.mark.parametrize(("cell", "keeps"), [("lstm", "forget"), ("gru", "update"), ("rnn", "hidden")])
def test_the_gate_that_keeps_the_memory_is_the_default(recording, cell, keeps):
    assert str(at_gate(one_step(recording(cell=cell), 0), None)["gate"].values) == keeps
