"""What the diagram of a cell with gates says: its carry path against the best of its gates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradviz.gallery.agreement import ENOUGH, MOST, middle_of
from gradviz.gallery.anatomy_run import Anatomy, TrainedCells, anatomies
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.cell_diagram import gate_name
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import is_learned
from gradviz.gallery.words import Words, figure_words

AHEAD = 2.0  # times as much gradient

_shared = figure_words("anatomies")


class Gated(NamedTuple):
    """A cell with gates.

    Attributes
    ----------
    words : Words
        Has the texts of its figure.
    carry : str
        The wire on which the state enters that the carry path leads to.
    """

    words: Words
    carry: str


def best_gate(found: Anatomy) -> str:
    """The gate through which most gradient comes back to the previous hidden state."""
    return max(found.gates, key=lambda gate: found.wires[f"h.{gate}"])


def advantage(found: Anatomy, cell: Gated) -> float:
    """How many times as much gradient comes back along the carry path as through the best gate."""
    through = [found.wires[f"h.{gate}"] for gate in found.gates]
    return float(10 ** (found.wires[cell.carry] - np.max(through)))


def drawn_run(data: Data, cell: Gated) -> int:
    """The run that is drawn: of those that learned the task, that with the median advantage.

    Of all runs, if none learned it.
    """
    runs = anatomies(data)
    learned = [bool(is_learned(found.loss)) for found in runs]
    return middle_of([advantage(found, cell) for found in runs], learned)


def carry_claims(data: Data, cell: Gated) -> Sequence[Claim]:
    """Which way most of the gradient takes in most runs that learned, and by how much in the drawn one.

    Raises
    ------
    ClaimRefused
        If a gradient is not a number.
    """
    runs = anatomies(data)
    every = np.array([advantage(found, cell) for found in runs])
    times = every[is_learned(np.array([found.loss for found in runs]))]
    known, enough = bool(np.isfinite(every).all()), len(times) >= min(ENOUGH, len(runs))
    ahead, behind = int((times >= AHEAD).sum()), int((times <= 1 / AHEAD).sum())
    carries, gates = ahead >= MOST * len(times), behind >= MOST * len(times)
    drawn = float(every[drawn_run(data, cell)])
    title = decide(
        cell.words,
        "title",
        {
            "carries": known and enough and carries,
            "gates": known and enough and gates,
            "unclear": known and enough and not carries and not gates,
            "not_learned": known and not enough,
        },
        ahead=ahead,
        behind=behind,
        learned=len(times),
        seeds=len(runs),
        smallest=float(every.min()),
        largest=float(every.max()),
    )
    outcomes = {"more": drawn >= 10, "somewhat_more": 1 <= drawn < 10, "less": drawn < 1}
    said = {name: known and is_so for name, is_so in outcomes.items()}
    return [title, decide(cell.words, "carry", said, times=drawn)]


def _agree(title: Claim) -> str:
    """In how many of the runs that learned the carry path leads more back, if any did."""
    return _shared("agree.some" if title.numbers["learned"] else "agree.none", **title.numbers)


def carry_caption(data: Data, cell: Gated, settings: TrainedCells) -> Caption:
    """The caption, with the gradient of the carry path against that of the best gate."""
    title, carry = carry_claims(data, cell)
    runs = anatomies(data)
    place = drawn_run(data, cell)
    found = runs[place]
    means = ", ".join(_shared("mean", gate=gate_name(gate), mean=mean) for gate, mean in found.gates.items())
    best = best_gate(found)
    return Caption(
        claim=title.sentence,
        reading=cell.words("caption.reading", reading=_shared("reading")),
        setting=_shared(
            "setting",
            length=settings.length,
            units=settings.hidden_size,
            steps=settings.steps,
            seeds=settings.seeds,
            sequences=settings.sequences,
            drawn=place,
        ),
        measured=_shared(
            "measured",
            agree=_agree(title),
            means=means,
            carried=10 ** found.wires[cell.carry],
            through=10 ** found.wires[f"h.{best}"],
            gate=gate_name(best),
            **title.numbers,
        ),
        source=cell.words("caption.source"),
        alt=cell.words("caption.alt", carry=carry.sentence),
    )


def carry_notes(data: Data, cell: Gated) -> Notes:
    """What to say about the picture."""
    title, carry = carry_claims(data, cell)
    found = anatomies(data)[drawn_run(data, cell)]
    values = {"agree": _agree(title), "carry": carry.sentence, **found.gates}
    return Notes(*(cell.words(f"notes.{part}", **values) for part in Notes._fields))
