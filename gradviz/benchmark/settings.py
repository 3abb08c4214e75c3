"""What is measured, on what, and for how long: one frozen table of settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradviz.arguments import check_one_of, check_whole_number
from gradviz.models.layers import LAYERS

LIMIT_LENGTH = 100  # time steps at which the package states its limits
DEFAULT_LENGTHS = (25, 50, LIMIT_LENGTH, 200, 400, 800, 1600, 3200)
DEFAULT_CELLS = ("rnn", "lstm", "gru")


@dataclass(frozen=True)
class Settings:
    """How to measure.

    Parameters
    ----------
    cells : sequence of str
        Keys of ``gradviz.models.layers.LAYERS``.
    lengths : sequence of int
        Time steps of the sequences.
    pairs : int
        Pairs of a native and a measured run; the fewest wherever a limit is stated.
    seconds : float
        Where no limit is stated, a case stops after this long, though never before a few pairs.
    threads : int
        Of PyTorch, on the CPU.
    device : {"cpu", "cuda"}
    hidden_size, input_size, batch_size : int

    Raises
    ------
    UnknownName
        For a cell that is not in the table.
    ValueError
        For any other setting that cannot be measured.
    """

    cells: Sequence[str] = DEFAULT_CELLS
    lengths: Sequence[int] = DEFAULT_LENGTHS
    pairs: int = 15
    seconds: float = 10.0
    threads: int = 2
    device: str = "cpu"
    hidden_size: int = 128
    input_size: int = 10
    batch_size: int = 64

    def __post_init__(self) -> None:
        if not self.cells or not self.lengths:
            raise ValueError("nothing to measure: give at least one cell and one length")
        for cell in self.cells:
            check_one_of("cell", cell, LAYERS)
        for length in self.lengths:
            check_whole_number("length", length, at_least=1)
        for name in ("pairs", "threads", "hidden_size", "batch_size"):
            check_whole_number(name, getattr(self, name), at_least=1)

    @property
    def limits_apply(self) -> bool:
        """Whether the package's limits are stated for a network of these sizes on these threads."""
        stated = Settings()
        sizes = ("hidden_size", "batch_size", *(("threads",) if self.device == "cpu" else ()))
        return all(getattr(self, name) == getattr(stated, name) for name in sizes)
