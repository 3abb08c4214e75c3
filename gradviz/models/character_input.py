"""What stands between characters and the recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gradviz.arguments import check_one_of
from gradviz.tasks.alphabet import ENCODINGS, Alphabet


class CharacterInput(nn.Module):
    """Characters as a task encodes them, embedded where they come as numbers.

    Its alphabet is saved with the weights, and only weights of the same alphabet can be loaded.

    Parameters
    ----------
    alphabet : Alphabet
    encoding : {"scalar", "one_hot", "embedding"}
    embedding_size : int
        Features of an embedded character.

    Attributes
    ----------
    output_size : int
        Features that the recurrent layers are given.

    Raises
    ------
    UnknownName
        For another encoding.
    """

    def __init__(self, alphabet: Alphabet, encoding: str, embedding_size: int):
        super().__init__()
        self.alphabet = alphabet
        self.encoding = check_one_of("encoding", encoding, ENCODINGS)
        self.embedding = nn.Embedding(len(alphabet), embedding_size) if encoding == "embedding" else None
        self.output_size = {"scalar": 1, "one_hot": len(alphabet), "embedding": embedding_size}[encoding]

    def forward(self, inputs: Tensor) -> Tensor:
        """(batch, time, feature), or (batch, time) numbers to embed -> (batch, time, output_size)."""
        if self.embedding is None:
            return inputs
        embedded: Tensor = self.embedding(inputs)
        return embedded

    def encode(self, numbers: Sequence[int], device: torch.device) -> Tensor:
        """A batch of one sequence, as `forward` takes it."""
        return self.alphabet.encode(torch.tensor([numbers], device=device), self.encoding)

    def get_extra_state(self) -> Tensor:
        """The alphabet's code points, shape (characters,)."""
        return torch.tensor([ord(character) for character in self.alphabet.characters])

    def set_extra_state(self, state: Tensor) -> None:
        """Compare the alphabet that weights were saved with.

        Raises
        ------
        ValueError
            When it is another one.
        """
        theirs = "".join(chr(point) for point in state.tolist())
        if theirs != self.alphabet.characters:
            raise ValueError(
                f"these weights are for the characters {theirs!r}; this model was made for "
                f"{self.alphabet.characters!r}: give it the text that they were trained on"
            )
