"""Everything that the table of limits has beside the timed cases of the benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gradviz.benchmark.command_rows import rows_of_commands
from gradviz.benchmark.command_times import time_commands
from gradviz.benchmark.large_recording import rows_of_large_recording
from gradviz.benchmark.measure_rows import row_of_heatmap, rows_of_measures
from gradviz.benchmark.row import Row
from gradviz.benchmark.settings import Settings
from gradviz.benchmark.step_rows import row_of_kept_bytes, rows_of_places, rows_of_small_layers

ONLY_FULL = (
    "other sizes, threads and forms of the network, a recording of 300 MB, whole commands and a sweep, and "
    "lengths up to 3,200"
)
_COMMAND_TIMES = 3


def more_rows(
    settings: Settings, *, full: bool, on_begin: Callable[[str], object] = lambda _: None
) -> Iterator[Row]:
    """Measure the rows of the table of limits that no case of the benchmark gives.

    Parameters
    ----------
    settings : Settings
    full : bool
        Also what takes minutes.
    on_begin : callable
        Called with what is measured next.

    Yields
    ------
    Row
    """
    yield from rows_of_small_layers(settings, on_begin=on_begin)
    if full:
        yield from rows_of_places(settings, on_begin=on_begin)
    yield row_of_kept_bytes(settings, max(settings.lengths))
    yield from rows_of_measures(on_begin=on_begin)
    on_begin("heatmap")
    yield row_of_heatmap()
    if full:
        yield from rows_of_large_recording(on_begin=on_begin)
        on_begin("commands")

        def after(name: str) -> None:
            on_begin(f"commands; {name} done")

        found, sweep = time_commands(times=_COMMAND_TIMES, on_end=after)
        yield from rows_of_commands(found, sweep)
