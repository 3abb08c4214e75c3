"""One object for each cell, with everything that the rest of the package needs to know about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor, nn

from gradviz.cell_descriptions import CELLS, CellDescription
from gradviz.cells.layout import CellReplay, LayerReplay, Sequences, Weights
from gradviz.cells.workspace import Workspace


@dataclass(frozen=True)
class CellSpec:
    """A recurrent cell of PyTorch, and gradviz's equations for it.

    Parameters
    ----------
    name : str
        Its key in ``cell_descriptions.CELLS``, where its gates are described.
    replay : callable
        Makes, from sequences, weights and a workspace, the cell's states and adjoint recursion: a
        `CellReplay`, or if there is a ``layer`` a `LayerReplay`.
    step_function : callable
        The function that one time step calls, for example ``torch.lstm_cell``: ``(x, state, *weights)``.
        gradviz intercepts it, so it must be a function of PyTorch, or one that supports
        ``__torch_function__``.
    layer_function : callable, optional
        The fused function over a whole sequence, for example ``torch.lstm``.
    layer : callable, optional
        Makes the module that calls ``layer_function``, from the same arguments as ``nn.LSTM``.
    cell : callable, optional
        Makes the module that calls ``step_function``, from the same arguments as ``nn.LSTMCell``.
    mode : str, optional
        Value of the layer's attribute ``mode``.
    weights : callable, optional
        Makes named weights from the weights that ``step_function`` is given, in their order.
    """

    name: str
    replay: Callable[[Sequences, Weights, Workspace], CellReplay]
    step_function: Callable[..., Any]
    layer_function: Callable[..., Any] | None = None
    layer: Callable[..., nn.RNNBase] | None = None
    cell: Callable[..., nn.RNNCellBase] | None = None
    mode: str | None = None
    weights: Callable[..., Weights] = Weights

    @property
    def description(self) -> CellDescription:
        return CELLS[self.name]

    @property
    def has_cell_state(self) -> bool:
        return self.description.has_cell_state

    def replay_layer(self, sequences: Sequences, weights: Weights, workspace: Workspace) -> LayerReplay:
        """The replay of a cell that has a layer.

        Raises
        ------
        ValueError
            If it has none.
        """
        if self.layer is None:
            raise ValueError(f"the cell {self.name!r} has no layer, only single steps")
        return cast("LayerReplay", self.replay(sequences, weights, workspace))

    def split_state(self, state: Any) -> tuple[Tensor, ...]:
        """The state as PyTorch's functions take and return it, as a tuple: ``(h,)``, or ``(h, c)``."""
        return tuple(state) if self.has_cell_state else (state,)

    def join_state(self, state: tuple[Tensor, ...]) -> Any:
        """The tuple as PyTorch's functions take and return it."""
        return state if self.has_cell_state else state[0]
