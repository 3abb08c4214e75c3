"""Text as the course's character model sees it: windows of characters as one scalar a step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gradviz.errors import UnknownName

SENTENCE = "hello pytorch, this is a simple character-level language model."


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
        strange = sorted(set(text) - set(self.characters))
        if strange:
            raise UnknownName(
                f"the model does not know the character {strange[0]!r}; it knows {self.characters!r}"
            )
        return torch.tensor([self.characters.index(c) for c in text])

    def scalars(self, numbers: Tensor) -> Tensor:
        """The scalar feature number / size, shape (..., 1)."""
        return (numbers.float() / len(self)).unsqueeze(-1)


def windows(numbers: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Every run of ``width`` characters and the character after it.

    Returns
    -------
    patterns : Tensor of int, shape (len - width, width)
    following : Tensor of int, shape (len - width,)

    Raises
    ------
    ValueError
        When the text has no character after a window.
    """
    if width < 1 or len(numbers) <= width:
        raise ValueError(
            f"a text of {len(numbers)} characters has no window of {width} with a character after it"
        )
    return numbers.unfold(0, width, 1)[:-1], numbers[width:]
