"""An LSTM whose hidden state is detached at random time steps (Kanuparthi et al. 2018, h-detach)."""

import torch
from torch import nn


class HDetachLSTM(nn.Module):
    """An LSTM and a linear read-out at every time step.

    At each time step of the training a Bernoulli number, the same for all sequences of the batch, decides
    whether the hidden state is detached before it enters the gates. The cell state is never detached. The
    outputs are those of the LSTM without it, and so is the gradient in evaluation mode.

    Parameters
    ----------
    input_size, hidden_size, output_size : int
    detach : float
        Probability with which the hidden state is detached at a time step, in [0, 1].
    """

    def __init__(self, input_size, hidden_size, output_size, detach):
        super().__init__()
        if not 0 <= detach <= 1:
            raise ValueError(f"detach is a probability and must be in [0, 1], not {detach}")
        self.cell = nn.LSTMCell(input_size, hidden_size)
        self.head = nn.Linear(hidden_size, output_size)
        self.detach = detach

    def forward(self, inputs):  # (batch, time, input_size) -> (batch, time, output_size)
        hidden = cell_state = inputs.new_zeros(len(inputs), self.cell.hidden_size)
        states = []
        for step in inputs.unbind(1):
            if self.training and self.detach and torch.rand(()) < self.detach:
                hidden = hidden.detach()
            hidden, cell_state = self.cell(step, (hidden, cell_state))
            states.append(hidden)
        return self.head(torch.stack(states, 1))


def make(task, hidden_size=64, detach=0.0):
    return HDetachLSTM(task.input_size, hidden_size, task.output_size, detach)
