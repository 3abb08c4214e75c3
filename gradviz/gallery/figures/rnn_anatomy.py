"""Diagram of the plain RNN cell, coloured by a recorded run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from gradviz.gallery.adding_runs import HIDDEN, LENGTH
from gradviz.gallery.agreement import middle_run
from gradviz.gallery.anatomy_run import Anatomy, TrainedCells, anatomies, anatomy_run
from gradviz.gallery.anatomy_table import anatomy_table
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.cell_diagram import RADIUS, WIDE, Diagram, new_diagram
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.words import figure_words

FORMULAS = (
    ("", r"$a = W x + U h^- + b$"),
    ("", r"$h = \tanh a$"),
    ("", r"$\delta a = (1 - h^2)\, \delta h$"),
    ("", r"$\delta h^- = U^{\!\top} \delta a$"),
    ("", r"$\delta x = W^{\top} \delta a$"),
)
SAME = 0.1  # a fraction within 1 ± SAME is no change

_LINE = 3.35
_WEIGHT, _SUM, _TANH = 2.7, 4.9, 7.15
_words = figure_words("rnn_anatomy")


@dataclass(frozen=True)
class Settings:
    """Sizes of the untrained networks and of the pass."""

    length: Annotated[int, Field(ge=4)] = LENGTH
    hidden_size: Annotated[int, Field(ge=2)] = HIDDEN
    seeds: Annotated[int, Field(ge=1)] = 9
    sequences: Annotated[int, Field(ge=1)] = 64


def experiment(cache: Cache, settings: Settings) -> Data:
    """One pass of the untrained RNN on the adding task, by seed."""
    sizes = TrainedCells(
        length=settings.length,
        hidden_size=settings.hidden_size,
        seeds=settings.seeds,
        sequences=settings.sequences,
    )
    return anatomy_run(None, "rnn", sizes)


def left(found: Anatomy, wire: str) -> float:
    """The gradient norm at a wire, as a fraction of that at h."""
    return float(10 ** (found.wires[wire] - found.wires["h"]))


def drawn_seed(data: Data) -> int:
    """The run that is drawn: that with the median fraction at the previous state."""
    return middle_run([left(found, "h_before") for found in anatomies(data)])


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """What one step back leaves of the gradient, and what takes the rest of it."""
    runs = anatomies(data)
    found = runs[drawn_seed(data)]
    fractions = [left(one, "h_before") for one in runs]
    back, tanh = left(found, "h_before"), left(found, "sum")
    weight = back / left(found, "recurrent")
    lowest, highest = float(np.min(fractions)), float(np.max(fractions))  # NaN if one is
    title = decide(
        _words,
        "title",
        {
            "shrinks": highest < 1 - SAME,
            "keeps": lowest >= 1 - SAME and highest <= 1 + SAME,
            "grows": lowest > 1 + SAME,
            "unclear": lowest < 1 - SAME <= highest or lowest <= 1 + SAME < highest,
        },
        percent=100 * back,
        lowest=100 * lowest,
        highest=100 * highest,
    )
    weight_takes, tanh_takes = weight < min(tanh, 1 - SAME), tanh <= weight and tanh < 1 - SAME
    neither = weight >= 1 - SAME and tanh >= 1 - SAME
    loser = decide(
        _words,
        "loser",
        {"weight": weight_takes, "tanh": tanh_takes, "none": neither},
        weight=100 * weight,
        tanh=100 * tanh,
    )
    return [title, loser]


def compose(data: Data, settings: Settings) -> Figure:
    """The diagram, the formulas and the colour bars."""
    found = anatomies(data)[drawn_seed(data)]
    title = claims(data, settings)[0]
    figure, board = new_diagram(title.sentence, FORMULAS, list(found.wires.values()), boxes=False)
    _draw_wires(board, found.wires)
    board.operation((_WEIGHT, _LINE), "U")
    board.operation((_SUM, 1.75), "W")
    board.operation((_SUM, _LINE), "+")
    board.operation((_TANH, _LINE), "tanh")
    board.name((0.6, _LINE - 0.5), "$h^-$")
    board.name((9.4, _LINE - 0.5), "$h$")
    board.name((_SUM - 0.35, 0.65), "$x$")
    _write_fractions(board, found)
    return figure


def _draw_wires(board: Diagram, wires: dict[str, float]) -> None:
    board.wire([(0.35, _LINE), (_WEIGHT - RADIUS, _LINE)], wires["h_before"])
    board.wire([(_WEIGHT + RADIUS, _LINE), (_SUM - RADIUS, _LINE)], wires["recurrent"])
    board.wire([(_SUM + RADIUS, _LINE), (_TANH - WIDE, _LINE)], wires["sum"])
    board.wire([(_TANH + WIDE, _LINE), (9.7, _LINE)], wires["h"])
    board.wire([(_SUM, 0.4), (_SUM, 1.75 - RADIUS)], wires["x"])
    board.wire([(_SUM, 1.75 + RADIUS), (_SUM, _LINE - RADIUS)], wires["input"])


def _write_fractions(board: Diagram, found: Anatomy) -> None:
    board.name((5.0, 5.45), _words("fractions"))
    board.way_back((9.6, 4.95), (0.4, 4.95))
    above = _LINE + 0.55
    for place, wire in (
        ((8.75, above), "h"),
        (((_SUM + _TANH - WIDE) / 2 + 0.1, above), "sum"),
        (((_WEIGHT + _SUM) / 2, above), "recurrent"),
        ((1.3, above), "h_before"),
        ((_SUM + 0.85, 0.85), "x"),
    ):
        board.name(place, _words("fraction", percent=100 * left(found, wire)), size=1.15)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the gradient at every wire."""
    title, loser = claims(data, settings)
    found = anatomies(data)[drawn_seed(data)]
    names = {"previous": "h_before", "inner": "sum", "x": "x"}
    percents = {name: 100 * left(found, wire) for name, wire in names.items()}
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words(
            "caption.setting",
            units=settings.hidden_size,
            length=settings.length,
            sequences=settings.sequences,
            seeds=settings.seeds,
            drawn=drawn_seed(data),
        ),
        measured=_words(
            "caption.measured", h=10 ** found.wires["h"], **percents, **title.numbers, loser=loser.sentence
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", **percents),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, loser = claims(data, settings)
    after_ten = 100 * (title.numbers["percent"] / 100) ** 10
    numbers = {**title.numbers, "loser": loser.sentence, "ten": after_ten}
    return Notes(*(_words(f"notes.{part}", **numbers) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per seed and mean in the diagram."""
    return anatomy_table(data)
