"""The gradient norm over training, with and without clipping."""

from __future__ import annotations

import functools

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
from gradviz.gallery.final_loss import LAST, final_loss
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import AMBER, cell_line, ink, text_colour
from gradviz.plots.drawing.ticks import set_end_ticks, set_log_ticks
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, GRAD_NORM, ITERATION, LOSS

CLAIM = "Clipping keeps one large gradient from undoing the learning"
LENGTH, HIDDEN, STEPS, LEARNING_RATE, CLIP_NORM, SEED = 100, 64, 600, 0.03, 1.0, 1


def _latch(clip_norm: float | None) -> Experiment:
    how = {"steps": STEPS, "optimizer": "sgd", "learning_rate": LEARNING_RATE}
    return resolve(
        {
            "name": "latch" if clip_norm is None else "latch-clipped",
            "seed": SEED,
            "task": {"name": "latch", "length": LENGTH},
            "model": {"cell": "rnn", "hidden_size": HIDDEN, "init": "orthogonal"},
            "training": how if clip_norm is None else {**how, "clip_norm": clip_norm},
            "recording": {"every": 50},
        }
    )


@functools.cache
def latch_experiments() -> dict[str, Experiment]:
    """The two experiments, by label; resolved at the first call."""
    return {"not clipped": _latch(None), f"norm clipped at {CLIP_NORM:g}": _latch(CLIP_NORM)}


def experiment(cache: Cache) -> Data:
    """The same RNN from the same initial weights on the same batches, with and without clipping."""
    return {label: cache.recording(run) for label, run in latch_experiments().items()}


def compose(data: Data) -> Figure:
    """One column per run: the gradient norm above, the loss below."""
    figure, axes = plt.subplots(2, 2, layout="constrained", sharex=True, sharey="row", height_ratios=[3, 2])
    for position, ((label, tree), (above, below)) in enumerate(zip(data.items(), axes.T, strict=True)):
        look = cell_line("rnn")
        draw_curve(above, complete_curve(tree, GRAD_NORM), look)
        draw_curve(below, complete_curve(tree), look)
        _draw_reference(above, below, tree, name=position == 1)
        above.set_title(label, color=text_colour(look.colour))
        below.set_xlabel("training step")
        set_end_ticks(below.xaxis, 0, STEPS - 1, count=2)
    axes[0, 0].set_ylabel("gradient norm")
    axes[1, 0].set_ylabel("loss")
    plain = data["not clipped"]
    axes[0, 0].set_ylim(top=5 * float(complete_curve(plain, GRAD_NORM).max()))
    norms, losses = complete_curve(plain, GRAD_NORM), complete_curve(plain)
    _mark(axes[0, 0], norms, int(norms.values.argmax()), "norm {:.0f}\nat step {}")
    _mark(axes[1, 0], losses, int(losses.values.argmin()), "loss {:.2f}\nat step {}")
    write_headline(figure, CLAIM)
    return figure


def _draw_reference(above: Axes, below: Axes, tree: xr.DataTree, *, name: bool) -> None:
    """Draw the trivial predictor's loss; with `name`, also its meaning and the limit of the norm."""
    baseline = float(tree.attrs[BASELINE])
    draw_baseline(below, baseline)
    set_log_ticks(below)
    if not name:
        return
    above.axhline(CLIP_NORM, color=AMBER, linewidth=plt.rcParams["lines.linewidth"], zorder=3)
    above.text(
        0.02 * STEPS, 1.25 * CLIP_NORM, "cut down to 1", color=ink(), fontsize=font_size("xtick.labelsize")
    )
    name_baseline(below, baseline, str(tree.attrs[BASELINE_MEANING]), outside=False)


def _mark(ax: Axes, curve: xr.DataArray, place: int, text: str) -> None:
    step, value = int(curve[ITERATION].values[place]), float(curve.values[place])
    ax.annotate(
        text.format(value, step),
        xy=(step, value),
        xytext=(0.45 * step, value),
        va="center",
        ha="center",
        color=ink(),
        fontsize=font_size("xtick.labelsize"),
        arrowprops={"arrowstyle": "->", "color": ink()},
    )


def steepest(norms: xr.DataArray) -> int:
    """The training step with the largest gradient norm."""
    return int(norms[ITERATION].values[np.nanargmax(norms.values)])


def parted_at(data: Data) -> int:
    """The first training step at which the two runs differ: the one after the first clipped gradient."""
    plain, clipped = (complete_curve(tree, LOSS).values for tree in data.values())
    return int(np.flatnonzero(plain != clipped)[0])


def caption(data: Data) -> Caption:
    """The caption, with the largest norms, the fraction of clipped steps, and the results at the end."""
    plain, clipped = (complete_curve(tree, GRAD_NORM) for tree in data.values())
    losses = [final_loss(tree) for tree in data.values()]
    right = [float(np.mean(complete_curve(tree, "accuracy").values[-LAST:])) for tree in data.values()]
    fraction = float(np.mean(clipped.values > CLIP_NORM))
    lowest = float(np.min(complete_curve(data["not clipped"]).values))
    return Caption(
        claim=CLAIM,
        reading="Above: the norm of the gradient of all weights at every training step, before clipping. "
        "Below: the loss; the dashed line is the loss of guessing. Both runs start from the same weights "
        "and use the same batches. Faint: every step; strong: running median.",
        setting=f"A tanh RNN of {HIDDEN} units with orthogonal recurrent weights on the latch task "
        f"({LENGTH} time steps; the network has to keep the sign of the first input), SGD with learning rate "
        f"{LEARNING_RATE:g}, {STEPS} steps of 50 sequences, seed {SEED}.",
        measured=f"The runs differ from step {parted_at(data)} on. Not clipped: largest norm "
        f"{float(plain.max()):.1f} at step {steepest(plain)}, lowest loss {lowest:.3f}, at the end a loss of "
        f"{losses[0]:.3f} and {right[0]:.0%} correct. Clipped at {CLIP_NORM:g}, at {fraction:.0%} of the "
        f"steps: at the end a loss of {losses[1]:.3f} and {right[1]:.0%} correct. One seed: with other seeds "
        "the network learns later or not at all.",
        source="Pascanu, Mikolov and Bengio (2013), 'On the difficulty of training recurrent neural "
        "networks', algorithm 1; the task: Bengio, Simard and Frasconi (1994).",
        alt=f"Two columns. Without clipping the gradient norm jumps to {float(plain.max()):.0f} at step "
        f"{steepest(plain)}, and the loss, which had begun to fall, returns to the level of guessing and "
        f"stays there. With clipping the loss falls to {losses[1]:.2f}.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per run and training step: gradient norm and loss."""
    tables = []
    for label, tree in data.items():
        norms = complete_curve(tree, GRAD_NORM)
        columns = {"run": label, "step": norms[ITERATION].values, GRAD_NORM: norms.values}
        tables.append(pd.DataFrame({**columns, LOSS: complete_curve(tree).values}))
    return pd.concat(tables)
