"""A character-level language model of the usual form."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from gradviz.models.character_input import CharacterInput
from gradviz.models.layers import make_layers
from gradviz.tasks.alphabet import Alphabet

State = Tensor | tuple[Tensor, Tensor]


class LanguageModel(nn.Module):
    """Recurrent layers that are given a character and predict the next one, at every step.

    Parameters
    ----------
    alphabet : Alphabet
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    hidden_size, num_layers : int
        An embedded character has ``hidden_size`` features.
    encoding : {"scalar", "one_hot", "embedding"}
        What it is given for a character.
    dropout : float
        Between the layers.

    Attributes
    ----------
    input : CharacterInput
    recurrent : nn.RNN, nn.LSTM or nn.GRU
        With ``batch_first=True``.
    head : nn.Linear
    shortest_prompt : int

    Raises
    ------
    UnknownName
        For another cell or encoding.
    """

    shortest_prompt = 1

    def __init__(
        self,
        alphabet: Alphabet,
        *,
        cell: str = "lstm",
        hidden_size: int = 256,
        num_layers: int = 1,
        encoding: str = "one_hot",
        dropout: float = 0.0,
    ):
        super().__init__()
        self.input = CharacterInput(alphabet, encoding, hidden_size)
        self.recurrent = make_layers(cell)(
            self.input.output_size, hidden_size, num_layers, dropout=dropout, batch_first=True
        )
        self.head = nn.Linear(hidden_size, len(alphabet))

    @property
    def alphabet(self) -> Alphabet:
        return self.input.alphabet

    def forward(self, inputs: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Scores of the next character at every step.

        Parameters
        ----------
        inputs : Tensor, shape (batch, time, feature), or of int, (batch, time), for an embedding
        state : Tensor or tuple of Tensor, shape (num_layers, batch, hidden), optional
            h, or (h, c) of an LSTM, after the step before; by default zero.

        Returns
        -------
        outputs : Tensor, shape (batch, time, characters)
        state : Tensor or tuple of Tensor, shape (num_layers, batch, hidden)
            After the last step.
        """
        states, state = self.recurrent(self.input(inputs), state)
        outputs: Tensor = self.head(states)
        return outputs, state

    def following(self, numbers: Sequence[int], state: State | None = None) -> tuple[Tensor, State]:
        """Scores after some more characters of one text: (characters,), and the state to go on from."""
        outputs, state = self(self.input.encode(numbers, self.head.weight.device), state)
        return outputs[0, -1], state
