"""The characters of a text as numbers, and their encodings as input of a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.arguments import check_one_of
from gradviz.errors import UnknownName


@dataclass(frozen=True)
class Alphabet:
    """The distinct characters of a text, sorted; the number of a character is its position."""

    characters: str

    @classmethod
    def of(cls, text: str) -> Alphabet:
        """Alphabet of a text."""
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:
        return len(self.characters)

    def numbers(self, text: str) -> Tensor:
        """Number of each character, shape (len(text),).

        Raises
        ------
        UnknownName
            If a character is not in the alphabet.
        """
        index = {character: number for number, character in enumerate(self.characters)}
        unknown = sorted(set(text) - set(index))
        if unknown:
            raise UnknownName(
                f"the model does not know the character {unknown[0]!r}; it knows {self.characters!r}"
            )
        return torch.tensor([index[character] for character in text], dtype=torch.long)

    def text(self, numbers: Sequence[int]) -> str:
        """Text of the characters with those numbers."""
        return "".join(self.characters[number] for number in numbers)

    def scalars(self, numbers: Tensor) -> Tensor:
        """One feature, number / size of the alphabet, shape (..., 1)."""
        return (numbers.float() / len(self)).unsqueeze(-1)

    def one_hot(self, numbers: Tensor) -> Tensor:
        """1 at the number of the character, 0 elsewhere, shape (..., characters)."""
        return functional.one_hot(numbers, len(self)).float()

    def encode(self, numbers: Tensor, encoding: str) -> Tensor:
        """Input of a network for those characters.

        Parameters
        ----------
        numbers : Tensor of int, shape (...)
        encoding : {"scalar", "one_hot", "embedding"}

        Returns
        -------
        Tensor
            Shape (..., 1) or (..., characters); for ``"embedding"`` the numbers themselves.

        Raises
        ------
        UnknownName
            If there is no such encoding.
        """
        return ENCODINGS[check_one_of("encoding", encoding, ENCODINGS)](self, numbers)


def _numbers(alphabet: Alphabet, numbers: Tensor) -> Tensor:
    return numbers


ENCODINGS: dict[str, Callable[[Alphabet, Tensor], Tensor]] = {
    "scalar": Alphabet.scalars,
    "one_hot": Alphabet.one_hot,
    "embedding": _numbers,
}
