"""A common mistake: ``retain_grad`` does not show the gradient that learning uses."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.untrained import BATCH, untrained
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import MARKS, cell_colour, ink, text_colour
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, STEP, TIME

LENGTH, HIDDEN = 100, 64
CLAIM = f"retain_grad() shows the gradient at 1 of {LENGTH} time steps"
KINDS = {
    LOG10_GRAD_H_DIRECT: "direct: what retain_grad() shows",
    LOG10_GRAD_H: "total: what learning uses",
}
_STRIP = 0.055  # height, as a fraction of the axes


def experiment(cache: Cache) -> Data:
    """An LSTM at initialisation, with a loss at the last time step only."""
    return cache.computed("direct-vs-total", _record)


def _record() -> Data:
    return {"LSTM": untrained("lstm", length=LENGTH, hidden_size=HIDDEN)}


def compose(data: Data) -> Figure:
    """The direct gradient on the left and the total gradient on the right, on one scale."""
    figure, axes = plt.subplots(1, 2, layout="constrained", sharey=True)
    curves = {kind: quartiles(data, kind) for kind in KINDS}
    total = curves[LOG10_GRAD_H]
    low, high = total.min(), total.max()
    axes[0].set_ylim(low - 0.16 * (high - low), high + 0.1 * (high - low))
    for ax, (kind, meaning) in zip(axes, KINDS.items(), strict=True):
        _draw(ax, curves[kind])
        ax.set_title(meaning, color=text_colour(cell_colour("lstm") if kind == LOG10_GRAD_H else ink()))
        ax.set_xlabel("time step")
        set_end_ticks(ax.xaxis, 0, LENGTH - 1, count=2)
    _mark_zeros(axes[0], curves[LOG10_GRAD_H_DIRECT][1])
    axes[0].set_ylabel("gradient at the hidden state ‖·‖")
    label_decades(axes[0].yaxis)
    write_headline(figure, CLAIM)
    return figure


def _draw(ax: Axes, curve: np.ndarray) -> None:
    low, middle, high = np.where(np.isfinite(curve), curve, np.nan)
    time = np.arange(len(middle))
    colour = cell_colour("lstm")
    ax.fill_between(time, low, high, color=colour, alpha=0.22, linewidth=0)
    lone = np.isfinite(middle).sum() == 1
    ax.plot(
        time,
        middle,
        color=colour,
        marker="o" if lone else "",
        markersize=0.7 * font_size("font.size"),
        clip_on=False,
    )
    ax.set_xlim(-1, len(time))


def _mark_zeros(ax: Axes, middle: np.ndarray) -> None:
    """Draw a hatched strip along the time steps whose gradient is exactly zero."""
    zero = np.flatnonzero(np.isneginf(middle))
    mark = MARKS["zero"]
    ax.add_patch(
        plt.Rectangle(
            (zero[0] - 0.5, 0),
            zero[-1] - zero[0] + 1,
            _STRIP,
            transform=ax.get_xaxis_transform(),
            facecolor=mark.colour,
            edgecolor=mark.ink,
            hatch=mark.hatch,
            linewidth=0,
        )
    )
    ax.text(
        float(zero.mean()),
        _STRIP + 0.03,
        f"exactly 0 at {len(zero)} of {len(middle)} time steps",
        transform=ax.get_xaxis_transform(),
        ha="center",
    )
    ax.annotate(
        "the last step:\nall that is seen",
        xy=(len(middle) - 1, middle[-1]),
        xytext=(0.62 * len(middle), middle[-1]),
        ha="right",
        va="center",
        arrowprops={"arrowstyle": "->", "color": ink(), "shrinkB": 0.6 * font_size("font.size")},
    )


def quartiles(data: Data, kind: str) -> np.ndarray:
    """Quartiles of a log10 norm over sequences, shape (3, time); -inf means exactly zero."""
    norms = select_series(select_module(data["LSTM"]))[kind].isel({STEP: 0}).transpose(TIME, ...).values
    return np.quantile(norms, (0.25, 0.5, 0.75), axis=1, method="nearest")


def caption(data: Data) -> Caption:
    """The caption, with the number of time steps without gradient, and how far the total one falls."""
    direct, total = (quartiles(data, kind)[1] for kind in KINDS)
    seen = int(np.isfinite(direct).sum())
    return Caption(
        claim=CLAIM,
        reading="Both panels show the gradient norm at the LSTM's output, on one scale. Left: the gradient "
        "that reaches a state directly from the loss, which is what output.retain_grad() keeps. Right: all "
        "the gradient that reaches it, including what comes through later time steps. Line: median; band: "
        "quartiles over sequences.",
        setting=f"nn.LSTM with {HIDDEN} units at PyTorch's initialisation, one pass over {BATCH} sequences "
        f"of the adding task with {LENGTH} time steps, loss at the last time step, seed 0.",
        measured=f"The direct gradient is exactly 0 at {LENGTH - seen} of {LENGTH} time steps. The total "
        f"gradient is exactly 0 at {int(np.isneginf(total).sum())} of them; it falls by "
        f"{total[-1] - total[0]:.1f} decades from the last step to the first.",
        source="This follows from the chain rule: see Werbos (1990), 'Backpropagation through time', on "
        "ordered derivatives.",
        alt=f"Two panels over {LENGTH} time steps. Left: a single point at the last step, all others marked "
        f"as exactly zero. Right: a line that falls by {total[-1] - total[0]:.0f} powers of ten from the "
        "last step to the first.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per kind of gradient and time step: quartiles of the log10 norm."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "gradient": kind,
                    TIME: np.arange(LENGTH),
                    **dict(
                        zip(
                            ("log10_quartile_low", "log10_median", "log10_quartile_high"),
                            quartiles(data, kind),
                            strict=True,
                        )
                    ),
                }
            )
            for kind in KINDS
        ]
    )
