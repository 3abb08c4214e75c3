"""All copies that were trained, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass

from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import Change, Remedy
from gradviz.remedies.one_try import Try


@dataclass(frozen=True)
class Outcome:
    """What is known when trying ends.

    Attributes
    ----------
    untouched : Try
        The copy without any change.
    tried : tuple of Try
        Each remedy alone, then the best two together.
    not_tried : tuple of tuple of Change
        Changes for which no time was left.
    only_by_author : tuple of Remedy
        Remedies that only the author of the model can apply.
    lag : int or None
        Time steps that the task needs, if known.
    steps, seed : int
        Of every training.
    interrupted : bool
        Whether Ctrl-C ended it.
    notes : tuple of str
        What else is worth knowing, in sentences.
    """

    untouched: Try
    tried: tuple[Try, ...]
    not_tried: tuple[tuple[Change, ...], ...]
    only_by_author: tuple[Remedy, ...]
    lag: int | None
    steps: int
    seed: int
    interrupted: bool
    notes: tuple[str, ...]

    @property
    def diagnosis(self) -> Diagnosis:
        """The diagnosis of the untouched copy."""
        return self.untouched.diagnosis

    @property
    def worse(self) -> tuple[Try, ...]:
        """Those whose loss ended higher than the untouched copy's, or is not finite although that one is."""
        return tuple(each for each in self.tried if not each.failed and self.untouched.lowers_loss(each))

    @property
    def best(self) -> Try | None:
        """The one that helped with the lowest loss; None if none helped.

        Where losses differ by no more than their spread, the one with the fewest changes.
        """
        helped = [each for each in self.tried if each.helped]
        if not helped:
            return None
        lowest = min(helped, key=lambda each: each.loss)
        as_good = [each for each in helped if not lowest.lowers_loss(each)]
        return min(as_good, key=lambda each: (len(each.changes), each.loss))
