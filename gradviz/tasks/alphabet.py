"""The characters of a text as numbers, and what a network is given for each."""

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
    """The distinct characters of a text, sorted; a character's number is its place."""

    characters: str

    @classmethod
    def of(cls, text: str) -> Alphabet:
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:
        return len(self.characters)

    def numbers(self, text: str) -> Tensor:
        """Number of every character, shape (len(text),).

        Raises
        ------
        UnknownName
            For a character that is not in the alphabet.
        """
        places = {character: place for place, character in enumerate(self.characters)}
        strange = sorted(set(text) - set(places))
        if strange:
            raise UnknownName(
                f"the model does not know the character {strange[0]!r}; it knows {self.characters!r}"
            )
        return torch.tensor([places[character] for character in text], dtype=torch.long)

    def text(self, numbers: Sequence[int]) -> str:
        """The characters with those numbers."""
        return "".join(self.characters[number] for number in numbers)

    def scalars(self, numbers: Tensor) -> Tensor:
        """The scalar feature number / size, shape (..., 1)."""
        return (numbers.float() / len(self)).unsqueeze(-1)

    def one_hot(self, numbers: Tensor) -> Tensor:
        """1 at the character's number, 0 elsewhere, shape (..., characters)."""
        return functional.one_hot(numbers, len(self)).float()

    def encode(self, numbers: Tensor, encoding: str) -> Tensor:
        """What a network is given for those characters.

        Parameters
        ----------
        numbers : Tensor of int, shape (...)
        encoding : {"scalar", "one_hot", "embedding"}

        Returns
        -------
        Tensor
            Shape (..., 1) or (..., characters); for an embedding the numbers themselves.

        Raises
        ------
        UnknownName
            For another encoding.
        """
        return ENCODINGS[check_one_of("encoding", encoding, ENCODINGS)](self, numbers)


def _numbers(alphabet: Alphabet, numbers: Tensor) -> Tensor:
    return numbers


ENCODINGS: dict[str, Callable[[Alphabet, Tensor], Tensor]] = {
    "scalar": Alphabet.scalars,
    "one_hot": Alphabet.one_hot,
    "embedding": _numbers,
}
