"""Runs the members that a file of results does not have yet, in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from gradviz.benchmark.population.member import ILL, run_member
from gradviz.benchmark.population.results import append_line, read_lines
from gradviz.experiment.sweep.quiet_tracker import start_quiet_tracker


def run_population(
    path: Path,
    numbers: Sequence[int],
    *,
    held_out: bool = False,
    tries: bool = True,
    workers: int = 1,
    on_member: Callable[[dict[str, Any]], None] = lambda line: None,
) -> list[dict[str, Any]]:
    """Run the members of these numbers that are not in the file, and add each as soon as it is done.

    An ill member whose remedies were not tried is run again if they are to be.

    Parameters
    ----------
    path : Path
        The file of results.
    numbers : sequence of int
    held_out, tries : bool
        As in `run_member`.
    workers : int
        Number of processes; each uses one thread.
    on_member : callable
        Called with the line of each member that was run.

    Returns
    -------
    list of dict
        The lines of all these numbers.

    Raises
    ------
    BadResults
        If the file holds something else.
    """
    known = (line for line in read_lines(path) if line["held_out"] == held_out)
    done = {line["number"] for line in known if not tries or _is_tried(line)}
    left = [number for number in numbers if number not in done]
    run = partial(run_member, held_out=held_out, tries=tries)

    def keep(line: dict[str, Any]) -> None:
        append_line(path, line)
        on_member(line)

    path.parent.mkdir(parents=True, exist_ok=True)
    if workers == 1:
        for number in left:
            keep(run(number))
    elif left:
        start_quiet_tracker()
        context = multiprocessing.get_context("spawn")
        with context.Pool(workers, initializer=_one_thread) as pool:
            for line in pool.imap_unordered(run, left):
                keep(line)
    wanted = set(numbers)
    return [line for line in read_lines(path) if line["held_out"] == held_out and line["number"] in wanted]


def _is_tried(line: dict[str, Any]) -> bool:
    """Whether its remedies were tried, if it is ill and could be diagnosed."""
    return line["group"] != ILL or "repairs" in line or "error" in line


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
