"""Which runs solve the temporal-order task, by length and by cell."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import lines_of, text_colour
from gradviz.vocabulary import ITERATION

CLAIM = "Initialised with a long memory, every run bridges 60 steps"
LENGTHS, SEEDS, STEPS, HIDDEN, SOLVED = (15, 30, 60), range(4), 400, 32, 0.98
NETWORKS: dict[str, dict[str, Any]] = {
    "RNN (tanh)": {"cell": "rnn"},
    "LSTM": {"cell": "lstm"},
    "LSTM, chrono": {"cell": "lstm", "init": "chrono"},
    "GRU": {"cell": "gru"},
}


def _run(network: str, length: int, seed: int) -> Experiment:
    model = {**NETWORKS[network], "hidden_size": HIDDEN}
    if model.get("init") == "chrono":
        model["init_options"] = {"t_max": float(length)}
    return resolve(
        {
            "name": f"order-{network.replace(', ', '-').partition(' ')[0].lower()}-{length}-{seed}",
            "seed": seed,
            "task": {"name": "temporal_order", "length": length},
            "model": model,
            "training": {"steps": STEPS, "learning_rate": 1e-2, "clip_norm": 1.0, "stop_at": SOLVED},
            "recording": {"every": STEPS},
        }
    )


def experiment(cache: Cache) -> Data:
    """Four seeds of every network at every length, by ``network/length/seed``."""
    return {
        f"{network}/{length}/{seed}": cache.recording(_run(network, length, seed))
        for network in NETWORKS
        for length in LENGTHS
        for seed in SEEDS
    }


def solved_at(tree: xr.DataTree) -> int | None:
    """Training step, counted from 1, at which a batch was 98 % correct and ended the run, or None."""
    accuracy = complete_curve(tree, "accuracy")
    return int(accuracy[ITERATION].values[-1]) + 1 if float(accuracy[-1]) >= SOLVED else None


def outcomes(data: Data, network: str, length: int) -> list[int | None]:
    """`solved_at` of every seed."""
    return [solved_at(data[f"{network}/{length}/{seed}"]) for seed in SEEDS]


def compose(data: Data) -> Figure:
    """One row per network, one column per length, one disc per run, full if it solved the task."""
    figure, ax = plt.subplots(layout="constrained")
    looks = lines_of([str(how["cell"]) for how in NETWORKS.values()])
    for row, (network, look) in enumerate(zip(NETWORKS, looks, strict=True)):
        for column, length in enumerate(LENGTHS):
            _draw_runs(ax, (column, row), sorted(outcomes(data, network, length), key=_late), look.colour)
    ax.set_xlim(-0.5, len(LENGTHS) - 0.5)
    ax.set_ylim(len(NETWORKS) - 0.4, -0.5)
    ax.set_xticks(range(len(LENGTHS)), [f"{length} steps" for length in LENGTHS])
    ax.set_yticks(range(len(NETWORKS)), NETWORKS, fontweight="bold")
    for label, look in zip(ax.get_yticklabels(), looks, strict=True):
        label.set_color(text_colour(look.colour))
    ax.set_xlabel(
        f"length of the sequences\na disc is a run, full if it solved the task within {STEPS} training steps"
    )
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    write_headline(figure, CLAIM)
    return figure


def _late(step: int | None) -> int:
    return STEPS + 1 if step is None else step


def _draw_runs(ax: Axes, place: tuple[int, int], steps: list[int | None], colour: str) -> None:
    size = 1.5 * float(plt.rcParams["font.size"])
    for rank, step in enumerate(steps):
        x = place[0] + 0.2 * (rank - (len(steps) - 1) / 2)
        face = colour if step is not None else "none"
        ax.plot(
            x,
            place[1],
            "o",
            markersize=size,
            markerfacecolor=face,
            markeredgecolor=colour,
            markeredgewidth=size / 12,
        )
    known = [step for step in steps if step is not None]
    words = f"{len(known)} of {len(steps)}" + (f", at step {round(np.median(known))}" if known else "")
    ax.text(
        place[0], place[1] + 0.34, words, ha="center", va="center", fontsize=plt.rcParams["xtick.labelsize"]
    )


def caption(data: Data) -> Caption:
    """The caption, with the number of runs that solved the task, by network and length."""
    listed = "; ".join(
        f"{network}: "
        + ", ".join(
            f"{sum(step is not None for step in outcomes(data, network, length))} at {length}"
            for length in LENGTHS
        )
        for network in NETWORKS
    )
    return Caption(
        claim=CLAIM,
        reading="Two symbols are shown early; their order is the class that the network has to name at the "
        "end. A full disc is a run in which a batch reached 98 % correct; the text below the discs gives the "
        "median training step at which that happened.",
        setting=f"Temporal order with 4 classes, {HIDDEN} units, Adam with learning rate 0.01, gradient "
        f"norm clipped at 1, at most {STEPS} steps of 50 sequences, seeds 0 to {len(SEEDS) - 1}. Chrono "
        "initialisation: the longest time constant is the length.",
        measured=f"Number of runs out of {len(SEEDS)} that solved the task: {listed}.",
        source="Hochreiter and Schmidhuber (1997), experiment 6a; the fraction of successes against "
        "length as in Pascanu, Mikolov and Bengio (2013), figure 7.",
        alt="A table of discs: four networks by three lengths, four runs each, full where a run solved the "
        f"task. {listed}.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per run: the training step at which it solved the task, empty if it did not."""
    rows = [
        {"network": network, "length": length, "seed": seed, "solved_at": step}
        for network in NETWORKS
        for length in LENGTHS
        for seed, step in zip(SEEDS, outcomes(data, network, length), strict=True)
    ]
    return pd.DataFrame(rows).astype({"solved_at": "Int64"})
