"""The table of what was tried, what survived and what was lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

REFUSED, EQUAL, UNNOTICED = "refused", "equal", "unnoticed"
SURVIVED = (REFUSED, EQUAL, UNNOTICED)  # every other outcome is a loss, in words
_MOST_EXAMPLES = 5


@dataclass
class Row:
    """The outcomes of one kind of fault.

    Attributes
    ----------
    what, fault : str
        What was struck, and by what.
    refused : int
        Answered by one clear error, or by a warning that names the part that is left out.
    equal : int
        Everything is there, as without the fault.
    unnoticed : int
        Read as what the file now says, where nothing can tell that it said something else before.
    lost : int
    examples : list of str
        Some of the losses, each with the name by which it is made again.
    """

    what: str
    fault: str
    refused: int = 0
    equal: int = 0
    unnoticed: int = 0
    lost: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return self.survived + self.lost

    @property
    def survived(self) -> int:
        return self.refused + self.equal + self.unnoticed

    def count(self, outcome: str, name: str) -> None:
        """Add one outcome: one of `SURVIVED`, or what was lost."""
        if outcome in SURVIVED:
            setattr(self, outcome, getattr(self, outcome) + 1)
            return
        self.lost += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(f"{name}: {outcome}")


class Tally:
    """Rows by what was struck and by what, in the order in which they come up."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}

    def count(self, what: str, fault: str, outcome: str, name: str) -> None:
        """Add one outcome."""
        self._rows.setdefault((what, fault), Row(what, fault)).count(outcome, name)

    @property
    def rows(self) -> list[dict[str, object]]:
        """The rows as they are stored."""
        return [asdict(row) for row in self._rows.values()]


HEAD = ("", "fault", "tried", "survived", "refused", "equal", "unnoticed", "lost")


def cells(row: dict[str, object]) -> tuple[str, ...]:
    """The texts of a stored row, in the columns of `HEAD`."""
    found = Row(**row)  # type: ignore[arg-type]
    numbers = (found.tried, found.survived, found.refused, found.equal, found.unnoticed, found.lost)
    return (found.what, found.fault, *map(str, numbers))


def total(rows: Iterable[dict[str, object]], what: str = "all") -> dict[str, object]:
    """One row that adds up others."""
    counts = {name: sum(int(str(row[name])) for row in rows) for name in (*SURVIVED, "lost")}
    return {"what": what, "fault": "", **counts, "examples": []}
