"""A recurrent network with a linear head: the model that the experiments train."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.models.layers import make_layers, projected
from gradviz.models.segments import Segments
from gradviz.tasks.lengths import Sequences


class SequenceModel(nn.Module):
    """Recurrent layers and a linear head, at the last step or at every step.

    Parameters
    ----------
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    input_size, hidden_size, output_size : int
    num_layers : int
    bidirectional : bool
    dropout : float
        Dropout between the layers.
    every_step : bool
        Whether the head answers at every step.  If not, it reads the final state of each direction: the
        last step of each sequence in the forward direction, the first step in the reverse direction.
    projection : int, optional
        Size to which an LSTM projects its state before it is read (``proj_size``), below ``hidden_size``.
    segments : Segments, optional
        Reads the sequences in segments, for truncated backpropagation through time; by default whole.

    Attributes
    ----------
    recurrent : nn.RNN, nn.LSTM or nn.GRU
        With ``batch_first=True``.
    head : nn.Linear

    Raises
    ------
    UnknownName
        If there is no such cell.
    ValueError
        If the projection is not below ``hidden_size``, or the cell is not ``"lstm"``; if ``segments`` is
        given for both directions.

    References
    ----------
    Sak, Senior and Beaufays (2014), "Long short-term memory based recurrent neural network architectures for
    large vocabulary speech recognition", for the projection.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> model = gv.SequenceModel("lstm", input_size=2, hidden_size=16, output_size=1)
    >>> model(torch.randn(4, 100, 2)).shape
    torch.Size([4, 1])
    >>> model = gv.SequenceModel("gru", 2, 16, 3, every_step=True)
    >>> model(torch.randn(4, 100, 2)).shape
    torch.Size([4, 100, 3])
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
        projection: int | None = None,
        segments: Segments | None = None,
    ):
        if segments is not None and bidirectional:
            raise ValueError(
                "segments must be left out if bidirectional: the reverse direction has no segment"
            )
        super().__init__()
        self.recurrent = make_layers(cell)(
            input_size,
            hidden_size,
            num_layers,
            bidirectional=bidirectional,
            dropout=dropout,
            batch_first=True,
            **projected(cell, hidden_size, projection),
        )
        self.head = nn.Linear((projection or hidden_size) * (2 if bidirectional else 1), output_size)
        self.every_step = every_step
        self.segments = segments

    def forward(self, inputs: Sequences) -> Sequences:
        """Answers at the last step or at every step.

        Parameters
        ----------
        inputs : Tensor, shape (batch, time, input), or PackedSequence
            Packed sequences may have different lengths and come in any order.

        Returns
        -------
        Tensor, shape (batch, output), or with ``every_step`` (batch, time, output)
            In the order of the batch.  For packed inputs and ``every_step`` a PackedSequence, packed like
            the inputs.
        """
        if self.segments is None:
            states, final = self.recurrent(inputs)
        else:
            states, final = self.segments.read(self.recurrent, inputs)
        if not self.every_step:
            answer: Tensor = self.head(self._ends(final))
            return answer
        if isinstance(states, PackedSequence):
            return states._replace(data=self.head(states.data))
        answers: Tensor = self.head(states)
        return answers

    def _ends(self, final: Tensor | tuple[Tensor, Tensor]) -> Tensor:
        """Final states of the directions of the last layer, (batch, direction * state)."""
        h_n = final[0] if isinstance(final, tuple) else final  # (layer * direction, batch, state)
        directions = 2 if self.recurrent.bidirectional else 1
        return h_n[-directions:].transpose(0, 1).flatten(1)
