"""What truncated backpropagation through time cuts off."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.capture.record import record
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.measures.log10_mean import log10_mean
from gradviz.models.initialise import initialise
from gradviz.models.layers import make_layers
from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.gradient_grid import GradientGrid
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar, draw_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.marks import ZERO, marked_cells
from gradviz.plots.drawing.palette import AMBER, ink
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module
from gradviz.training.carry import detached
from gradviz.vocabulary import CUT, LOG10_GRAD_H, SAMPLE, TIME

LENGTH, HIDDEN, BATCH = 100, 64, 16
CUTS = (10, 20, 50, LENGTH)  # time steps between cuts; the last means no cut
CLAIM = "Before a cut, the gradient is exactly 0, however well it flows"


def experiment(cache: Cache) -> Data:
    """A GRU that keeps its gradient, with its state detached at intervals; loss at the last time step."""
    return cache.computed("truncated-bptt", _record)


def _record() -> Data:
    return {str(every): _truncated(every) for every in CUTS}


def _truncated(every: int) -> xr.DataTree:
    torch.manual_seed(0)
    network = initialise(make_layers("gru")(2, HIDDEN, batch_first=True), "forget_bias", value=3.0)
    inputs = torch.rand(BATCH, LENGTH, 2, generator=torch.Generator().manual_seed(0))
    with record(network) as tape:
        state = None
        for stretch in inputs.split(every, dim=1):
            outputs, state = network(stretch, detached(state))
        outputs[:, -1].square().mean().backward()
    return tape.tree


def profile(tree: xr.DataTree) -> np.ndarray:
    """Log10 of the mean norm at every time step, shape (time,)."""
    return log10_mean(select_module(tree)[LOG10_GRAD_H], SAMPLE).squeeze(drop=True).values


def compose(data: Data) -> Figure:
    """One strip per distance between cuts, on one colour scale."""
    figure, axes = plt.subplots(len(data), 1, layout="constrained", sharex=True)
    grids = [_grid(profile(tree)) for tree in data.values()]
    norm = decade_norm([grid.on_scale for grid in grids])
    for ax, every, grid in zip(axes, CUTS, grids, strict=True):
        mesh = draw_mesh(ax, grid, norm)
        _mark_cuts(ax, data[str(every)], every, int(grid.marks[ZERO].sum()))
        ax.tick_params(left=False, labelleft=False, bottom=ax is axes[-1], labelbottom=ax is axes[-1])
    draw_colour_bar(mesh, list(axes), [grid.on_scale for grid in grids], grids[0].label)
    axes[-1].set_xlabel(grids[0].steps_label)
    set_end_ticks(axes[-1].xaxis, 0, LENGTH - 1)
    write_headline(figure, CLAIM)
    return figure


def _grid(log10: np.ndarray) -> GradientGrid:
    """One row, time to the right."""
    row = log10[np.newaxis]
    return GradientGrid(
        steps=np.arange(len(log10)),
        times=np.arange(1),
        log10=row,
        marks=marked_cells(row),
        steps_label="time step; the loss is at the last one",
        times_label="",
        label="total gradient ‖dL/dh‖\nmean over sequences",
    )


def cuts(tree: xr.DataTree) -> list[int]:
    """The time steps whose incoming state is detached."""
    dataset = select_module(tree)
    if CUT not in dataset:  # a single call
        return []
    return np.flatnonzero((dataset[CUT] == 1).all(SAMPLE).squeeze()).tolist()


def _mark_cuts(ax: Axes, tree: xr.DataTree, every: int, zeros: int) -> None:
    for cut in cuts(tree):
        ax.axvline(cut - 0.5, color=AMBER, linewidth=plt.rcParams["lines.linewidth"])
    name = f"cut every {every} steps: exactly 0 at {zeros} of {LENGTH} time steps"
    title = name if zeros else "no cut: the gradient reaches every time step"
    ax.set_title(title, fontsize=font_size("font.size"), color=ink())


def caption(data: Data) -> Caption:
    """The caption, with the counts of exact zeros, and how far the gradient falls without a cut."""
    curves = {every: profile(tree) for every, tree in zip(CUTS, data.values(), strict=True)}
    zeros = ", ".join(f"{int(np.isneginf(curves[every]).sum())} (cut every {every})" for every in CUTS[:-1])
    whole = curves[LENGTH]
    return Caption(
        claim=CLAIM,
        reading="There is one strip per distance between cuts. The gradient comes from the right, where the "
        "loss is; amber lines mark where the state was detached. Dotted grey: exactly zero, not just small.",
        setting=f"nn.GRU with {HIDDEN} units, 2 random inputs and update bias 3, {LENGTH} time steps, "
        f"{BATCH} sequences; the loss is the mean square of the last output; no training, seed 0. The state "
        "is detached between pieces, as in truncated backpropagation through time.",
        measured=f"Time steps with a gradient of exactly zero: {zeros}, {int(np.isneginf(whole).sum())} (no "
        f"cut). Without a cut the gradient loses {whole[-1] - whole[0]:.1f} decades on its way to the first "
        "step.",
        source="Williams and Peng (1990), 'An efficient gradient-based algorithm for on-line training of "
        "recurrent network trajectories'.",
        alt="Four strips of the gradient against time. Without a cut, the whole strip is coloured. With "
        "cuts every 50, 20 and 10 steps, only the last 50, 20 and 10 time steps are coloured, and all "
        "earlier ones are marked as exactly zero.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per distance between cuts and time step: log10 of the mean norm, -inf for 0."""
    return pd.concat(
        [
            pd.DataFrame({"cut_every": every, TIME: np.arange(LENGTH), "log10_grad_h": profile(tree)})
            for every, tree in zip(CUTS, data.values(), strict=True)
        ]
    )
