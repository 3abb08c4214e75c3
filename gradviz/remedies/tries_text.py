"""The remedies that were tried, as a table for a terminal."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from gradviz.diagnosis.plural import counted
from gradviz.remedies.recorded_training import last_steps
from gradviz.remedies.remedy_table import in_words

if TYPE_CHECKING:
    from gradviz.remedies.one_try import Try
    from gradviz.remedies.outcome import Outcome

_COLUMNS = 100
_INDENT = 4
# name, decades lost, loss, trouble, seconds, helped; a space lies between two of them
_WIDTHS = (33, 13, 17, 24, 6, 2)
_HEADS = ("", "decades lost", "loss at the end", "trouble left", "s", "")
_UNKNOWN = "-"
_HELPED, _WORSE = "+", "-"


def tries_text(tries: Outcome) -> str:
    """The table of all copies that were trained, and what it means.

    Parameters
    ----------
    tries : Outcome

    Returns
    -------
    str
        Lines of at most 100 columns, except lines of code.
    """
    blocks = [_head(tries), "\n".join(_table(tries)), *_answer(tries)]
    return "\n\n".join(block for block in blocks if block)


def _head(tries: Outcome) -> str:
    lag = tries.untouched.decades_lost.lag
    over = "the lag" if lag is None else counted(lag, "time step")
    text = (
        f"Tried on copies, {counted(tries.steps, 'training step')} each on the same batches from seed "
        f"{tries.seed}. Decades lost: how far the gradient falls over {over}, at the first and the last "
        f"recorded step (a decade is a factor of ten). Loss: mean and standard deviation over the last "
        f"{counted(last_steps(tries.untouched.steps), 'step')}."
    )
    return "\n".join(_wrapped(" ".join((text, *tries.notes))))


def _table(tries: Outcome) -> Iterator[str]:
    yield _line(_HEADS)
    yield from _rows(tries.untouched, "untouched", "")
    for number, each in enumerate(tries.tried, start=1):
        mark = _HELPED if each.helped else _WORSE if each in tries.worse else ""
        yield from _rows(each, f"{number}. {each.name}", mark)


def _rows(each: Try, name: str, mark: str) -> Iterator[str]:
    lost = f"{_decades(each.decades_lost.first)} to {_decades(each.decades_lost.last)}"
    trouble = ", ".join(each.trouble) or "none"
    if each.failed:
        lost, trouble = _UNKNOWN, "failed"
    cells = (name, lost, _loss(each), trouble, f"{each.seconds:.1f}", mark)
    wrapped = [
        textwrap.wrap(cell, width, subsequent_indent="   " * (place == 0)) or [""]
        for place, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    ]
    for parts in zip_longest(*wrapped, fillvalue=""):
        yield _line(parts)


def _line(cells: tuple[str, ...]) -> str:
    return " ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _decades(value: float) -> str:
    if math.isnan(value):
        return _UNKNOWN
    return "all" if value == math.inf else f"{value:.1f}"


def _loss(each: Try) -> str:
    if each.failed:
        return _UNKNOWN
    return f"{each.loss:.3g} ± {each.spread:.1g}" if math.isfinite(each.loss) else str(each.loss)


def _answer(tries: Outcome) -> Iterator[str]:
    yield "\n".join(_conclusion(tries))
    if tries.worse:
        names = "; ".join(each.name for each in tries.worse)
        yield "\n".join(_wrapped(f"The loss ended higher ({_WORSE}) with: {names}."))
    failed = [each for each in tries.tried if each.failed]
    if failed:
        lines = (f"Failed: {each.name}: {each.failed}" for each in failed)
        yield "\n".join(line for text in lines for line in _wrapped(text))
    if tries.only_by_author:
        yield "\n".join(_only_by_author(tries))
    if tries.not_tried:
        names = "; ".join(in_words(changes) for changes in tries.not_tried)
        why = "it was interrupted" if tries.interrupted else "the time was over (--seconds, seconds=)"
        yield "\n".join(_wrapped(f"Not tried, because {why}: {names}."))
    if tries.interrupted:
        yield "Interrupted: this is what was known until then."


def _conclusion(tries: Outcome) -> Iterator[str]:
    if tries.best is not None:
        yield from _wrapped(f"What helped here ({_HELPED}) most: {tries.best.name}.")
        yield from (" " * _INDENT + line for line in tries.best.code.splitlines())
    elif tries.tried:
        yield from _wrapped("Nothing that was tried helped here. " + _why_not(tries))
    elif not tries.not_tried and not tries.only_by_author:
        yield "Nothing to try: the diagnosis of the untouched copy advises no remedy."
    elif not tries.not_tried:
        yield "Nothing to try: no remedy that the diagnosis advises can be applied from outside the model."


def _why_not(tries: Outcome) -> str:
    lower = [each for each in tries.tried if each.lowers_loss(tries.untouched)]
    if lower:
        return "The loss fell, but trouble was left, with: " + "; ".join(each.name for each in lower) + "."
    mended = [each for each in tries.tried if not each.failed and each.mends(tries.untouched)]
    if mended and tries.untouched.trouble:
        return (
            "The trouble went, but the loss did not fall by more than its spread: train for longer "
            "(--steps, steps=), or look at the data and the targets."
        )
    return "No loss fell by more than its spread."


def _only_by_author(tries: Outcome) -> Iterator[str]:
    yield "Only you can make these changes:"
    for remedy in tries.only_by_author:
        yield from _wrapped(f"- {remedy.advice}")
        yield from (" " * _INDENT + line for line in remedy.code.splitlines())


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _COLUMNS)
