"""A user's code as ``mypy --strict`` sees it: `assert_type` says what each public name gives.

mypy checks this file together with the package.  Wrong calls carry an ignore with the expected error; where
mypy finds no error, the unused ignore is one.
"""

from pathlib import Path

import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn
from typing_extensions import assert_type

import gradviz as gv
from gradviz.capture.tape import Tape
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import Finding
from gradviz.experiment.alert import Alert
from gradviz.experiment.finished_run import FinishedRun
from gradviz.experiment.finished_sweep import FinishedSweep


def recorded(model: nn.LSTM) -> Tape:
    with gv.record(model, every=2, samples=None, modules="*") as tape:
        for _ in range(4):
            loss = model(torch.randn(5, 3, model.input_size))[0].square().mean()
            torch.autograd.backward(loss)
            tape.step(loss, accuracy=0.5)
    assert_type(tape, Tape)
    assert_type(tape.dataset, xr.Dataset)
    assert_type(tape.tree, xr.DataTree)
    assert_type(tape[""], xr.Dataset)
    return tape


def measured(tree: xr.DataTree) -> None:
    assert_type(gv.decay_rate(tree), xr.Dataset)
    assert_type(gv.horizon(tree, decades=2), xr.Dataset)
    assert_type(gv.diagnose(tree, lag=4), Diagnosis)
    assert_type(gv.diagnose(tree).findings[0], Finding)


def drawn(tree: xr.DataTree) -> None:
    assert_type(gv.plot_gradient_heatmap(tree, limits=gv.shared_limits([tree])), Axes)
    assert_type(gv.figure_comparison({"a": tree, "b": tree}, title="two"), Figure)


def stored(folder: Path) -> xr.DataTree:
    assert_type(gv.load_runs(folder, measures=("horizon",)), xr.Dataset)
    return gv.load(folder / "recording.nc")


def trained() -> FinishedRun:
    task = gv.tasks.adding(length=8)
    assert_type(task, gv.tasks.adding)
    model = gv.SequenceModel("lstm", 2, 4, 1)
    assert_type(gv.initialise(model, "forget_bias", value=2.0), nn.Module)
    assert_type(gv.sweep({"task": task}, workers=0), FinishedSweep)
    return gv.run({"task": task})


def analysed(lstm: nn.LSTM, x: Tensor) -> None:
    assert_type(gv.step_jacobians(lstm, x), xr.DataArray)
    assert_type(gv.hidden_eigenvalues(lstm), xr.Dataset)


def warned(tape: Tape) -> None:
    def stop(seen: Alert) -> None:
        print(seen)

    gv.alert(tape, stop, lag=50)


def mistakes(model: nn.LSTM, tree: xr.DataTree) -> None:
    gv.recrod(model)  # type: ignore[attr-defined]
    gv.tasks.ading(length=8)  # type: ignore[attr-defined]
    gv.record(model, every="x")  # type: ignore[arg-type]
    gv.record(model, sample=3)  # type: ignore[call-arg]
    gv.plot_gradient_heatmap(tree, limit=(0, 1))  # type: ignore[call-arg]
    gv.horizon(tree, 3)  # type: ignore[call-arg]
    gv.run({}, begin="again")  # type: ignore[arg-type]
    gv.plot_gate_histogram(tree, of="layers")  # type: ignore[arg-type]
    gv.alert(gv.record(model), print)  # type: ignore[call-arg]
