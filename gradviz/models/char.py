"""The character model of the course."""

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
    """Two recurrent layers over a window of characters, and a linear layer on the last step.

    With the defaults it is the model of the course: 22 characters, 53 windows of 10, one scalar for each
    character, ``nn.LSTM(1, 256, 2)``.

    Parameters
    ----------
    text : str
        Training text, longer than ``window``.
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    hidden_size, num_layers, window : int
        The embedding of a character has ``hidden_size`` features.
    encoding : {"scalar", "one_hot", "embedding"}
        Input for a character.
    dropout : float
        Dropout between the layers.

    Attributes
    ----------
    input : CharacterInput
    recurrent : nn.RNN, nn.LSTM or nn.GRU
    head : nn.Linear
    alphabet : Alphabet
    shortest_prompt : int
        The window.

    Raises
    ------
    UnknownName
        If there is no such cell or encoding.
    ValueError, TypeError
        If the text is too short, or is not a string.

    Notes
    -----
    One scalar for each character imposes an order on the alphabet that has no meaning; the course does
    it this way.

    Examples
    --------
    >>> import gradviz as gv
    >>> model = gv.CharModel(hidden_size=16)
    >>> inputs, targets = model.patterns()
    >>> inputs.shape
    torch.Size([53, 10, 1])
    >>> model(inputs).shape
    torch.Size([53, 22])
    >>> len(model.generate("hello pyto", length=20))
    20
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
        """Characters of the training text."""
        return self.input.alphabet

    @property
    def shortest_prompt(self) -> int:
        """Number of characters in the shortest prompt: the window."""
        return self.window

    def patterns(self) -> tuple[Tensor, Tensor]:
        """Training data, computed at each call.

        Returns
        -------
        inputs : Tensor, shape (patterns, window, 1)
            Number of the character / size of the alphabet; for other encodings see `Alphabet.encode`.
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
        """Scores (characters,) after more characters of one text, and the last window."""
        last = [*(state or ()), *numbers][-self.window :]
        return self(self.input.encode(last, self.head.weight.device))[0], last

    def generate(self, prompt: str | None = None, length: int = 100) -> str:
        """Continue a prompt with the most probable character each time; see `sample`.

        Parameters
        ----------
        prompt : str, optional
            At least one window of characters; the model reads the last window.  By default the first
            window of the text.
        length : int
            Number of characters to generate.

        Returns
        -------
        str
            The ``length`` characters after the prompt.

        Raises
        ------
        UnknownName
            If a character is not in the text.
        ValueError, TypeError
            If the prompt is shorter than a window, or is not a string.
        """
        prompt = self.text[: self.window] if prompt is None else prompt
        return sample(self, self.alphabet, prompt, length=length)
