"""The character-level language model of the course."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from gradviz.models.layers import make_layers
from gradviz.models.text import SENTENCE, Alphabet, windows
from gradviz.tasks.arguments import whole_number


class CharModel(nn.Module):
    """Two recurrent layers over windows of one scalar a character, a linear layer on the last step.

    With the defaults it is the course's model: 22 characters, 53 windows of 10, ``nn.LSTM(1, 256, 2)``.

    Parameters
    ----------
    text : str
        What it is trained on; longer than ``window``.
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    hidden_size, num_layers, window : int

    Attributes
    ----------
    recurrent : nn.RNN, nn.LSTM or nn.GRU
    head : nn.Linear
    alphabet : Alphabet

    Raises
    ------
    UnknownName
        For another cell.
    ValueError, TypeError
        For a text that is too short, or not a string.

    Notes
    -----
    One scalar a character puts the alphabet in an order that means nothing; it is the course's choice.
    """

    def __init__(
        self,
        text: str = SENTENCE,
        *,
        cell: str = "lstm",
        hidden_size: int = 256,
        num_layers: int = 2,
        window: int = 10,
    ):
        super().__init__()
        if not isinstance(text, str):
            raise TypeError(f"text = {text!r}: must be a string")
        self.text = text
        self.window = whole_number("window", window, 1)
        self.alphabet = Alphabet.of(text)
        windows(self.alphabet.numbers(text), window)
        self.recurrent = make_layers(cell)(1, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, len(self.alphabet))

    def patterns(self) -> tuple[Tensor, Tensor]:
        """The training data, made anew at each call.

        Returns
        -------
        inputs : Tensor, shape (patterns, window, 1)
            Character number / size of the alphabet.
        targets : Tensor of int, shape (patterns,)
            Number of the character after each window.
        """
        patterns, following = windows(self.alphabet.numbers(self.text), self.window)
        return self.alphabet.scalars(patterns), following

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores of the next character: (batch, window, 1) -> (batch, characters)."""
        states, _ = self.recurrent(inputs)
        scores: Tensor = self.head(states[:, -1])
        return scores

    def generate(self, prompt: str | None = None, length: int = 100) -> str:
        """Continue a prompt greedily, the most probable character each time.

        Parameters
        ----------
        prompt : str, optional
            At least as many characters as a window has, of which the model sees the last; by default the
            first window of the text.
        length : int
            Characters to generate.

        Returns
        -------
        str
            The ``length`` characters after the prompt.

        Raises
        ------
        UnknownName
            For a character that the text lacks.
        ValueError, TypeError
            For a prompt shorter than a window, or not a string.
        """
        prompt = self.text[: self.window] if prompt is None else prompt
        if not isinstance(prompt, str):
            raise TypeError(f"prompt = {prompt!r}: must be a string of at least {self.window} characters")
        if len(prompt) < self.window:
            raise ValueError(
                f"the prompt {prompt!r} has {len(prompt)} characters: it must have at least {self.window}"
            )
        whole_number("length", length, 0)
        seen = self.alphabet.numbers(prompt).tolist()
        modes = [(part, part.training) for part in self.modules()]
        self.eval()
        try:
            with torch.no_grad():
                for _ in range(length):
                    seen.append(self._most_probable(seen[-self.window :]))
        finally:
            for part, mode in modes:
                part.training = mode
        return "".join(self.alphabet.characters[number] for number in seen[len(prompt) :])

    def _most_probable(self, recent: list[int]) -> int:
        """Number of the character that the model puts after those."""
        inputs = self.alphabet.scalars(torch.tensor([recent], device=self.head.weight.device))
        return int(self(inputs).argmax())


class NextCharacter:
    """A `CharModel`'s training data as a task: every batch is the whole text.

    Parameters
    ----------
    model : CharModel
    """

    name = "char"
    every_step = False
    input_size = 1

    def __init__(self, model: CharModel):
        self._inputs, self._targets = model.patterns()
        self.output_size = len(model.alphabet)
        self.lag = model.window - 1
        self.baseline = math.log(self.output_size)
        self.baseline_meaning = "every character equally likely"
        self.informative = range(model.window)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """All patterns, whatever the size asked for."""
        return self._inputs, self._targets

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy, nats."""
        return functional.cross_entropy(outputs, targets)
