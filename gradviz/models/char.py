"""The character-level language model of the course."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from gradviz.arguments import check_whole_number
from gradviz.models.character_input import CharacterInput
from gradviz.models.layers import make_layers
from gradviz.models.sample import sample
from gradviz.tasks.alphabet import Alphabet
from gradviz.tasks.text_sources import SENTENCE
from gradviz.tasks.windows import windows


class CharModel(nn.Module):
    """Two recurrent layers over windows of one scalar a character, a linear layer on the last step.

    With the defaults it is the course's model: 22 characters, 53 windows of 10, ``nn.LSTM(1, 256, 2)``.

    Parameters
    ----------
    text : str
        What it is trained on; longer than ``window``.
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    hidden_size, num_layers, window : int
        An embedded character has ``hidden_size`` features.
    encoding : {"scalar", "one_hot", "embedding"}
        What it is given for a character.
    dropout : float
        Between the layers.

    Attributes
    ----------
    input : CharacterInput
    recurrent : nn.RNN, nn.LSTM or nn.GRU
    head : nn.Linear
    alphabet : Alphabet
    shortest_prompt : int
        A window.

    Raises
    ------
    UnknownName
        For another cell or encoding.
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
        encoding: str = "scalar",
        dropout: float = 0.0,
    ):
        super().__init__()
        if not isinstance(text, str):
            raise TypeError(f"text = {text!r}: must be a string")
        self.text = text
        self.window = check_whole_number("window", window, at_least=1)
        self.input = CharacterInput(Alphabet.of(text), encoding, hidden_size)
        windows(self.alphabet.numbers(text), window)
        self.recurrent = make_layers(cell)(
            self.input.output_size, hidden_size, num_layers, dropout=dropout, batch_first=True
        )
        self.head = nn.Linear(hidden_size, len(self.alphabet))

    @property
    def alphabet(self) -> Alphabet:
        return self.input.alphabet

    @property
    def shortest_prompt(self) -> int:
        return self.window

    def patterns(self) -> tuple[Tensor, Tensor]:
        """The training data, made anew at each call.

        Returns
        -------
        inputs : Tensor, shape (patterns, window, 1)
            Character number / size of the alphabet; for other encodings see `Alphabet.encode`.
        targets : Tensor of int, shape (patterns,)
            Number of the character after each window.
        """
        patterns, following = windows(self.alphabet.numbers(self.text), self.window)
        return self.alphabet.encode(patterns, self.input.encoding), following

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores of the next character: (batch, window, 1) -> (batch, characters)."""
        states, _ = self.recurrent(self.input(inputs))
        scores: Tensor = self.head(states[:, -1])
        return scores

    def following(
        self, numbers: Sequence[int], state: Sequence[int] | None = None
    ) -> tuple[Tensor, Sequence[int]]:
        """Scores after some more characters of one text: (characters,), and the window seen."""
        seen = [*(state or ()), *numbers][-self.window :]
        return self(self.input.encode(seen, self.head.weight.device))[0], seen

    def generate(self, prompt: str | None = None, length: int = 100) -> str:
        """Continue a prompt greedily, the most probable character each time; see `sample`.

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
        return sample(self, self.alphabet, prompt, length=length)
