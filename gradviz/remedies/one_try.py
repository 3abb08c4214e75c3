"""One copy of a model that was trained, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import Change, Remedy
from gradviz.diagnosis.kinds import NO_GRADIENT
from gradviz.remedies.gradient_kept import DecadesLost
from gradviz.remedies.remedy_table import in_words
from gradviz.short_view import ShortView

_UNKNOWN = DecadesLost()
_NO_DIAGNOSIS = Diagnosis((), None, "")
_SMALL = 0.01  # a loss must be lower by more than this part of the untouched one's, too


@dataclass(frozen=True)
class Try:
    """One copy that was trained.

    Attributes
    ----------
    changes : tuple of Change
        What was changed; nothing for the untouched copy.
    kinds : tuple of str
        Kinds of the findings that advise it.
    remedies : tuple of Remedy
        What the findings print.
    steps : int
        Training steps that were taken.
    seconds : float
        For training and diagnosis.
    loss, spread : float
        Mean and standard deviation of the loss over the last tenth of the steps.
    decades_lost : DecadesLost
        Decades of gradient lost over the lag, at the first and the last recorded step.
    diagnosis : Diagnosis
        Of the trained copy; empty if the remedy could not be applied.
    failed : str
        Why it could not be applied or trained; empty if it could.
    helped : bool
        Whether the loss is lower than that of the untouched copy by more than the larger spread and more
        than 1 % of it, the findings that advise the remedy are no longer trouble, and no other trouble came.
    """

    changes: tuple[Change, ...]
    kinds: tuple[str, ...]
    remedies: tuple[Remedy, ...]
    steps: int = 0
    seconds: float = 0.0
    loss: float = math.nan
    spread: float = math.nan
    decades_lost: DecadesLost = _UNKNOWN
    diagnosis: Diagnosis = _NO_DIAGNOSIS
    failed: str = ""
    helped: bool = False

    @property
    def name(self) -> str:
        """What was changed, in a few words."""
        return in_words(self.changes) or "untouched"

    @property
    def code(self) -> str:
        """The lines that make the changes, as the findings print them."""
        return "\n".join(dict.fromkeys(remedy.code for remedy in self.remedies))

    @property
    def trouble(self) -> tuple[str, ...]:
        """Kinds of the findings that are trouble in the trained copy.

        A loss of exactly 0 has no gradient, so that it then has none is not among them.
        """
        found = dict.fromkeys(each.kind for each in self.diagnosis if each.is_trouble)
        return tuple(kind for kind in found if not (kind == NO_GRADIENT and self.loss == 0))

    def __repr__(self) -> str:
        return ShortView(f"Try of {self.name}: {self.in_short}").text()

    @property
    def in_short(self) -> str:
        """Whether it helped, with its loss and the trouble that is left, in a few words."""
        if self.failed:
            return f"failed, {self.failed}"
        loss = "no loss" if math.isnan(self.loss) else f"loss {self.loss:.3g} ± {self.spread:.1g}"
        helped = "helped, " if self.helped else ""
        return f"{helped}{loss}, trouble: {', '.join(self.trouble) or 'none'}"

    def lowers_loss(self, untouched: Try) -> bool:
        """Whether its loss is lower than another's by more than the larger spread, and more than 1 %."""
        if not math.isfinite(self.loss):
            return False
        if not math.isfinite(untouched.loss):
            return True
        least = max(self.spread, untouched.spread, _SMALL * abs(untouched.loss))
        return self.loss < untouched.loss - least

    def mends(self, untouched: Try) -> bool:
        """Whether the findings that advise it are no longer trouble, and no other trouble has come."""
        return set(self.trouble) <= set(untouched.trouble) - set(self.kinds)

    def to_dict(self) -> dict[str, Any]:
        """The try as a dict for JSON, in which numbers that are not finite are text."""
        return {
            "name": self.name,
            "changes": [{"name": each.name, "options": dict(each.options)} for each in self.changes],
            "kinds": list(self.kinds),
            "code": self.code,
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "loss": _number(self.loss),
            "spread": _number(self.spread),
            "decades_lost_first": _number(self.decades_lost.first),
            "decades_lost_last": _number(self.decades_lost.last),
            "trouble": list(self.trouble),
            "failed": self.failed,
            "helped": self.helped,
        }


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
