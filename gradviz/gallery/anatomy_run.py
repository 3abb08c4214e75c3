"""One recorded pass of a cell with all gates and paths, and its means."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import xarray as xr

from gradviz.capture.record import record
from gradviz.experiment.run.build_model import build
from gradviz.experiment.run.trained import load_trained
from gradviz.gallery import adding_runs
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.gallery_figure import Data
from gradviz.measures.log10_mean import log10_mean
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import (
    CARRY_PATH,
    GATE,
    GATE_MEAN,
    LOG10_GRAD_C,
    LOG10_GRAD_GATE,
    LOG10_GRAD_H,
    LOG10_GRAD_PATH,
    PATH,
    SAMPLE,
    STEP,
    TIME,
)

SEQUENCES = 64
PASS = "pass"
HOW_TO_READ = (
    "The colour of a wire shows the norm of the gradient that flows back along it, averaged over time steps "
    "and sequences; bright means a large gradient. The colour of a box shows the mean activation of its "
    "gate. A superscript minus marks the previous time step."
)
SETTING = f"{adding_runs.SETTING} Then one pass over {SEQUENCES} new sequences."


class Anatomy(NamedTuple):
    """Means of a recorded pass over time steps and sequences.

    Attributes
    ----------
    gates : dict of str to float
        Mean activation.
    grad_h, grad_c : float
        Log10 of the mean gradient norm at the hidden state and, in an LSTM, at the cell state (else NaN).
    grad_gates : dict of str to float
        Log10 of the mean gradient norm at the gate's pre-activation.
    grad_paths : dict of str to float
        Log10 of the mean norm of what the path contributes to the gradient at the previous state.
    """

    gates: dict[str, float]
    grad_h: float
    grad_c: float
    grad_gates: dict[str, float]
    grad_paths: dict[str, float]

    def gradients(self) -> list[float]:
        """All log10 gradient norms of the diagram, including the cell state's if there is one."""
        states = [self.grad_h] if math.isnan(self.grad_c) else [self.grad_h, self.grad_c]
        return [*states, *self.grad_gates.values(), *self.grad_paths.values()]


def anatomy_run(cache: Cache, label: str, *, trained: bool = True) -> Data:
    """Recording of one pass of a cell on the adding task.

    Parameters
    ----------
    cache : Cache
    label : str
        A key of ``adding_experiments()``.
    trained : bool
        Use the weights after training; otherwise those before it.
    """
    experiment = adding_runs.adding_experiments()[label]
    with one_thread():
        torch.manual_seed(experiment.seed)
        model, task = load_trained(cache.trained(experiment)) if trained else build(experiment)
        inputs, targets = task.batch(SEQUENCES, torch.Generator().manual_seed(1))
        with record(model, samples=None, detail="full") as tape:
            task.loss(model(inputs), targets).backward()
    return {PASS: tape.tree}


def anatomy(data: Data) -> Anatomy:
    """Means that the diagram shows."""
    series = select_series(select_module(data[PASS])).isel({STEP: 0})
    gates = [str(gate) for gate in series[GATE].values]
    return Anatomy(
        gates={gate: float(series[GATE_MEAN].sel({GATE: gate}).mean(TIME)) for gate in gates},
        grad_h=_mean(series[LOG10_GRAD_H]),
        grad_c=_mean(series[LOG10_GRAD_C]) if LOG10_GRAD_C in series else float("nan"),
        grad_gates={gate: _mean(series[LOG10_GRAD_GATE].sel({GATE: gate})) for gate in gates},
        grad_paths={
            str(path): _mean(series[LOG10_GRAD_PATH].sel({PATH: path})) for path in series[PATH].values
        },
    )


def best_gate(found: Anatomy) -> str:
    """The gate that contributes most gradient to the previous state."""
    return max(found.gates, key=lambda gate: found.grad_paths[gate])


def times_more(found: Anatomy) -> float:
    """How many times as much gradient the carry path contributes as the best gate."""
    return float(10 ** (found.grad_paths[CARRY_PATH] - found.grad_paths[best_gate(found)]))


def describe_gated(found: Anatomy, way: str) -> str:
    """Sentences for the caption that give the numbers of a cell with gates.

    Parameters
    ----------
    found : Anatomy
    way : str
        Where the carry path runs, for example "along the cell state".
    """
    best = best_gate(found)
    means = ", ".join(f"{gate} {mean:.2f}" for gate, mean in found.gates.items())
    return (
        f"Mean activations: {means}. Gradient norm contributed to the previous state: "
        f"{10 ** found.grad_paths[CARRY_PATH]:.2g} {way}, at most {10 ** found.grad_paths[best]:.2g} "
        f"through a gate ({best}); the former is {times_more(found):.0f} times as large."
    )


def _mean(log10_norms: xr.DataArray) -> float:
    return float(log10_mean(log10_mean(log10_norms, SAMPLE), TIME))
