"""A recurrent network with a linear head: what the experiments train."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gradviz.models.layers import make_layers


class SequenceModel(nn.Module):
    """Recurrent layers and a linear head at the last or at every step.

    Parameters
    ----------
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    input_size, hidden_size, output_size : int
    num_layers : int
    bidirectional : bool
    dropout : float
        Between the layers.
    every_step : bool
        Whether the head answers at every step.  If not, it sees what each direction ends with: the last
        step of the forward one, the first of the reverse one.

    Attributes
    ----------
    recurrent : nn.RNN, nn.LSTM or nn.GRU
        With ``batch_first=True``.
    head : nn.Linear

    Raises
    ------
    UnknownName
        For another cell.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        every_step: bool = False,
    ):
        super().__init__()
        self.recurrent = make_layers(cell)(
            input_size,
            hidden_size,
            num_layers,
            bidirectional=bidirectional,
            dropout=dropout,
            batch_first=True,
        )
        self.head = nn.Linear(hidden_size * (2 if bidirectional else 1), output_size)
        self.every_step = every_step

    def forward(self, inputs: Tensor) -> Tensor:
        """Answers.

        Parameters
        ----------
        inputs : Tensor, shape (batch, time, input)

        Returns
        -------
        Tensor, shape (batch, time, output) or (batch, output)
        """
        states, _ = self.recurrent(inputs)
        answers: Tensor = self.head(states if self.every_step else self._final(states))
        return answers

    def _final(self, states: Tensor) -> Tensor:
        """(batch, time, direction * hidden) -> (batch, direction * hidden)."""
        if not self.recurrent.bidirectional:
            return states[:, -1]
        hidden = self.recurrent.hidden_size
        return torch.cat([states[:, -1, :hidden], states[:, 0, hidden:]], -1)
