"""LSTM and GRU of the same width on the same task, side by side."""

from __future__ import annotations

import statistics
import time

import matplotlib.pyplot as plt
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from gradviz.experiment.run.build_model import build
from gradviz.gallery.adding_runs import (
    BATCH,
    HIDDEN,
    LENGTH,
    SETTING,
    adding_experiments,
    adding_runs,
)
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.figures.training_heatmap import learned_at
from gradviz.gallery.final_loss import final_loss
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.loss_curves import draw_losses
from gradviz.measures.gradient_across_lag import LOST_H, gradient_across_lag
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.line_labels import label_line_ends
from gradviz.plots.drawing.palette import GREY, cell_line, text_colour
from gradviz.recording.tree import select_series
from gradviz.tasks.task_table import Task
from gradviz.vocabulary import ITERATION, STEP

CLAIM = "A GRU has a quarter fewer weights and learns this task sooner"
NETWORKS = {"LSTM": "lstm", "GRU": "gru"}
SIZES = "sizes"
_REPEATS = 15


def experiment(cache: Cache) -> Data:
    """The two trainings on the adding task, with the number of weights and the time of a step."""
    runs = adding_runs(cache)
    return {**{label: runs[label] for label in NETWORKS}, **cache.computed("lstm-vs-gru", _measure)}


def _measure() -> Data:
    """Parameters of the recurrent layer, and median time of a training step on this machine, in ms."""
    models = {label: build(adding_experiments()[label]) for label in NETWORKS}
    counts = [parameters(model.get_submodule("recurrent")) for model, _ in models.values()]
    times = [_milliseconds(model, task) for model, task in models.values()]
    sizes = xr.Dataset(
        {"parameters": ("network", counts), "milliseconds": ("network", times)},
        coords={"network": list(NETWORKS)},
    )
    return {SIZES: xr.DataTree(sizes)}


def _milliseconds(model: nn.Module, task: Task) -> float:
    inputs, targets = task.batch(BATCH, torch.Generator().manual_seed(0))
    found = []
    for _ in range(_REPEATS):
        begin = time.perf_counter()
        task.loss(model(inputs), targets).backward()
        found.append(1000 * (time.perf_counter() - begin))
    return statistics.median(found)


def parameters(module: nn.Module) -> int:
    """Number of weights and biases of a module."""
    return sum(weight.numel() for weight in module.parameters())


def log10_first_to_last(tree: xr.DataTree) -> xr.DataArray:
    """Log10 of the gradient at the first time step over that at the last, dims (step,)."""
    return -select_series(gradient_across_lag(tree))[LOST_H]


def compose(data: Data) -> Figure:
    """Size and time on the left; gradient and loss over training on the right."""
    figure, axes = plt.subplots(2, 2, layout="constrained", width_ratios=[1, 1.9])
    sizes = data[SIZES].to_dataset()
    _draw_bars(axes[0, 0], sizes["parameters"], "{:,.0f}", "weights and biases")
    _draw_bars(axes[1, 0], sizes["milliseconds"], "{:.1f} ms", "time of a training step")
    _draw_gradients(axes[0, 1], data)
    ends = draw_losses(axes[1, 1], {label: data[label] for label in NETWORKS}, ticks=3)
    axes[1, 1].set_title("loss")
    axes[1, 1].set_xlabel("training step")
    axes[0, 1].set_xticks(axes[1, 1].get_xticks())
    write_headline(figure, CLAIM)
    label_line_ends(axes[1, 1], ends)
    return figure


def _draw_bars(ax: Axes, values: xr.DataArray, form: str, title: str) -> None:
    for place, (label, cell) in enumerate(NETWORKS.items()):
        value = float(values.sel(network=label))
        look = cell_line(cell)
        ax.barh(place, value, color=look.colour, height=0.7)
        ax.text(0.03 * float(values.max()), place, form.format(value), color="white", va="center")
    ax.set_yticks(range(len(NETWORKS)), NETWORKS)
    for text, cell in zip(ax.get_yticklabels(), NETWORKS.values(), strict=True):
        text.set(color=text_colour(cell_line(cell).colour), fontweight="bold")
    ax.invert_yaxis()
    ax.set_xticks([])
    ax.spines[["bottom", "left"]].set_visible(False)
    ax.tick_params(left=False)
    ax.set_title(title)


def _draw_gradients(ax: Axes, data: Data) -> None:
    for label, cell in NETWORKS.items():
        lost = log10_first_to_last(data[label])
        ax.plot(lost[STEP], lost, color=cell_line(cell).colour)
    ax.axhline(0, color=GREY, linewidth=0.8, zorder=0)
    label_decades(ax.yaxis, most=4)
    ax.set_title("gradient at the first step, against the last")
    ax.tick_params(labelbottom=False)
    ax.set_xlim(0, float(lost[STEP][-1]))


def caption(data: Data) -> Caption:
    """The caption, with parameters, milliseconds, and when each loss left the trivial predictor."""
    sizes = data[SIZES].to_dataset()
    listed = "; ".join(
        f"{label}: {int(sizes['parameters'].sel(network=label)):,} weights and biases, "
        f"{float(sizes['milliseconds'].sel(network=label)):.1f} ms per step, gradient "
        f"{float(log10_first_to_last(data[label])[0]):.1f} decades at the start and "
        f"{float(log10_first_to_last(data[label])[-1]):.1f} at the end, the loss leaves the "
        f"trivial predictor at step {learned_at(data[label])} and is {final_loss(data[label]):.4f} at the end"
        for label in NETWORKS
    )
    return Caption(
        claim=CLAIM,
        reading="Left: the size of the recurrent layer, and the time of one forward and backward pass. "
        f"Right, over training: the mean gradient norm at the first of {LENGTH} time steps relative to that "
        "at the last (10^0: nothing is lost), and the loss.",
        setting=f"{SETTING} Times are medians of {_REPEATS} steps of {BATCH} sequences on one thread of the "
        "machine that made the figure; they differ from machine to machine.",
        measured=f"{listed}. {HIDDEN} units each; one seed.",
        source="Cho et al. (2014) for the GRU; Chung, Gulcehre, Cho and Bengio (2014), 'Empirical "
        "evaluation of gated recurrent neural networks on sequence modeling'.",
        alt="Two bars of size and two of time: the GRU has three quarters of the LSTM's weights. Two curves "
        "of the gradient over training rise to where nothing is lost, the GRU's first; its training loss "
        f"falls from step {learned_at(data['GRU'])}, the LSTM's from step {learned_at(data['LSTM'])}.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per network and recorded step: gradient at the first time step over the last, and loss."""
    tables = []
    for label in NETWORKS:
        lost = log10_first_to_last(data[label])
        steps = lost[STEP].values
        loss = complete_curve(data[label]).sel({ITERATION: steps}).values
        columns = {"network": label, STEP: steps, "log10_first_to_last": lost.values, "loss": loss}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables)
