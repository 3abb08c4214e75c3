"""One pass of a trained cell with every gate and path, and its means over time."""

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
    "The wires are coloured by the gradient that comes back along them, its norm averaged over time steps "
    "and sequences; bright is much. The boxes are coloured by the mean activation of their gate."
)
SETTING = f"{adding_runs.SETTING} Then one pass over {SEQUENCES} fresh sequences."


class Anatomy(NamedTuple):
    """Means over time steps and sequences.

    Attributes
    ----------
    gates : dict of str to float
        Mean activation.
    grad_h, grad_c : float
        Log10 of the mean gradient norm at the hidden state and, in an LSTM, at the cell state (else NaN).
    grad_gates : dict of str to float
        The same at the gates' pre-activations.
    grad_paths : dict of str to float
        The same of what each path brings to the state before.
    """

    gates: dict[str, float]
    grad_h: float
    grad_c: float
    grad_gates: dict[str, float]
    grad_paths: dict[str, float]

    def gradients(self) -> list[float]:
        """All gradient norms of the diagram, log10; the cell state's only where there is one."""
        states = [self.grad_h] if math.isnan(self.grad_c) else [self.grad_h, self.grad_c]
        return [*states, *self.grad_gates.values(), *self.grad_paths.values()]


def anatomy_run(cache: Cache, label: str, *, trained: bool = True) -> Data:
    """A pass of one of the cells on the adding task.

    Parameters
    ----------
    cache : Cache
    label : str
        A key of ``adding_experiments()``.
    trained : bool
        With the weights from the end of its training, or from the beginning.
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
    """The means that the diagram shows."""
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
    """The gate that brings back most gradient to the state before."""
    return max(found.gates, key=lambda gate: found.grad_paths[gate])


def times_more(found: Anatomy) -> float:
    """How many times as much the carry path brings back as the best gate."""
    return float(10 ** (found.grad_paths[CARRY_PATH] - found.grad_paths[best_gate(found)]))


def describe_gated(found: Anatomy, way: str) -> str:
    """The numbers of a cell with gates, for its caption.

    Parameters
    ----------
    found : Anatomy
    way : str
        Where the carry path runs, for example "along the cell line".
    """
    best = best_gate(found)
    means = ", ".join(f"{gate} {mean:.2f}" for gate, mean in found.gates.items())
    return (
        f"Mean activations: {means}. What comes back to the state before: "
        f"{10 ** found.grad_paths[CARRY_PATH]:.2g} {way}, at most {10 ** found.grad_paths[best]:.2g} "
        f"through a gate ({best}): {times_more(found):.0f} times as much."
    )


def _mean(log10_norms: xr.DataArray) -> float:
    return float(log10_mean(log10_mean(log10_norms, SAMPLE), TIME))
