"""The same training step watched by other packages, which are imported only where they are installed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from gradviz.benchmark.forms import CellInLoop
from gradviz.benchmark.python_loop import norm_or_zero
from gradviz.benchmark.steps import Step, Workload

_CELL_CALLS = {"rnn": "rnn_tanh_cell", "rnn_relu": "rnn_relu_cell", "lstm": "lstm_cell", "gru": "gru_cell"}


@contextmanager
def with_torchlens(workload: Workload) -> Iterator[Step]:
    """The unrolled step traced by TorchLens, with all gradients; norms are computed afterwards.

    Yields
    ------
    callable
        Returns norms (time, batch), or (2 * time, batch) for an LSTM, where h and c alternate.
    """
    import torchlens

    model = CellInLoop(workload.model)
    optimizer = torch.optim.SGD(workload.model.parameters(), lr=1e-3)
    options = torchlens.options.CaptureOptions(save_grads=True, unwrap_when_done=True)
    call = _CELL_CALLS[workload.cell]

    def step() -> Tensor:
        optimizer.zero_grad()
        log = torchlens.trace(model, workload.inputs, capture=options)
        answer = log[log.output_layers[0]].out
        log.log_backward(nn.functional.mse_loss(answer, workload.targets))
        optimizer.step()
        states = [one for one in log.ops if one.func_name == call]
        return torch.stack([norm_or_zero(one.grad, one.out) for one in states])

    yield step


@contextmanager
def with_backpack(workload: Workload) -> Iterator[Step]:
    """The step of the native layer with BackPACK's ``BatchGrad``.

    Yields
    ------
    callable
        Returns the gradients of the recurrent weight, one for each sequence: (batch, gates * hidden, hidden).
    """
    from backpack import backpack, extend
    from backpack.custom_module.reduce_tuple import ReduceTuple
    from backpack.extensions import BatchGrad

    layer = workload.model.recurrent
    model = extend(nn.Sequential(layer, ReduceTuple(0), workload.model.head))
    loss_of = extend(nn.MSELoss())
    optimizer = torch.optim.SGD(workload.model.parameters(), lr=1e-3)

    def step() -> Tensor:
        optimizer.zero_grad()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that a hook fires though no input has a gradient
            with backpack(BatchGrad()):
                loss_of(model(workload.inputs), workload.targets).backward()
        optimizer.step()
        return torch.as_tensor(layer.weight_hh_l0.grad_batch)  # type: ignore[union-attr]

    yield step
