"""LSTM and GRU of the same width on the same task, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery.adding_runs import BATCH, LEARNING_RATE, seeded_experiments, seeds_of
from gradviz.gallery.adding_runs import AddingSettings as Settings
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.crossing import decades_lost
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import left_trivial_at
from gradviz.gallery.loss_curves import draw_losses
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.line_labels import label_line_ends
from gradviz.plots.drawing.palette import GREY, cell_line, ink, text_colour
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.vocabulary import ITERATION, STEP

NETWORKS = {"LSTM": "lstm", "GRU": "gru"}
CLEAR = 0.9  # of all pairs of runs, the part in which the same network has to be the sooner
_words = figure_words("lstm_vs_gru")


def experiments(settings: Settings) -> Mapping[str, Experiment]:
    """The trainings of both networks on the adding task, by ``cell/seed``."""
    every = seeded_experiments(settings)
    return {key: run for key, run in every.items() if key.partition("/")[0] in NETWORKS.values()}


def experiment(cache: Cache, settings: Settings) -> Data:
    """Recordings of all these trainings."""
    return cache.recordings(experiments(settings))


def sizes(settings: Settings) -> dict[str, int]:
    """Number of weights and biases of each recurrent layer, by label."""
    runs = experiments(settings)
    return {
        label: parameters(build(runs[f"{cell}/0"])[0].get_submodule("recurrent"))
        for label, cell in NETWORKS.items()
    }


def parameters(module: nn.Module) -> int:
    """Number of weights and biases of a module."""
    return sum(weight.numel() for weight in module.parameters())


def learning_steps(data: Data, label: str) -> np.ndarray:
    """`left_trivial_at` of every seed, shape (seed,)."""
    return np.array([left_trivial_at(tree) for tree in seeds_of(data, NETWORKS[label]).values()])


def sooner(gru: np.ndarray, lstm: np.ndarray) -> float:
    """Part of all pairs of a GRU's and an LSTM's run in which the GRU learned sooner; a tie counts half."""
    if np.isnan([*gru, *lstm]).any():
        return float("nan")
    pairs = gru[:, None], lstm[None, :]
    return float(np.mean(np.less(*pairs) + 0.5 * np.equal(*pairs)))


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Which of both learns sooner, in training steps."""
    gru, lstm = learning_steps(data, "GRU"), learning_steps(data, "LSTM")
    share, some = sooner(gru, lstm), bool(np.isfinite([*gru, *lstm]).any())
    outcomes = {
        "gru_sooner": share >= CLEAR,
        "lstm_sooner": share <= 1 - CLEAR,
        "no_difference": 1 - CLEAR < share < CLEAR and some,
        "neither": share == 0.5 and not some,
    }
    numbers = {
        "share": share,
        "seeds": len(gru),
        "gru_learned": float(np.isfinite(gru).sum()),
        "lstm_learned": float(np.isfinite(lstm).sum()),
    }
    return [decide(_words, "title", outcomes, **numbers)]


def compose(data: Data, settings: Settings) -> Figure:
    """Size and steps to learn on the left; gradient and loss over training on the right."""
    figure, axes = plt.subplots(2, 2, layout="constrained", width_ratios=[1, 1.5])
    _draw_bars(axes[0, 0], sizes(settings))
    _draw_steps(axes[1, 0], data, settings)
    _draw_gradients(axes[0, 1], data)
    runs = {label: list(seeds_of(data, cell).values()) for label, cell in NETWORKS.items()}
    ends = draw_losses(axes[1, 1], runs)
    for ax in (axes[1, 0], *axes[:, 1]):
        set_end_ticks(ax.xaxis, 0, settings.steps - 1, count=2)
    axes[0, 1].tick_params(labelbottom=False)
    for ax in axes[1]:
        ax.set_xlabel("training step")
    for ax, name in zip(axes.flat, ("weights", "gradient", "steps", "loss"), strict=True):
        said = _words(f"panel.{name}", units=settings.hidden_size)
        ax.set_title(said, fontsize=font_size("axes.labelsize"))
    axes[1, 0].set_xlabel(_words("axis.steps", steps=settings.steps))
    name_panel(axes[0, 1], x="training step", y=_words("axis.gradient"))
    name_panel(axes[1, 1], y="loss")
    write_headline(figure, claims(data, settings)[0].sentence)
    label_line_ends(axes[1, 1], ends)
    return figure


def _name_rows(ax: Axes) -> None:
    ax.set_yticks(range(len(NETWORKS)), NETWORKS)
    for text, cell in zip(ax.get_yticklabels(), NETWORKS.values(), strict=True):
        text.set(color=text_colour(cell_line(cell).colour), fontweight="bold")
    ax.set_ylim(len(NETWORKS) - 0.5, -0.5)
    ax.tick_params(left=False)
    ax.spines["left"].set_visible(False)


