"""The input layer of the character models."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gradviz.arguments import check_one_of
from gradviz.tasks.alphabet import ENCODINGS, Alphabet


class CharacterInput(nn.Module):
    """Input layer for encoded characters; embeds them if they are numbers.

    The alphabet is saved with the weights, and only weights with the same alphabet can be loaded.

    Parameters
    ----------
    alphabet : Alphabet
    encoding : {"scalar", "one_hot", "embedding"}
    embedding_size : int
        Number of features of an embedded character.

    Attributes
    ----------
    output_size : int
        Number of features at the input of the recurrent layers.

    Raises
    ------
    UnknownName
        If there is no such encoding.
    """

    def __init__(self, alphabet: Alphabet, encoding: str, embedding_size: int):
        super().__init__()
        self.alphabet = alphabet
        self.encoding = check_one_of("encoding", encoding, ENCODINGS)
        self.embedding = nn.Embedding(len(alphabet), embedding_size) if encoding == "embedding" else None
        self.output_size = {"scalar": 1, "one_hot": len(alphabet), "embedding": embedding_size}[encoding]

    def forward(self, inputs: Tensor) -> Tensor:
        """Features (batch, time, output_size) from (batch, time, feature), or from numbers (batch, time)."""
        if self.embedding is None:
            return inputs
        embedded: Tensor = self.embedding(inputs)
        return embedded

    def encode(self, numbers: Sequence[int], device: torch.device) -> Tensor:
        """Batch of one sequence, as input of `forward`."""
        return self.alphabet.encode(torch.tensor([numbers], device=device), self.encoding)

    def get_extra_state(self) -> Tensor:
        """Code points of the alphabet, shape (characters,)."""
        return torch.tensor([ord(character) for character in self.alphabet.characters])

    def set_extra_state(self, state: Tensor) -> None:
        """Check that the weights were saved with the same alphabet.

        Raises
        ------
        ValueError
            If they were saved with another one.
        """
        saved = "".join(chr(point) for point in state.tolist())
        if saved != self.alphabet.characters:
            raise ValueError(
                f"these weights are for the characters {saved!r}, but this model is for "
                f"{self.alphabet.characters!r}: make the model with the text that they were trained on"
            )
