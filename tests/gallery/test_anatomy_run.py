"""The means of a diagram."""

import pytest
import torch

from gradviz.capture.record import record
from gradviz.experiment.config.build_model import build
from gradviz.gallery.adding_runs import AddingSettings, adding_experiment, seeded_experiments
from gradviz.gallery.anatomy_run import (
    TrainedCells,
    anatomies,
    anatomy_run,
)

SIZES = TrainedCells(length=7, hidden_size=5, seeds=2, sequences=4)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_means_agree_with_a_recording_of_pytorchs_layer(cell):
    found = anatomies(anatomy_run(None, cell, SIZES))[1]
    torch.manual_seed(1)
    model, task = build(adding_experiment(cell, SIZES, 1))
    inputs, targets = task.batch(SIZES.sequences, torch.Generator().manual_seed(1))
    inputs.requires_grad_()
    with record(model, samples=None, detail="full") as tape:
        loss = task.loss(model(inputs), targets)
        loss.backward()
    module = tape.tree["recurrent"].isel(step=0, layer=0, direction=0)
    state = 10 ** module["log10_grad_h"].values.astype(float)
    assert 10 ** found.wires["h"] == pytest.approx(state.mean(), rel=1e-4)
    assert found.loss == pytest.approx(float(loss.detach()) / task.baseline, rel=1e-5)
    for gate, mean in found.gates.items():
        assert mean == pytest.approx(float(module["gates"].sel(gate=gate).mean()), abs=0.005)
    if cell == "lstm":
        cell_state = 10 ** module["log10_grad_c"].values.astype(float)
        assert 10 ** found.wires["c"] == pytest.approx(cell_state.mean(), rel=1e-4)


def test_the_runs_are_those_that_other_figures_share():
    shared = seeded_experiments(AddingSettings())
    for cell in ("rnn", "lstm", "gru"):
        assert adding_experiment(cell, TrainedCells(), 0) == shared[f"{cell}/0"]
