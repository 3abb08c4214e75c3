"""How a member of the population is built and trained: everything that its code says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setup:
    """A model, its task and its training; a fault of the code is another value of a field.

    Attributes
    ----------
    assignment : str
        A key of `ASSIGNMENTS`.
    length : int
        Time steps of a sequence, the longest if they differ.
    ragged : bool
        Whether the sequences of a batch differ in length, and are packed.
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    layers, directions, hidden : int
    way : {"fused", "steps", "cells"}
        One call for a whole sequence, one call of a layer for each time step, or cells in a loop.
    style : {"plain", "nested", "dict"}
        Where the modules are in the model, and what they are called.
    start : str
        How the recurrent weights begin: a key of `STARTS`.
    seed : int
    axes : str
        ``"transpose"``: a layer with the time first gets a transposed input. ``"view"``: it gets a view of
        the same sizes instead. ``"swapped"``: it gets an input with the batch first, as it is.
    reads : str
        Which output or state the head reads: ``"last_step"``, ``"first_step"`` or ``"every_step"`` of the
        outputs; of the states ``"end_states"``, those of the last layer, or by their place in PyTorch's
        h_n ``"first_layer"``, ``"last_state"`` or ``"first_two_states"``.
    unpacked : bool
        Whether packed outputs are padded again, and read at the last step.
    detach_every : int or None
        Time steps after which the state is detached.
    by_data : bool
        Whether it is detached by ``state.data``.
    hands_on : bool
        Whether the next call gets the state of the one before.
    state_dropout : float
        Dropout of the state between two time steps.
    decodes : bool
        Whether a second layer of the same kind goes on from the state of the first.
    bridge_detached : bool
        Whether it gets that state without its gradient.
    embeds : bool
        Whether a linear layer stands before the recurrent one.
    embedding_zero : bool
        Whether that layer is zero and frozen.
    squashed : bool
        Whether the output goes through a softmax, or a sigmoid if it is one number.
    flat_target : bool
        Whether targets (batch, 1) are given as (batch,).
    window : int or None
        How many of the last time steps of a sequence the model gets.
    rows_read : float
        The part of the batch that the loss reads.
    loss_factor : float
    optimizer : {"adam", "sgd"}
    learning_rate : float
    clip : float or None
        Largest norm of the gradient.
    zeroes_grad : bool
    steps, batch : int
    """

    assignment: str
    length: int
    cell: str
    steps: int
    ragged: bool = False
    layers: int = 1
    directions: int = 1
    hidden: int = 24
    way: str = "fused"
    style: str = "plain"
    start: str = "default"
    seed: int = 0
    axes: str = "batch_first"
    reads: str = "last_step"
    unpacked: bool = False
    detach_every: int | None = None
    by_data: bool = False
    hands_on: bool = True
    state_dropout: float = 0.0
    decodes: bool = False
    bridge_detached: bool = False
    embeds: bool = False
    embedding_zero: bool = False
    squashed: bool = False
    flat_target: bool = False
    window: int | None = None
    rows_read: float = 1.0
    loss_factor: float = 1.0
    optimizer: str = "adam"
    learning_rate: float = 1e-2
    clip: float | None = None
    zeroes_grad: bool = True
    batch: int = 32
