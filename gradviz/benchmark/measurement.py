"""Measurement of every case on every cell at every length."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import torch

from gradviz.benchmark.cases import CASES, Case
from gradviz.benchmark.settings import LIMIT_LENGTH, Settings
from gradviz.benchmark.steps import Step, make_workload
from gradviz.benchmark.timing import Quartiles, quartiles, ratios, ratios_to_floor, time_pairs


@dataclass(frozen=True)
class Measurement:
    """Cost of one case on one cell at one length.

    Attributes
    ----------
    case : str
        A key of the table of cases.
    cell : str
    length : int
        Time steps.
    pairs : int
        Number of pairs from which the quartiles are computed.
    native_ms, measured_ms : Quartiles
        Milliseconds per training step.
    ratio : Quartiles
        Quartiles of the ratios of the pairs.
    limit : float or None
        Largest allowed median ratio: of `to_floor`, or of `ratio` if there is no floor.
    floor_ms, to_floor : Quartiles or None
        Milliseconds of what the step cannot do without beside the native step, and quartiles of the ratios of
        the measured to the native step and the floor together.
    """

    case: str
    cell: str
    length: int
    pairs: int
    native_ms: Quartiles
    measured_ms: Quartiles
    ratio: Quartiles
    limit: float | None
    floor_ms: Quartiles | None = None
    to_floor: Quartiles | None = None

    @property
    def limited(self) -> Quartiles:
        """The ratios to which the limit applies."""
        return self.ratio if self.to_floor is None else self.to_floor

    @property
    def limit_to_native(self) -> float | None:
        """The limit as a multiple of the native step."""
        if self.limit is None or self.floor_ms is None:
            return self.limit
        return self.limit * (1 + self.floor_ms.median / self.native_ms.median)


def plan(settings: Settings, cases: Mapping[str, Case] = CASES) -> list[tuple[str, str, int]]:
    """All measurements to make, as (case, cell, length), the short sequences first."""
    return [
        (name, cell, length)
        for length in sorted(set(settings.lengths))
        for cell in settings.cells
        for name, case in cases.items()
        if case.covers(length)
    ]


def measure(
    settings: Settings,
    *,
    cases: Mapping[str, Case] = CASES,
    on_begin: Callable[[str], object] = lambda what: None,
    on_end: Callable[[list[Measurement]], object] = lambda found: None,
) -> list[Measurement]:
    """Time all planned cases; afterwards the number of threads of PyTorch is restored.

    Parameters
    ----------
    settings : Settings
    cases : mapping of name to Case
    on_begin, on_end : callable
        Called before each measurement with its description, and after it with all measurements so far.

    Returns
    -------
    list of Measurement
        In the order of `plan`.
    """
    found: list[Measurement] = []
    with torch_threads(settings.threads):
        for name, cell, length in plan(settings, cases):
            on_begin(f"{cell}, {length} time steps: {cases[name].title}")
            found.append(measure_one(name, cases[name], cell, length, settings))
            on_end(found)
    return found


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Set the number of threads of PyTorch inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def measure_one(name: str, case: Case, cell: str, length: int, settings: Settings) -> Measurement:
    """Time one case on one cell at one length, with the threads that PyTorch has.

    Parameters
    ----------
    name : str
        Of the case.
    case : Case
    cell : str
    length : int
        Time steps.
    settings : Settings

    Returns
    -------
    Measurement
    """
    workload = make_workload(cell, length, settings)
    limit = case.limit(length, settings)
    all_pairs = limit is not None and length == LIMIT_LENGTH
    with ExitStack() as opened:
        native = opened.enter_context(case.native(workload.copy()))
        measured = opened.enter_context(case.measured(workload.copy()))
        floor = None
        if case.floor is not None and settings.device == "cpu":
            floor = opened.enter_context(case.floor(workload.copy()))
        times = time_pairs(
            _repeated(native, case.steps_per_run),
            _repeated(measured, case.steps_per_run),
            floor=floor and _repeated(floor, case.steps_per_run),
            pairs=case.pairs(settings),
            seconds=math.inf if all_pairs else settings.seconds,
            synchronize=torch.cuda.synchronize if settings.device == "cuda" else lambda: None,
        )
    to_ms = 1000 / case.steps_per_run
    return Measurement(
        case=name,
        cell=cell,
        length=length,
        pairs=len(times.native),
        native_ms=quartiles([seconds * to_ms for seconds in times.native]),
        measured_ms=quartiles([seconds * to_ms for seconds in times.measured]),
        ratio=quartiles(ratios(times)),
        limit=limit,
        floor_ms=quartiles([seconds * to_ms for seconds in times.floor]) if times.floor else None,
        to_floor=quartiles(ratios_to_floor(times)) if times.floor else None,
    )


def _repeated(step: Step, count: int) -> Step:
    def stretch() -> None:
        for _ in range(count):
            step()

    return step if count == 1 else stretch
