"""Gradients of the character model, over training and over the course's sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from gradviz.gallery.agreement import middle_of, most_are
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.character_loss import draw_character_loss
from gradviz.gallery.character_run import (
    READING,
    TRAINING,
    WINDOWS,
    CharacterRuns,
    by_seed,
    character_runs,
    learned,
    setting,
    text_of,
)
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.words import figure_words
from gradviz.plots.characters import label_characters
from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.gradient_grid import GradientGrid, gradient_grid
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar, draw_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.marks import marked_cells
from gradviz.plots.drawing.palette import INK_DARK
from gradviz.plots.drawing.ticks import power_of_ten
from gradviz.recording.tree import select_module, select_series
from gradviz.tasks.text_sources import SENTENCE
from gradviz.vocabulary import BASELINE, LOG10_GRAD_H, SAMPLE, STEP, TIME

Settings = CharacterRuns
FAR = 3.0  # decades; where the gradient loses more, it does not reach the first character

_words = figure_words("char_model")


def experiment(cache: Cache, settings: CharacterRuns) -> Data:
    """The character model's training, its pass over the sentence, and its windows' gradients, by seed."""
    return character_runs(cache, settings, (TRAINING, READING, WINDOWS))


def window_gradients(run: Data) -> np.ndarray:
    """Log10 norm at the last layer, shape (lag, window); lag 0 is the character before the predicted one."""
    series = select_series(select_module(run[WINDOWS])).isel({STEP: 0})
    return series[LOG10_GRAD_H].transpose(TIME, SAMPLE).values[::-1].astype(float)


def left_at_the_end(run: Data) -> float:
    """Gradient at a window's first character over the largest in the window, median over windows."""
    values = window_gradients(run)
    return float(np.median(10 ** (values[-1] - values.max(axis=0))))


def decades_lost(run: Data) -> np.ndarray:
    """Decades from a window's last character to its first, median over windows, shape (training step,)."""
    norms = select_series(select_module(run[TRAINING]))[LOG10_GRAD_H].transpose(STEP, TIME, SAMPLE).values
    return np.median(norms[:, -1].astype(float) - norms[:, 0], axis=-1)


def drawn_seed(data: Data) -> int:
    """The run that is drawn: of those that learned, that with the median of the most decades lost."""
    return middle_of([float(decades_lost(run).max()) for run in by_seed(data)], learned(data) == 1)


def claims(data: Data, settings: CharacterRuns) -> Sequence[Claim]:
    """Whether the gradient crosses a window throughout the training, and whether the text is learned."""
    runs = by_seed(data)
    most = np.array([decades_lost(run).max() for run in runs])
    known, done = not bool(np.isnan([*most, *learned(data)]).any()), learned(data) == 1
    enough = done.sum() >= len(runs) / 2
    reaches, vanishes = most_are(most[done] <= FAR), most_are(most[done] > FAR)
    title = decide(
        _words,
        "title",
        {
            "reaches": known and enough and reaches,
            "vanishes": known and enough and vanishes,
            "unclear": known and enough and not reaches and not vanishes,
            "not_learned": known and not enough,
        },
        most=most[drawn_seed(data)],
        runs=(most <= FAR).sum(),
        learned=done.sum(),
        seeds=len(runs),
    )
    return [title, _learning(runs, learned(data) == 1, drawn_seed(data))]


def _learning(runs: Sequence[Data], done: np.ndarray, drawn: int) -> Claim:
    losses = complete_curve(runs[drawn][TRAINING]).values
    known = bool(np.isfinite(losses).all())
    all_of_them, none = most_are(done), not done.any()
    return decide(
        _words,
        "text",
        {
            "learned": known and all_of_them,
            "not_learned": known and none,
            "partly": known and not all_of_them and not none,
        },
        learned=done.sum(),
        seeds=len(runs),
        first=losses[0],
        last=losses[-1],
    )


def compose(data: Data, settings: CharacterRuns) -> Figure:
    """Training above; below, over the sentence, each prediction's gradient."""
    title = claims(data, settings)[0]
    run = by_seed(data)[drawn_seed(data)]
    figure = plt.figure(layout="constrained")
    rows = figure.add_gridspec(2, 1)
    top = rows[0].subgridspec(1, 2)
    over_training, windows = _training_grid(run), _window_grid(run)
    norm = decade_norm([over_training.on_scale, windows.on_scale])
    draw_character_loss(figure.add_subplot(top[0]), run[TRAINING])
    training = figure.add_subplot(top[1])
    _draw_training(training, over_training, norm)
    if fades(run):
        _say_why_it_fades(training)
    below = figure.add_subplot(rows[1])
    _draw_windows(below, windows, norm, percent=100 * left_at_the_end(run))
    write_headline(figure, title.sentence)
    below.set_xlim(-0.5, len(SENTENCE) - 0.5)
    label_characters(below, SENTENCE)
    return figure


