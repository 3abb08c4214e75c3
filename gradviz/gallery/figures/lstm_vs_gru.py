"""LSTM and GRU of the same width on the same task, side by side."""

from __future__ import annotations

import statistics
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from gradviz.experiment.run.build_model import build
from gradviz.gallery.adding_runs import ADDING, BATCH, HIDDEN, LENGTH, SETTING, adding_runs
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.figures.training_heatmap import learned_at
from gradviz.gallery.gallery_figure import Data
from gradviz.measures.log10_mean import log10_mean
from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.decades import label_decades
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends
from gradviz.plots.drawing.palette import GREY, cell_line, text_colour
from gradviz.plots.drawing.running_median import running_median
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module, select_series
from gradviz.tasks.task_table import Task
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, ITERATION, LOG10_GRAD_H, SAMPLE, STEP, TIME

CLAIM = "A GRU has a quarter fewer weights and learns this sooner"
CELLS = {"LSTM": "lstm", "GRU": "gru"}
SIZES = "sizes"
_REPEATS = 15


def experiment(cache: Cache) -> Data:
    """The two trainings on the adding task, and what a step of each costs."""
    runs = adding_runs(cache)
    return {**{label: runs[label] for label in CELLS}, SIZES: cache.computed("lstm-vs-gru", _measure)}


def _measure() -> xr.DataTree:
    """Parameters of the recurrent layer, and median milliseconds of a training step on this machine."""
    models = {label: build(ADDING[label]) for label in CELLS}
    counts = [parameters(model.get_submodule("recurrent")) for model, _ in models.values()]
    times = [_milliseconds(model, task) for model, task in models.values()]
    return xr.DataTree(
        xr.Dataset(
            {"parameters": ("network", counts), "milliseconds": ("network", times)},
            coords={"network": list(CELLS)},
        )
    )


def _milliseconds(model: nn.Module, task: Task) -> float:
    inputs, targets = task.batch(BATCH, torch.Generator().manual_seed(0))
    found = []
    for _ in range(_REPEATS):
        begin = time.perf_counter()
        task.loss(model(inputs), targets).backward()
        found.append(1000 * (time.perf_counter() - begin))
    return statistics.median(found)


def parameters(module: nn.Module) -> int:
    """How many weights and biases a module has."""
    return sum(weight.numel() for weight in module.parameters())


def lost_decades(tree: xr.DataTree) -> xr.DataArray:
    """Decades that the gradient loses from the last time step to the first, dims (step,)."""
    norms = log10_mean(select_series(select_module(tree))[LOG10_GRAD_H], SAMPLE)
    return norms.isel({TIME: 0}) - norms.isel({TIME: -1})


def compose(data: Data) -> Figure:
    """What they cost on the left, what they do on the right."""
    figure, axes = plt.subplots(2, 2, layout="constrained", width_ratios=[1, 1.9])
    sizes = data[SIZES].to_dataset()
    _draw_bars(axes[0, 0], sizes["parameters"], "{:,.0f}", "weights and biases")
    _draw_bars(axes[1, 0], sizes["milliseconds"], "{:.1f} ms", "time of a training step")
    _draw_gradients(axes[0, 1], data)
    ends = _draw_losses(axes[1, 1], data)
    axes[0, 1].set_xticks(axes[1, 1].get_xticks())
    write_headline(figure, CLAIM)
    label_line_ends(axes[1, 1], ends)
    return figure


def _draw_bars(ax: Axes, values: xr.DataArray, form: str, title: str) -> None:
    for place, (label, cell) in enumerate(CELLS.items()):
        value = float(values.sel(network=label))
        look = cell_line(cell)
        ax.barh(place, value, color=look.colour, height=0.7)
        ax.text(0.03 * float(values.max()), place, form.format(value), color="white", va="center")
    ax.set_yticks(range(len(CELLS)), CELLS)
    for text, cell in zip(ax.get_yticklabels(), CELLS.values(), strict=True):
        text.set(color=text_colour(cell_line(cell).colour), fontweight="bold")
    ax.invert_yaxis()
    ax.set_xticks([])
    ax.spines[["bottom", "left"]].set_visible(False)
    ax.tick_params(left=False)
    ax.set_title(title)


def _draw_gradients(ax: Axes, data: Data) -> None:
    for label, cell in CELLS.items():
        lost = lost_decades(data[label])
        ax.plot(lost[STEP], lost, color=cell_line(cell).colour)
    ax.axhline(0, color=GREY, linewidth=0.8, zorder=0)
    label_decades(ax.yaxis, most=4)
    ax.set_title("gradient at the first step, against the last")
    ax.tick_params(labelbottom=False)
    ax.set_xlim(0, float(lost[STEP][-1]))


def _draw_losses(ax: Axes, data: Data) -> list[LineEnd]:
    ends = []
    for label, cell in CELLS.items():
        curve, look = complete_curve(data[label]), cell_line(cell)
        draw_curve(ax, curve, look)
        steps = curve[ITERATION].values
        ends.append(LineEnd(float(steps[-1]), float(running_median(curve.values)[-1]), label, look.colour))
    baseline = float(data["LSTM"].attrs[BASELINE])
    draw_baseline(ax, baseline)
    name_baseline(ax, baseline, str(data["LSTM"].attrs[BASELINE_MEANING]), outside=False)
    ax.set_title("loss")
    ax.set_xlabel("training step")
    set_end_ticks(ax.xaxis, steps[0], steps[-1])
    return ends


def caption(data: Data) -> Caption:
    """With parameters, milliseconds, and the steps at which each left the trivial predictor."""
    sizes = data[SIZES].to_dataset()
    told = "; ".join(
        f"{label}: {int(sizes['parameters'].sel(network=label)):,} weights and biases, "
        f"{float(sizes['milliseconds'].sel(network=label)):.1f} ms a step, gradient "
        f"{float(lost_decades(data[label])[0]):.1f} decades at the start and "
        f"{float(lost_decades(data[label])[-1]):.1f} at the end, trivial predictor left at step "
        f"{learned_at(data[label])}, loss at the end "
        f"{np.median(complete_curve(data[label]).values[-50:]):.4f}"
        for label in CELLS
    )
    return Caption(
        claim=CLAIM,
        reading="Left: the recurrent layer's size, and the time of one forward and backward pass. Right: "
        f"how the mean norm of the gradient at the first of {LENGTH} time steps compares with that at the "
        "last (10^0: nothing is lost), and the loss, both over training.",
        setting=f"{SETTING} Times are medians of {_REPEATS} steps of {BATCH} sequences on one thread of the "
        "machine that made the figure: they are the one thing here that differs from machine to machine.",
        measured=f"{told}. {HIDDEN} units each; one seed.",
        source="Cho et al. (2014) for the GRU; Chung, Gulcehre, Cho and Bengio (2014), 'Empirical "
        "evaluation of gated recurrent neural networks on sequence modeling'.",
        alt="Two bars of size and two of time: the GRU has three quarters of the LSTM's weights. Two curves "
        "of gradient over training rise to the level of no loss, the GRU's first; its training loss falls "
        f"from step {learned_at(data['GRU'])}, the LSTM's from step {learned_at(data['LSTM'])}.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """A row for every network and recorded step: gradient at the first time step against the last, loss."""
    tables = []
    for label in CELLS:
        lost = lost_decades(data[label])
        steps = lost[STEP].values
        loss = complete_curve(data[label]).sel({ITERATION: steps}).values
        columns = {"network": label, STEP: steps, "log10_first_to_last": lost.values, "loss": loss}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables)
