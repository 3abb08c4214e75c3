"""A recurrent network with a linear head: what the experiments train."""

from __future__ import annotations

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
        Whether the head answers at every step.

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
        answers: Tensor = self.head(states if self.every_step else states[:, -1])
        return answers
