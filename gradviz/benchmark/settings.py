"""Settings of the benchmark: what is measured, on what, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradviz.arguments import check_one_of, check_whole_number
from gradviz.models.layers import LAYERS

LIMIT_LENGTH = 100  # time steps at which the limits apply
DEFAULT_LENGTHS = (25, 50, LIMIT_LENGTH, 200, 400, 800, 1600, 3200)
DEFAULT_CELLS = ("rnn", "lstm", "gru")


@dataclass(frozen=True)
class Settings:
    """Settings of the benchmark.

    Parameters
    ----------
    cells : sequence of str
        Names of cells: ``"rnn"``, ``"rnn_relu"``, ``"lstm"``, ``"gru"``.
    lengths : sequence of int
        Time steps of the sequences.
    pairs : int
        Number of pairs of a native and a measured run.  Where a limit applies, all of them are run.
    seconds : float
        Where no limit applies, a case stops after this time, but not before a few pairs are done.
    threads : int
        Threads of PyTorch on the CPU.
    device : {"cpu", "cuda"}
    hidden_size, input_size, batch_size : int

    Raises
    ------
    UnknownName
        If there is no such cell.
    ValueError
        If another setting is not valid.
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
        """Whether the limits apply: they are stated for the default sizes and number of threads."""
        default = Settings()
        sizes = ("hidden_size", "batch_size", *(("threads",) if self.device == "cpu" else ()))
        return all(getattr(self, name) == getattr(default, name) for name in sizes)