def _name(ax: Axes, key: str, **numbers: float) -> None:
    ax.set_title(_words(key, **numbers), loc="left", fontsize=plt.rcParams["axes.labelsize"])


def _draw_training(ax: Axes, grid: GradientGrid, norm: Normalize) -> None:
    mesh = draw_mesh(ax, grid, norm)
    ax.set_xlabel(_words("training_step"))
    ax.set_ylabel(_words("back"))
    bar = draw_colour_bar(mesh, ax, [grid.on_scale], "‖dL/dh‖")
    low, high = mesh.get_clim()
    bar.set_ticks([low, high], labels=[power_of_ten(low), power_of_ten(high)])  # the panel is low
    ends = [int(grid.times[0]), int(grid.times[-1])]
    ax.set_yticks(ends, [str(end) for end in ends])
    _name(ax, "panel.training")


def fades(run: Data) -> bool:
    """Whether at the end both the loss and the largest gradient are below a tenth of what they were."""
    losses = complete_curve(run[TRAINING]).values
    norms = select_series(select_module(run[TRAINING]))[LOG10_GRAD_H].transpose(STEP, TIME, SAMPLE).values
    largest = np.median(norms, axis=-1).max(axis=1)
    return bool(losses[-1] < 0.1 * losses[0] and largest[-1] < largest.max() - 1)


def _say_why_it_fades(ax: Axes) -> None:
    ax.text(
        0.98,
        0.62,
        _words("fades"),
        transform=ax.transAxes,
        color=INK_DARK,
        ha="right",
        va="center",
        fontsize=0.9 * font_size("xtick.labelsize"),
    )


def _draw_windows(ax: Axes, grid: GradientGrid, norm: Normalize, *, percent: float) -> None:
    mesh = draw_mesh(ax, grid, norm)
    first, last = int(grid.times[0]), int(grid.times[-1])
    ax.set_yticks([first, last], [str(first), str(last)])
    ax.set_ylabel(_words("back"))
    ax.set_xlabel(_words("predicted"))
    ax.text(
        (len(grid.times) - 1) / 2,
        (first + last) / 2,
        _words("first", window=len(grid.times)),
        ha="center",
        va="center",
        fontsize=0.8 * plt.rcParams["font.size"],
    )
    bar = draw_colour_bar(mesh, ax, [grid.on_scale], "‖dL/dh‖")
    low, high = mesh.get_clim()
    bar.set_ticks([low, high], labels=[power_of_ten(low), power_of_ten(high)])
    _name(ax, "panel.windows", window=last, percent=percent)


def _training_grid(run: Data) -> GradientGrid:
    """The gradient over training with a window's last character below, as in the panel of predictions."""
    grid = gradient_grid(select_series(select_module(run[TRAINING])))
    marks = {name: mask[::-1] for name, mask in grid.marks.items()}
    return replace(grid, times=np.arange(len(grid.times)) + 1, log10=grid.log10[::-1], marks=marks)


def _window_grid(run: Data) -> GradientGrid:
    values = window_gradients(run)
    lags, windows = values.shape
    return GradientGrid(
        steps=np.arange(windows) + lags,
        times=np.arange(lags) + 1,
        log10=values,
        marks=marked_cells(values),
        steps_label="",
        times_label="",
        label="",
    )


def caption(data: Data, settings: CharacterRuns) -> Caption:
    """The caption, with the loss before and after training and how far the gradient falls over a window."""
    title, text = claims(data, settings)
    drawn = drawn_seed(data)
    run = by_seed(data)[drawn]
    numbers = {**text.numbers, **title.numbers, "percent": 100 * left_at_the_end(run), "text": text.sentence}
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", setting=setting(settings, drawn)),
        measured=_words(
            "caption.measured",
            baseline=float(run[TRAINING].attrs[BASELINE]),
            before=decades_lost(run)[0],
            **numbers,
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", **numbers),
    )


def notes(data: Data, settings: CharacterRuns) -> Notes:
    """What to say about the picture."""
    title, text = claims(data, settings)
    percent = 100 * left_at_the_end(by_seed(data)[drawn_seed(data)])
    said = {"text": text.sentence, "title": title.sentence}
    numbers = {**text.numbers, **title.numbers, "percent": percent}
    return Notes(*(_words(f"notes.{part}", **numbers, **said) for part in Notes._fields))


def numbers(data: Data, settings: CharacterRuns) -> pd.DataFrame:
    """One row per predicted character and lag, of the run that is drawn: log10 of the gradient norm."""
    run = by_seed(data)[drawn_seed(data)]
    values, text = window_gradients(run), text_of(run)
    rows = [
        {"position": window + len(values), "lag": lag + 1, "log10_grad_h": values[lag, window]}
        for window in range(values.shape[1])
        for lag in range(len(values))
    ]
    read = [text[row["position"] - row["lag"]] for row in rows]
    return pd.DataFrame(rows).assign(character=read)
