"""Calculates blocks of rows side by side: NumPy lets other threads run while it calculates."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

_MOST_THREADS = 4


def in_threads(calculate: Callable[[int], None], blocks: Sequence[int]) -> None:
    """Call a function for each block; one after the other if there is a single block or processor.

    Parameters
    ----------
    calculate : callable
        Takes a block and writes its result to a place of its own.
    blocks : sequence of int

    Raises
    ------
    Exception
        The first that a call has raised, in the order of the blocks.
    """
    threads = min(_MOST_THREADS, os.cpu_count() or 1, len(blocks))
    if threads < 2:
        for block in blocks:
            calculate(block)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(calculate, blocks):
            pass
