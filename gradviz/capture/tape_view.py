"""What a tape shows at the prompt and in a notebook, from what it has kept and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gradviz.capture.kept_steps import KeptSteps
from gradviz.recording.module_in_words import module_in_words
from gradviz.short_view import ShortView, short_name
from gradviz.vocabulary import FORWARD_ONLY, FULL, NORMS

NEW, OPEN, CLOSED = "new", "open", "closed"

_STATES = {NEW: "not open yet", OPEN: "open", CLOSED: "closed"}
_DETAILS = {
    NORMS: "norms of states and gradients, and how far gates are saturated",
    FULL: "every unit of gates, states and gradients",
    FORWARD_ONLY: "every unit of gates and states, no gradients",
}
_FOOTER = "tape.tree is the recording; print(gv.diagnose(tape.tree)) says what is wrong with the network"
_MOST_NAMED = 3


class Moment(NamedTuple):
    """Where a tape is in its training.

    Attributes
    ----------
    state : {"new", "open", "closed"}
    step : int
        Number of the training step that is running, or would run next.
    first_step : int
        The number that it began with.
    is_due : bool
        Whether the training step that is running is recorded.
    has_called : bool
        Whether a recurrent call was seen in it.
    forgotten : int
        Optimizer steps in it, if they are so many that ``tape.step`` was forgotten.
    """

    state: str
    step: int
    first_step: int
    is_due: bool
    has_called: bool
    forgotten: int = 0


def tape_view(
    kept: KeptSteps,
    moment: Moment,
    sink: object,
    *,
    names: Sequence[str],
    chosen: str,
    reasons: Sequence[str],
) -> ShortView:
    """A tape in at most ten lines.

    Parameters
    ----------
    kept : KeptSteps
    moment : Moment
    sink : RecordingSink
        Its ``folder`` and ``nbytes`` are shown if it has them.
    names : sequence of str
        Of all modules that are watched.
    chosen : str
        Which training steps are recorded, in words; empty for every one.
    reasons : sequence of str
        Why something is not recorded.

    Returns
    -------
    ShortView
    """
    title = f"Tape, {_STATES[moment.state]}: "
    if not kept:
        why = " ".join(reasons) or _what_to_do(moment, names, chosen)
        return ShortView(f"{title}nothing is recorded{' yet' * (moment.state != CLOSED)}; {why}")
    rows = [*_wrong(kept, reasons), *_how(kept, sink), *_modules(kept, names)]
    return ShortView(title + _steps(kept, moment, chosen), tuple(rows), _FOOTER)


def _what_to_do(moment: Moment, names: Sequence[str], chosen: str) -> str:
    watched = _listed(names)
    if moment.forgotten:
        return _forgotten(moment.forgotten)
    if moment.state == NEW:
        return f"put the training into `with gv.record(model) as tape:` ({watched})"
    if moment.state == CLOSED:
        return "its with block ended before a gradient had arrived"
    if not moment.is_due:
        return f"training step {moment.step} is not one of those that are recorded ({chosen or 'all'})"
    if not moment.has_called:
        return f"no call of {watched} was seen in training step {moment.step}"
    return f"tape.step(loss), or the end of the with block, keeps training step {moment.step} ({watched})"


def _steps(kept: KeptSteps, moment: Moment, chosen: str) -> str:
    numbers = f"{kept.first} to {kept.last}" if kept.first != kept.last else f"number {kept.first}"
    more = f", {chosen}" if chosen and kept.first != kept.last else ""
    steps = f"{kept.count} training step{'s' * (kept.count != 1)} recorded ({numbers}{more})"
    earlier = ", after those of an earlier recording" if moment.first_step else ""
    return f"{steps}{earlier}" + (f"; step {moment.step} is running" if moment.state == OPEN else "")


def _wrong(kept: KeptSteps, reasons: Sequence[str]) -> Iterator[tuple[str, str]]:
    if kept.forgotten:
        yield "wrong", _forgotten(kept.forgotten)
    for reason in reasons:
        yield "not recorded", reason


def _forgotten(count: int) -> str:
    return f"{count} optimizer steps without tape.step(loss) between them: only the newest is kept"


def _how(kept: KeptSteps, sink: object) -> Iterator[tuple[str, str]]:
    yield "detail", _DETAILS.get(kept.detail, kept.detail)
    nbytes, folder = getattr(sink, "nbytes", 0), getattr(sink, "folder", None)
    if folder is None:
        yield "stored", f"in memory, {_size(nbytes)}"
    else:
        yield "stored", f"in {folder}" + (f"; {_size(nbytes)} of it still in memory" if nbytes else "")


def _modules(kept: KeptSteps, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    missing = [name for name in names if name not in kept.modules]
    if missing:
        yield "nothing yet of", _listed(missing)
    for name, module in kept.modules.items():
        yield name, module_in_words(module.attributes, lengths=module.lengths, samples=module.samples)


def _listed(names: Sequence[str]) -> str:
    shown = [short_name(name) for name in names[:_MOST_NAMED]]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(shown) + more if shown else "tape.observe"


def _size(nbytes: int) -> str:
    size = float(nbytes)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
