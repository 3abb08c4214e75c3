"""Times other ways to the same numbers, after a look whether they are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from torch import Tensor

from gradviz.benchmark.measurement import Measurement, measure_one, torch_threads
from gradviz.benchmark.other_ways import (
    CLOSE_ENOUGH,
    JACOBIAN_WAYS,
    OTHER_CASES,
    WAYS,
    DifferentNumbers,
    Way,
)
from gradviz.benchmark.settings import LIMIT_LENGTH, Settings
from gradviz.benchmark.steps import make_workload

ALL_WAYS = {**WAYS, **JACOBIAN_WAYS}


class Comparison(NamedTuple):
    """Another way on one cell.

    Attributes
    ----------
    way, cell : str
    difference : float or None
        The largest from what is right, relative to the largest number; None if nothing was compared.
    reason : str or None
        Why it was not measured.
    measurement : Measurement or None
        Its time, unless it is measured with the other cases.
    """

    way: str
    cell: str
    difference: float | None = None
    reason: str | None = None
    measurement: Measurement | None = None


def compare_ways(
    settings: Settings,
    *,
    length: int = LIMIT_LENGTH,
    ways: Mapping[str, Way] = ALL_WAYS,
    on_begin: Callable[[str], object] = lambda _: None,
) -> Iterator[Comparison]:
    """Compare each way with what is right, and time those that are not among the cases of the benchmark.

    Parameters
    ----------
    settings : Settings
    length : int
        Time steps.
    ways : mapping of name to Way
    on_begin : callable
        Called with what is measured next.

    Yields
    ------
    Comparison

    Raises
    ------
    DifferentNumbers
        If a way gives other numbers.
    """
    for name, way in ways.items():
        for cell in settings.cells:
            on_begin(f"{cell}: {way.title}")
            reason = way.why_not(cell)
            if reason is not None:
                yield Comparison(name, cell, reason=reason)
                continue
            with torch_threads(settings.threads):
                difference = check_way(way, cell, length, settings)
                found = None
                if name in OTHER_CASES:
                    found = measure_one(name, way.case, cell, length, settings)
            yield Comparison(name, cell, difference, measurement=found)


def check_way(way: Way, cell: str, length: int, settings: Settings) -> float | None:
    """Compare the numbers of a way's first step with what is right.

    Parameters
    ----------
    way : Way
    cell : str
    length : int
        Time steps.
    settings : Settings

    Returns
    -------
    float or None
        The largest difference, relative to the largest number; None if nothing is compared.

    Raises
    ------
    DifferentNumbers
        If it is above `CLOSE_ENOUGH`.
    """
    if way.compare is None:
        return None
    workload = make_workload(cell, length, settings)
    with way.case.measured(workload.copy()) as step:
        numbers = step()
    assert isinstance(numbers, Tensor)
    difference = way.compare(numbers, workload)
    if not difference <= CLOSE_ENOUGH:
        raise DifferentNumbers(
            f"{way.title} on {cell}: the numbers differ by {difference:.2g} of the largest from what is "
            f"right, and {CLOSE_ENOUGH:g} is allowed"
        )
    return difference
