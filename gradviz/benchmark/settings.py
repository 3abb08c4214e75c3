"""Settings of the benchmark: what is measured, on what, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradviz.arguments import check_one_of, check_whole_number
from gradviz.models.layers import LAYERS

LIMIT_LENGTH = 100  # time steps from which on the limits apply; there they are measured with all pairs
DEFAULT_LENGTHS = (LIMIT_LENGTH, 400)
FULL_LENGTHS = (25, 50, LIMIT_LENGTH, 200, 400, 800, 1600, 3200)
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
        Number of pairs of a native and a measured run.  All of them are run at `LIMIT_LENGTH` time steps if
        a limit applies.
    seconds : float
        Elsewhere a case stops after this time, but not before a few pairs are done.
    threads : int
        Threads of PyTorch on the CPU.
    device : {"cpu", "cuda"}
    hidden_size, input_size, batch_size, num_layers : int

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
    seconds: float = 3.0
    threads: int = 2
    device: str = "cpu"
    hidden_size: int = 128
    input_size: int = 10
    batch_size: int = 64
    num_layers: int = 1

    def __post_init__(self) -> None:
        if not self.cells or not self.lengths:
            raise ValueError("nothing to measure: give at least one cell and one length")
        for cell in self.cells:
            check_one_of("cell", cell, LAYERS)
        for length in self.lengths:
            check_whole_number("length", length, at_least=1)
        for name in ("pairs", "threads", "hidden_size", "batch_size", "num_layers"):
            check_whole_number(name, getattr(self, name), at_least=1)

    @property
    def limits_apply(self) -> bool:
        """Whether the limits apply: for the default sizes and above, on one or two threads of a CPU."""
        default = Settings()
        sizes = ("hidden_size", "batch_size")
        few_threads = self.device != "cpu" or self.threads <= default.threads
        return few_threads and all(getattr(self, name) >= getattr(default, name) for name in sizes)
