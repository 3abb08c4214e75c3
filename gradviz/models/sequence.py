"""A recurrent network with a linear head: what the experiments train."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.models.layers import make_layers
from gradviz.tasks.lengths import Sequences


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
        Whether the head answers at every step.  If not, it sees what each direction ends with: each
        sequence's own last step of the forward one, the first step of the reverse one.

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

    def forward(self, inputs: Sequences) -> Sequences:
        """Answers.

        Parameters
        ----------
        inputs : Tensor, shape (batch, time, input), or PackedSequence
            Packed sequences may have different lengths and come in any order.

        Returns
        -------
        Tensor, shape (batch, output), or at every step (batch, time, output)
            In the order of the batch.  At every step of packed inputs, a PackedSequence that is packed as
            they are.
        """
        states, final = self.recurrent(inputs)
        if not self.every_step:
            answer: Tensor = self.head(self._ends(final))
            return answer
        if isinstance(states, PackedSequence):
            return states._replace(data=self.head(states.data))
        answers: Tensor = self.head(states)
        return answers

    def _ends(self, final: Tensor | tuple[Tensor, Tensor]) -> Tensor:
        """What the last layer's directions end with: (batch, direction * hidden)."""
        h_n = final[0] if isinstance(final, tuple) else final  # (layer * direction, batch, hidden)
        directions = 2 if self.recurrent.bidirectional else 1
        return h_n[-directions:].transpose(0, 1).flatten(1)
