"""How the gates saturate over training, and the loss meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import PcolorImage

from gradviz.gallery.agreement import middle_of, most_are
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.cell_diagram import gate_name
from gradviz.gallery.character_loss import draw_character_loss
from gradviz.gallery.character_run import (
    TRAINING,
    CharacterRuns,
    by_seed,
    character_runs,
    learned,
    setting,
)
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import INK_DARK, gate_colour, gate_map, text_colour
from gradviz.plots.drawing.saturated_fraction import saturated_fraction
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import GATE, STEP, TIME

Settings = CharacterRuns
ORDER = ("forget", "input", "candidate", "output")
FEW, MANY = 0.05, 0.25  # saturated fraction before training, and after it

_words = figure_words("saturation_heatmap")


def experiment(cache: Cache, settings: CharacterRuns) -> Data:
    """The character model's training, of each seed."""
    return character_runs(cache, settings, (TRAINING,))


def over_training(run: Data) -> dict[str, xr.DataArray]:
    """Saturated fraction of the last layer's units, dims (time, step), by gate."""
    series = select_series(select_module(run[TRAINING]))
    return {gate: saturated_fraction(series.sel({GATE: gate})) for gate in ORDER}


def first_and_last(run: Data) -> tuple[float, float]:
    """Saturated fraction at the first and the last recorded training step, over gates and time steps."""
    whole = np.mean([fraction.values for fraction in over_training(run).values()], axis=(0, 1))  # (step,)
    return float(whole[0]), float(whole[-1])


def drawn_seed(data: Data) -> int:
    """The run that is drawn: of those that learned the text, that with the median saturated fraction."""
    return middle_of([first_and_last(run)[1] for run in by_seed(data)], learned(data) == 1)


def claims(data: Data, settings: CharacterRuns) -> Sequence[Claim]:
    """Whether the gates leave the middle in the runs that learn the text."""
    runs = by_seed(data)
    before, after = np.array([first_and_last(run) for run in runs]).T
    known, done = bool(np.isfinite([before, after, learned(data)]).all()), learned(data) == 1
    enough = done.sum() >= len(runs) / 2
    leave = (before < FEW) & (after > MANY)
    stay = after <= FEW
    leaves, stays = most_are(leave[done]), most_are(stay[done])
    drawn = drawn_seed(data)
    title = decide(
        _words,
        "title",
        {
            "leave": known and enough and leaves,
            "stay": known and enough and stays,
            "unclear": known and enough and not leaves and not stays,
            "not_learned": known and not enough,
        },
        before=100 * before[drawn],
        after=100 * after[drawn],
        runs=(leave & done).sum(),
        learned=done.sum(),
        seeds=len(runs),
    )
    return [title]


def compose(data: Data, settings: CharacterRuns) -> Figure:
    """The loss above; below, one panel per gate, on one scale."""
    (title,) = claims(data, settings)
    run = by_seed(data)[drawn_seed(data)]
    figure = plt.figure(layout="constrained")
    grid = figure.add_gridspec(2, len(ORDER), height_ratios=[0.75, 1])
    draw_character_loss(figure.add_subplot(grid[0, :]), run[TRAINING])
    axes = [figure.add_subplot(grid[1, column]) for column in range(len(ORDER))]
    for ax, (gate, fraction) in zip(axes, over_training(run).items(), strict=True):
        mesh = _draw(ax, fraction)
        name = gate_name(gate) if gate == "candidate" else _words("gate", gate=gate_name(gate))
        ax.set_title(name, color=text_colour(gate_colour(gate)))
        ax.set_xlabel(_words("training_step"))
        ax.tick_params(labelleft=ax is axes[0])
    axes[0].set_ylabel(_words("time_step"))
    for ax in axes:
        _write_start(ax)
    bar = draw_fraction_bar(mesh, axes, label=_words("fraction"))
    bar.set_ticks([0, 0.5, 1], labels=["0", _words("half"), "1"])
    write_headline(figure, title.sentence)
    return figure


def _write_start(ax: Axes) -> None:
    """Write in the lowest rows, where gates are seldom saturated, from which state a window starts."""
    size = 0.85 * font_size("xtick.labelsize")
    ax.text(0.5, 0.03, _words("start"), transform=ax.transAxes, ha="center", color=INK_DARK, fontsize=size)


def _draw(ax: Axes, values: xr.DataArray) -> PcolorImage:
    mesh = draw_fraction_mesh(ax, values, gate_map(), Normalize(0, 1))
    first, last = (int(values[values.dims[1]].values[place]) for place in (0, -1))
    set_end_ticks(ax.xaxis, first, last, count=0)
    ax.tick_params(labelbottom=True)
    return mesh


def caption(data: Data, settings: CharacterRuns) -> Caption:
    """The caption, with every gate's saturated fraction before and after training."""
    (title,) = claims(data, settings)
    drawn = drawn_seed(data)
    run = by_seed(data)[drawn]
    training = over_training(run)
    listed = "; ".join(
        _words(
            "caption.gate",
            gate=gate_name(gate),
            before=100 * float(training[gate][:, 0].mean()),
            after=100 * float(training[gate][:, -1].mean()),
        )
        for gate in ORDER
    )
    losses = complete_curve(run[TRAINING]).values
    first, last = float(losses[0]), float(losses[-1])
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=setting(settings, drawn),
        measured=_words("caption.measured", gates=listed, first=first, last=last, **title.numbers),
        source=_words("caption.source"),
        alt=_words("caption.alt", gates=listed, first=first, last=last),
    )


def notes(data: Data, settings: CharacterRuns) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    return Notes(*(_words(f"notes.{part}", **title.numbers) for part in Notes._fields))


def numbers(data: Data, settings: CharacterRuns) -> pd.DataFrame:
    """One row per seed, gate, training step and time step: the saturated fraction."""
    tables = [
        fraction.to_series().rename("saturated_fraction").reset_index().assign(seed=seed, gate=gate)
        for seed, run in enumerate(by_seed(data))
        for gate, fraction in over_training(run).items()
    ]
    return pd.concat(tables)[["seed", "gate", STEP, TIME, "saturated_fraction"]]
