"""The activation of every unit of every gate over a piece of text."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from gradviz.gallery.agreement import middle_of, most_are
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.cell_diagram import gate_name
from gradviz.gallery.character_run import (
    READING,
    TRAINING,
    CharacterRuns,
    by_seed,
    character_runs,
    learned,
    setting,
    text_of,
)
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.measures.saturation import BOTH, saturation
from gradviz.plots.characters import label_characters
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import gate_colour, gate_map, signed_map, text_colour
from gradviz.plots.unit_order import units_by_time_constant
from gradviz.recording.tree import select_series
from gradviz.vocabulary import GATE, GATES, SAMPLE, STEP, TIME, UNIT

Settings = CharacterRuns
ORDER = ("forget", "input", "candidate", "output")
SIGMOID_GATES = ("forget", "input", "output")
MOSTLY, SELDOM = 2 / 3, 1 / 3  # of all activations
ROWS = 64  # at most; more would be thinner than a pixel of a slide
WINDOW = 10  # characters that training sees together

_words = figure_words("gate_heatmap")


def experiment(cache: Cache, settings: CharacterRuns) -> Data:
    """The character model's training, and its pass over its sentence after it, of each seed."""
    return character_runs(cache, settings, (TRAINING, READING))


def gates(run: Data) -> xr.DataArray:
    """Activations of the last layer, dims (gate, unit, time); the longest time constant comes first."""
    series = units_by_time_constant(run[READING]).isel({STEP: 0, SAMPLE: 0})
    values = series[GATES].isel({UNIT: slice(None, None, -1)}).transpose(GATE, UNIT, TIME)
    return values.assign_coords({UNIT: np.arange(values.sizes[UNIT])})


def saturated(run: Data) -> dict[str, float]:
    """Fraction of activations below 0.1 or above 0.9 (candidate: -0.9), over units and characters."""
    fraction = select_series(saturation(run[READING]))[BOTH].isel({STEP: 0})
    return {name: float(fraction.sel({GATE: name})) for name in ORDER}


def of_three_gates(run: Data) -> float:
    """Fraction of the activations of the three gates that are shut or open."""
    fractions = saturated(run)
    return float(np.mean([fractions[name] for name in SIGMOID_GATES]))


def time_constants(run: Data) -> np.ndarray:
    """Time constant 1 / (1 - mean forget gate) of every unit, in characters, longest first."""
    return 1 / (1 - gates(run).sel({GATE: "forget"}).mean(TIME).values)


def drawn_seed(data: Data) -> int:
    """The run that is drawn: of those that learned the text, that with the median of what is shut or open."""
    return middle_of([of_three_gates(run) for run in by_seed(data)], learned(data) == 1)


def claims(data: Data, settings: CharacterRuns) -> Sequence[Claim]:
    """How much of the time the three gates are shut or open, with most seeds."""
    fractions = np.array([of_three_gates(run) for run in by_seed(data)])
    known, done = bool(np.isfinite([*fractions, *learned(data)]).all()), learned(data) == 1
    enough = done.sum() >= len(fractions) / 2
    mostly, seldom = fractions >= MOSTLY, fractions < SELDOM
    decided = {
        "mostly": enough and most_are(mostly[done]),
        "partly": enough and most_are((~mostly & ~seldom)[done]),
        "seldom": enough and most_are(seldom[done]),
    }
    outcomes = {
        **decided,
        "unclear": enough and not any(decided.values()),
        "not_learned": not enough,
    }
    title = decide(
        _words,
        "title",
        {name: known and is_so for name, is_so in outcomes.items()},
        percent=100 * fractions[drawn_seed(data)],
        lowest=100 * fractions.min(),
        highest=100 * fractions.max(),
        learned=done.sum(),
        seeds=len(fractions),
    )
    return [title]


def compose(data: Data, settings: CharacterRuns) -> Figure:
    """One row per gate, units by time constant, the text below."""
    (title,) = claims(data, settings)
    run = by_seed(data)[drawn_seed(data)]
    values, fractions = gates(run), saturated(run)
    stride = max(1, values.sizes[UNIT] // ROWS)
    drawn = values.isel({UNIT: slice(None, None, stride)})
    figure, axes = plt.subplots(len(ORDER), 1, layout="constrained", sharex=True)
    meshes = {}
    for ax, name in zip(axes, ORDER, strict=True):
        is_gate = name in SIGMOID_GATES
        colours, norm = (gate_map(), Normalize(0, 1)) if is_gate else (signed_map(), Normalize(-1, 1))
        meshes[name] = draw_fraction_mesh(ax, drawn.sel({GATE: name}), colours, norm)
        ax.tick_params(left=False, labelleft=False, bottom=False)
        ax.set_title(
            _words("gate" if is_gate else "candidate", gate=gate_name(name), percent=100 * fractions[name]),
            color=text_colour(gate_colour(name)),
            fontsize=plt.rcParams["font.size"],
            loc="left",
        )
        ax.invert_yaxis()
    axes[0].set_title(_words("together", **title.numbers), loc="right", fontsize=plt.rcParams["font.size"])
    axes[-1].set_xlabel(_words("character"))
    units = _words("units" if stride == 1 else "some_units", units=values.sizes[UNIT], stride=stride)
    figure.supylabel(units, fontsize=plt.rcParams["axes.labelsize"])
    bar = draw_fraction_bar(meshes["forget"], list(axes[:2]), label=_words("activation"))
    bar.set_ticks([0, 0.5, 1], labels=["0", _words("half"), "1"])
    candidate = draw_fraction_bar(meshes["candidate"], [axes[2]], label="")
    output = draw_fraction_bar(meshes["output"], [axes[3]], label="")
    output.set_ticks([0, 1], labels=["0", "1"])
    for other in (candidate, output):  # the first bar says it for all of them
        name_panel(other.ax, y=_words("activation"))
    write_headline(figure, title.sentence)
    label_characters(axes[-1], text_of(run))
    return figure


def caption(data: Data, settings: CharacterRuns) -> Caption:
    """The caption, with the saturated fraction of every gate and the longest time constants."""
    (title,) = claims(data, settings)
    drawn = drawn_seed(data)
    run = by_seed(data)[drawn]
    listed = ", ".join(
        _words("caption.gate", gate=gate_name(name), percent=100 * fraction)
        for name, fraction in saturated(run).items()
    )
    memory = time_constants(run)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", setting=setting(settings, drawn)),
        measured=_words(
            "caption.measured",
            gates=listed,
            median=np.median(memory),
            longest=memory.max(),
            beyond=int((memory > WINDOW).sum()),
            units=len(memory),
            window=WINDOW,
            **title.numbers,
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", gates=listed),
    )


def notes(data: Data, settings: CharacterRuns) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    longest = float(time_constants(by_seed(data)[drawn_seed(data)]).max())
    return Notes(*(_words(f"notes.{part}", longest=longest, **title.numbers) for part in Notes._fields))


def numbers(data: Data, settings: CharacterRuns) -> pd.DataFrame:
    """One row per gate, unit (in the order of `gates`) and character, of the run that is drawn."""
    run = by_seed(data)[drawn_seed(data)]
    table = gates(run).to_series().rename("activation").reset_index()
    return table.assign(character=[text_of(run)[time] for time in table[TIME]])