def _draw_bars(ax: Axes, weights: Mapping[str, int]) -> None:
    largest = max(weights.values())
    for place, (label, cell) in enumerate(NETWORKS.items()):
        ax.barh(place, weights[label], color=cell_line(cell).colour, height=0.7)
        ax.text(0.03 * largest, place, _words("weights", count=weights[label]), color="white", va="center")
    _name_rows(ax)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)


def _draw_steps(ax: Axes, data: Data, settings: Settings) -> None:
    """A dot for each run where it learned, empty at the end if it did not; a line at the median."""
    size = 0.5 * float(plt.rcParams["font.size"])
    for place, (label, cell) in enumerate(NETWORKS.items()):
        colour, steps = text_colour(cell_line(cell).colour), np.sort(learning_steps(data, label))
        heights = place + np.linspace(-0.22, 0.22, len(steps))
        for step, height in zip(steps, heights, strict=True):
            face = colour if np.isfinite(step) else "none"
            x = min(step, settings.steps)
            ax.plot(x, height, "o", color=colour, markersize=size, markerfacecolor=face, clip_on=False)
        middle = steps[(len(steps) - 1) // 2]
        if np.isfinite(middle):
            ax.plot([middle, middle], [place - 0.38, place + 0.38], color=ink(), zorder=1.5)
    _name_rows(ax)
    ax.set_xlim(0, settings.steps)


def _middle(curves: Sequence[xr.DataArray]) -> np.ndarray:
    return np.median([curve.values for curve in curves], axis=0)


def _draw_gradients(ax: Axes, data: Data) -> None:
    width = plt.rcParams["lines.linewidth"]
    for cell in NETWORKS.values():
        lost, colour = [decades_lost(tree) for tree in seeds_of(data, cell).values()], cell_line(cell).colour
        for curve in lost:
            ax.plot(curve[STEP], -curve, color=colour, linewidth=0.35 * width, alpha=0.6)
        ax.plot(lost[0][STEP], -_middle(lost), color=colour)
        ax.set_xlim(0, float(lost[0][STEP][-1]))
    ax.axhline(0, color=GREY, linewidth=0.8, zorder=0)
    label_decades(ax.yaxis, most=4)


def _pairs(title: Claim) -> str:
    """In how many pairs of runs the GRU is the sooner, if any run begins to learn."""
    key = "none" if title.outcome == "neither" else "some"
    return _words(f"pairs.{key}", percent=100 * title.numbers["share"])


def _listed(data: Data, settings: Settings) -> str:
    parts = []
    for label, count in sizes(settings).items():
        steps = learning_steps(data, label)
        middle = np.sort(steps)[(len(steps) - 1) // 2]
        when = _words("median", step=middle) if np.isfinite(middle) else _words("no_median")
        first, last = (
            np.median(
                [-decades_lost(tree).values[place] for tree in seeds_of(data, NETWORKS[label]).values()]
            )
            for place in (0, -1)
        )
        learned = int(np.isfinite(steps).sum())
        values = {"learned": learned, "seeds": len(steps), "when": when, "first": first, "last": last}
        parts.append(_words("of_network", label=label, count=count, **values))
    return "; ".join(parts)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with parameters, and when each loss left the trivial predictor."""
    (title,) = claims(data, settings)
    listed = _listed(data, settings)
    sizes_of_run = {
        "units": settings.hidden_size,
        "rate": LEARNING_RATE,
        "steps": settings.steps,
        "batch": BATCH,
    }
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading", length=settings.length),
        setting=_words("caption.setting", length=settings.length, last=settings.seeds - 1, **sizes_of_run),
        measured=_words("caption.measured", listed=listed, pairs=_pairs(title)),
        source=_words("caption.source"),
        alt=_words("caption.alt", listed=listed),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    values = {**title.numbers, "listed": _listed(data, settings), "pairs": _pairs(title)}
    return Notes(*(_words(f"notes.{part}", **values) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per network, seed and recorded step: gradient at the first time step over the last, loss."""
    tables = []
    for label, cell in NETWORKS.items():
        for seed, tree in seeds_of(data, cell).items():
            lost = decades_lost(tree)
            steps = lost[STEP].values
            loss = complete_curve(tree).sel({ITERATION: steps}).values
            columns = {"network": label, "seed": int(seed), "weights": sizes(settings)[label], STEP: steps}
            tables.append(pd.DataFrame({**columns, "log10_first_to_last": -lost.values, "loss": loss}))
    return pd.concat(tables)
