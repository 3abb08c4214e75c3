"""A text as numbers, split into a training part and a held-out part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from gradviz.tasks.alphabet import Alphabet


@dataclass(frozen=True)
class Corpus:
    """A text whose end may be held out.

    Parameters
    ----------
    text : str
    held_out : float
        Fraction of the characters that is held out, in [0, 1).

    Attributes
    ----------
    alphabet : Alphabet
        Alphabet of the whole text, so that the held-out part has no unknown character.
    training, validation : Tensor of int, shape (characters,)
        The two parts; if nothing is held out, the second is empty.
    """

    text: str
    held_out: float = 0.0

    @cached_property
    def alphabet(self) -> Alphabet:
        return Alphabet.of(self.text)

    @cached_property
    def training(self) -> Tensor:
        return self._numbers[: self._training_length]

    @cached_property
    def validation(self) -> Tensor:
        return self._numbers[self._training_length :]

    @cached_property
    def _numbers(self) -> Tensor:
        return self.alphabet.numbers(self.text)

    @property
    def _training_length(self) -> int:
        return round(len(self.text) * (1 - self.held_out))
