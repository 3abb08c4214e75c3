"""What came of trying remedies on copies of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from gradviz.diagnosis.plural import counted
from gradviz.remedies.one_try import Try
from gradviz.remedies.outcome import Outcome
from gradviz.remedies.remedy_table import in_words
from gradviz.remedies.tries_text import tries_text
from gradviz.short_view import ShortView

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Tries(Outcome, Sequence[Try]):
    """The remedies that were tried, in the order of the findings; prints as a table.

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

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> def make():
    ...     model = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.RNN(2, 4, batch_first=True))
    ...     batches = [(torch.randn(8, 5, 1), torch.randn(8, 5, 4)) for _ in range(10)]
    ...     return model, batches, lambda output, target: (output[0] - target).square().mean()
    >>> tries = gv.try_remedies(make, steps=20, lag=2)
    >>> len(tries), tries.best is None, tries.untouched.steps
    (0, True, 20)
    >>> print(str(tries).splitlines()[-1])
    Nothing to try: the diagnosis of the untouched copy advises no remedy.
    """

    @overload
    def __getitem__(self, index: int) -> Try: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Try, ...]: ...
    def __getitem__(self, index: int | slice) -> Try | tuple[Try, ...]:
        return self.tried[index]

    def __len__(self) -> int:
        return len(self.tried)

    def __iter__(self) -> Iterator[Try]:
        return iter(self.tried)

    def __str__(self) -> str:
        return tries_text(self)

    def __repr__(self) -> str:
        return self._view("print(...) is the whole table").text()

    def _repr_html_(self) -> str:
        return self._view(whole=str(self)).html()

    def _view(self, footer: str = "", whole: str = "") -> ShortView:
        tried = (("untouched", self.untouched.in_short), *((each.name, each.in_short) for each in self.tried))
        best = "nothing helped" if self.best is None else f"most helped {self.best.name}"
        title = f"Remedies, {len(self.tried)} tried, {counted(self.steps, 'training step')} each: {best}"
        return ShortView(title, tried, footer, whole=whole)

    def to_dict(self) -> dict[str, Any]:
        """The tries as a dict for JSON, in which numbers that are not finite are text."""
        return {
            "lag": self.lag,
            "gradient_lag": self.untouched.decades_lost.lag,
            "steps": self.steps,
            "seed": self.seed,
            "interrupted": self.interrupted,
            "best": None if self.best is None else self.best.name,
            "untouched": self.untouched.to_dict(),
            "tried": [each.to_dict() for each in self.tried],
            "not_tried": [in_words(changes) for changes in self.not_tried],
            "only_by_author": [{"advice": each.advice, "code": each.code} for each in self.only_by_author],
            "notes": list(self.notes),
            "diagnosis": self.diagnosis.to_dict(),
        }

    def to_dataframe(self) -> pd.DataFrame:
        """The table as a frame, one row for each copy that was trained, the untouched one first."""
        import pandas as pd

        rows = {
            each.name: {
                "decades_lost_first": each.decades_lost.first,
                "decades_lost_last": each.decades_lost.last,
                "loss": each.loss,
                "spread": each.spread,
                "trouble": ", ".join(each.trouble),
                "seconds": each.seconds,
                "helped": each.helped,
            }
            for each in (self.untouched, *self.tried)
        }
        return pd.DataFrame(list(rows.values()), index=pd.Index(list(rows), name="try"))
