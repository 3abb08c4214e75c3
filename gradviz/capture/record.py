"""`gradviz.record`: record a model while it trains."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn
from torch.optim import Optimizer

from gradviz.arguments import check_one_of, check_whole_number
from gradviz.capture.check_optimizer import check_optimizer
from gradviz.capture.chosen_modules import ChosenModules
from gradviz.capture.open_sink import Open, OpenSink, sink_opener
from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.capture.schedule import Schedule, as_schedule
from gradviz.capture.step_log import Log, StepLog
from gradviz.capture.tape import Tape
from gradviz.recording.sink import RecordingSink
from gradviz.recording.storage import Storage
from gradviz.vocabulary import FORWARD_ONLY, FULL, NORMS

DETAILS_WITH_GRADIENT = (NORMS, FULL)  # those of an experiment, whose figures and claims are about gradients
DETAILS = (*DETAILS_WITH_GRADIENT, FORWARD_ONLY)


def record(
    model: nn.Module,
    *,
    every: int | Schedule = 1,
    samples: int | None = 16,
    detail: str = "norms",
    path: str | os.PathLike[str] | Storage | None = None,
    modules: str | Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    optimizer: Optimizer | None = None,
    log: Log | None = None,
) -> Tape:
    """Record the total gradient at every state and gate of the recurrent modules of a model.

    Parameters
    ----------
    model : nn.Module
        Any model that calls an ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU``, on whole sequences, pieces or single
        steps, or an ``nn.RNNCell``, ``nn.LSTMCell`` or ``nn.GRUCell`` in a loop.  The states of a recurrence
        written by hand are given to ``tape.observe``.  The model is not changed; on the CPU its training is
        bit-identical to one without recording.
    every : int or callable ``step -> bool``
        Which training steps are recorded, for example ``gv.logspaced(0, 1000, 50)``.  ``tape.step`` counts
        them.
    samples : int or None
        How many sequences of each batch are recorded, evenly spaced, with the first and the
        last; None for all.
    detail : {"norms", "full", "forward"}
        ``"full"`` also keeps signed gradients, gates and states of every unit.  ``"forward"`` keeps gates and
        states of every unit and no gradients, of all passes, also under ``torch.no_grad``; no backward pass
        is needed.
    path : path-like or Storage, optional
        A folder that is written during the recording and does not contain one yet, or `gradviz.storage`,
        which can also go on with one; without it the recording stays in memory.  Each process of a
        distributed training writes a folder ``rank-N`` in it; `gradviz.load` joins them.
    modules : str or sequence of str, optional
        Names of the recurrent modules to record, or shell patterns such as ``"decoder.*"``; all by default.
        The others run natively.  States given to ``tape.observe`` are always recorded.
    metadata : mapping, optional
        Stored in the recording's attributes; not together with `gradviz.storage`, which takes it too.
    optimizer : torch.optim.Optimizer, optional
        The one that trains the model.  At recorded steps its own step hooks give, over its parameters that
        belong to the model: ``grad_norm``, the norm of their ``.grad`` after the last backward pass before
        the optimizer's step, and ``grad_norm_clipped``, that which it used; ``update_ratio``, ‖Δw‖ / ‖w‖
        (infinite or NaN if all weights were 0); ``parameters_not_zeroed``, how many still held the gradient
        that an earlier optimizer step had used when a backward pass added to it (their names are in the
        attribute ``names_not_zeroed``); ``parameters_not_in_optimizer``, how many of the model's other
        parameters get a gradient and have never changed (``names_not_in_optimizer``).  Of several optimizer
        steps in a training step the last one counts.
        The hooks are taken back at the end.
    log : callable ``(dict of str to float, step=int) -> anything``, optional
        Called by ``tape.step`` at recorded steps with ``tape.summary()`` and the number of the step:
        ``wandb.log`` (after ``wandb.init()``), ``mlflow.log_metrics``, ``logger.log_metrics`` of a Lightning
        logger and ``run.track`` of Aim work as they are; `gradviz.tensorboard_log` makes one for TensorBoard.
        If it raises an exception, the training goes on, with one warning.

    Returns
    -------
    Tape
        A context manager.  End each training iteration with ``tape.step(loss)``; read ``tape.dataset``,
        ``tape["name"]`` for one of several modules, or ``tape.tree``.

    Raises
    ------
    CannotWatch
        If the model is not an ``nn.Module``, or is scripted.  The tape raises it if the model has no
        recurrent module and nothing was given to ``tape.observe``.
    FileExistsError
        If ``path`` is a file or already contains a recording, of one process or of several.
    BadRecording
        If the recording to go on with is damaged, or another one.
    UnknownName
        If a name or pattern of ``modules`` fits no recurrent module, or there is no such ``detail``.
    ValueError, TypeError
        For an option outside of its range; an optimizer that holds none of the model's parameters, or is
        not a ``torch.optim.Optimizer``; a ``log`` that does not take a dict and ``step=``.

    Notes
    -----
    What is recorded is sequences, each with one time axis, however many calls made it.  A call continues an
    earlier call of its module if its incoming state was computed from the state that the earlier one
    returned.  So a cell in a loop, ``nn.GRU`` called step by step and a sequence read in pieces are recorded
    like one call with the whole input.  What the loop does to a state in between (dropout, a mask, ``where``,
    a layer norm) is part of the recurrence; ``log10_grad_state`` then is the total gradient at the state that
    was handed on.

    A detached state continues its sequence too: ``cut`` is 1 at the step that received it, and no gradient
    comes back from there.  A mask of zero cuts the sequences that it sets to zero.

    Sequences that do not continue each other (a siamese pair, accumulated gradients) lie along the dim
    ``call``.  A state with two successors ends its sequence.  Sequences keep their place along ``sample``
    when the batch shrinks or grows, with NaN where they are not there.  Where rows of a batch cannot be
    followed, their sequences end with a warning.

    With ``detail="forward"`` there may be no graph to follow.  A call then continues an earlier one if it was
    given that one's last state itself, or row by row an equal one or zero.

    Each recorded step also has what the graph of its loss tells: ``softmax_before_log_softmax``,
    ``sigmoid_before_logits_loss`` and ``target_broadcast`` (an output (batch, 1) is compared with a target
    (batch,), so that all pairs are) are 1, 0, or NaN where the graph does not show it, as in a function of
    the user's own.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> lstm = torch.nn.LSTM(3, 8)
    >>> with gv.record(lstm) as tape:
    ...     output, _ = lstm(torch.randn(20, 5, 3))  # (time, batch, input)
    ...     output[-1].sum().backward()
    >>> tape.dataset["log10_grad_h"].dims
    ('step', 'layer', 'direction', 'time', 'sample')
    >>> dict(tape.dataset.sizes)["time"]
    20

    The same layer, called on one time step after the other, is one sequence too.

    >>> state = None
    >>> with gv.record(lstm) as tape:
    ...     for x in torch.randn(20, 5, 3).split(1):
    ...         output, state = lstm(x, state)
    ...     output.sum().backward()
    >>> dict(tape.dataset.sizes)["time"]
    20
    """
    return _tape(
        model,
        sink_opener(path, metadata),
        every=every,
        samples=samples,
        detail=detail,
        modules=modules,
        optimizer=optimizer,
        log=log,
    )


def record_into(
    sink: RecordingSink,
    model: nn.Module,
    *,
    every: int | Schedule = 1,
    samples: int | None = 16,
    detail: str = "norms",
    modules: str | Sequence[str] | None = None,
    first_step: int = 0,
    optimizer: Optimizer | None = None,
    log: Log | None = None,
) -> Tape:
    """Like `record`, but write to an existing sink, which stays open.

    Parameters
    ----------
    sink : RecordingSink
    model, every, samples, detail, modules, optimizer, log
        As in `record`.
    first_step : int
        Number of the training step that the first ``tape.step`` ends.

    Returns
    -------
    Tape
    """
    return _tape(
        model,
        lambda modules, detail: OpenSink(sink, first_step),
        every=every,
        samples=samples,
        detail=detail,
        modules=modules,
        closes_sink=False,
        optimizer=optimizer,
        log=log,
    )


def _tape(
    model: nn.Module,
    open_sink: Open,
    *,
    every: int | Schedule,
    samples: int | None,
    detail: str,
    modules: str | Sequence[str] | None,
    closes_sink: bool = True,
    optimizer: Optimizer | None = None,
    log: Log | None = None,
) -> Tape:
    """A tape; nothing is written to disk before all options have been checked."""
    chosen = ChosenModules(modules)
    every_module = recurrent_modules(model, chosen.includes)
    chosen.check(every_module)
    schedule = as_schedule(every)
    if samples is not None:
        check_whole_number("samples", samples, at_least=1, hint=", or None for all")
    check_one_of("detail", detail, DETAILS)
    if optimizer is not None:
        check_optimizer(model, optimizer)
    step_log = None if log is None else StepLog(log)
    sink, first_step, why_nothing = open_sink(chosen(every_module), detail)
    return Tape(
        model,
        sink,
        schedule=_never if why_nothing else schedule,
        samples=samples,
        detail=detail,
        chosen=chosen,
        closes_sink=closes_sink,
        first_step=first_step,
        optimizer=None if why_nothing else optimizer,
        log=None if why_nothing else step_log,
        why_nothing=why_nothing,
    )


def _never(step: int) -> bool:
    return False
