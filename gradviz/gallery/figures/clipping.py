"""The gradient's norm over training, with and without clipping."""

from __future__ import annotations

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
from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import AMBER, cell_line, ink, text_colour
from gradviz.plots.drawing.ticks import set_end_ticks, set_log_ticks
from gradviz.training.loop import GRAD_NORM
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, ITERATION, LOSS

CLAIM = "Clipping keeps one steep step from undoing the learning"
LENGTH, HIDDEN, STEPS, LEARNING_RATE, CLIP_NORM, SEED = 100, 64, 600, 0.03, 1.0, 1
LAST = 50  # training steps over which the end is taken


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


RUNS = {"not clipped": _latch(None), f"norm clipped at {CLIP_NORM:g}": _latch(CLIP_NORM)}


def experiment(cache: Cache) -> Data:
    """The same RNN from the same start on the same batches, with and without."""
    return {label: cache.recording(run) for label, run in RUNS.items()}


def compose(data: Data) -> Figure:
    """A column a run: the gradient's norm above, the loss below."""
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
    """The limit of the norm, where there is one, and the trivial predictor's loss."""
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
    """The first training step at which the two runs differ: after the first gradient that was clipped."""
    plain, clipped = (complete_curve(tree, LOSS).values for tree in data.values())
    return int(np.flatnonzero(plain != clipped)[0])


def caption(data: Data) -> Caption:
    """With the largest norms, the fraction of steps clipped, and the losses and accuracies at the end."""
    plain, clipped = (complete_curve(tree, GRAD_NORM) for tree in data.values())
    losses = [float(np.median(complete_curve(tree).values[-LAST:])) for tree in data.values()]
    right = [float(np.mean(complete_curve(tree, "accuracy").values[-LAST:])) for tree in data.values()]
    fraction = float(np.mean(clipped.values > CLIP_NORM))
    lowest = float(np.min(complete_curve(data["not clipped"]).values))
    return Caption(
        claim=CLAIM,
        reading="Above, the norm of the gradient of all weights at every training step, before it is "
        "clipped; below, the loss, with what guessing costs dashed. Both runs begin with the same weights "
        "and see the same batches. Faint: every step, strong: running median.",
        setting=f"A tanh RNN of {HIDDEN} units with orthogonal recurrent weights on the latch task "
        f"({LENGTH} time steps, keep the sign of the first input), SGD with learning rate "
        f"{LEARNING_RATE:g}, {STEPS} steps of 50 sequences, seed {SEED}.",
        measured=f"The runs part at step {parted_at(data)}. Not clipped: largest norm "
        f"{float(plain.max()):.1f} at step {steepest(plain)}, lowest loss {lowest:.3f}, at the end "
        f"{losses[0]:.3f} and {right[0]:.0%} right. Clipped at {CLIP_NORM:g}: {fraction:.0%} of the steps, "
        f"loss at the end {losses[1]:.3f} and {right[1]:.0%} right. One seed: others learn later, or not at "
        "all.",
        source="Pascanu, Mikolov and Bengio (2013), 'On the difficulty of training recurrent neural "
        "networks', algorithm 1; the task: Bengio, Simard and Frasconi (1994).",
        alt=f"Two columns. Without clipping the gradient norm leaps to {float(plain.max()):.0f} at step "
        f"{steepest(plain)}, and the loss, which had begun to fall, returns to the level of guessing and "
        f"stays there. With clipping the loss falls to {losses[1]:.2f}.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """A row for every run and training step: gradient norm and loss."""
    tables = []
    for label, tree in data.items():
        norms = complete_curve(tree, GRAD_NORM)
        columns = {"run": label, "step": norms[ITERATION].values, GRAD_NORM: norms.values}
        tables.append(pd.DataFrame({**columns, LOSS: complete_curve(tree).values}))
    return pd.concat(tables)
