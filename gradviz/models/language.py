"""A character-level language model."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from gradviz.models.character_input import CharacterInput
from gradviz.models.layers import make_layers, projected
from gradviz.tasks.alphabet import Alphabet

State = Tensor | tuple[Tensor, Tensor]


class LanguageModel(nn.Module):
    """Recurrent layers that read a character at every step and predict the next one.

    Parameters
    ----------
    alphabet : Alphabet
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    hidden_size, num_layers : int
        The embedding of a character has ``hidden_size`` features.
    encoding : {"scalar", "one_hot", "embedding"}
        Input for a character.
    dropout : float
        Dropout between the layers.
    projection : int, optional
        Size to which an LSTM projects its state before it is read (``proj_size``), below ``hidden_size``.

    Attributes
    ----------
    input : CharacterInput
    recurrent : nn.RNN, nn.LSTM or nn.GRU
        With ``batch_first=True``.
    head : nn.Linear
    shortest_prompt : int
        1.

    Raises
    ------
    UnknownName
        If there is no such cell or encoding.
    ValueError
        If the projection is not below ``hidden_size``, or the cell is not ``"lstm"``.

    Examples
    --------
    >>> import gradviz as gv
    >>> task = gv.tasks.text(form="stream", bptt=6, encoding="one_hot")
    >>> model = gv.LanguageModel(task.alphabet, hidden_size=16)
    >>> inputs, targets, _ = task.segment(3, step=0)
    >>> outputs, state = model(inputs)
    >>> outputs.shape
    torch.Size([3, 6, 22])
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
        projection: int | None = None,
    ):
        super().__init__()
        self.input = CharacterInput(alphabet, encoding, hidden_size)
        self.recurrent = make_layers(cell)(
            self.input.output_size,
            hidden_size,
            num_layers,
            dropout=dropout,
            batch_first=True,
            **projected(cell, hidden_size, projection),
        )
        self.head = nn.Linear(projection or hidden_size, len(alphabet))

    @property
    def alphabet(self) -> Alphabet:
        """Characters that the model knows."""
        return self.input.alphabet

    def forward(self, inputs: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Scores of the next character at every step.

        Parameters
        ----------
        inputs : Tensor, shape (batch, time, feature), or for an embedding Tensor of int, shape (batch, time)
        state : Tensor or tuple of Tensor, shape (num_layers, batch, hidden), optional
            State after the step before: h, or (h, c) for an LSTM; by default zero.

        Returns
        -------
        outputs : Tensor, shape (batch, time, characters)
        state : Tensor or tuple of Tensor, shape (num_layers, batch, hidden)
            State after the last step.
        """
        states, state = self.recurrent(self.input(inputs), state)
        outputs: Tensor = self.head(states)
        return outputs, state

    def following(self, numbers: Sequence[int], state: State | None = None) -> tuple[Tensor, State]:
        """Scores (characters,) after more characters of one text, and the state to continue from."""
        outputs, state = self(self.input.encode(numbers, self.head.weight.device), state)
        return outputs[0, -1], state
