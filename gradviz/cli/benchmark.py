"""``gradviz benchmark``: measure the cost of recording on this machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.cli.benchmark_commands import commands
from gradviz.cli.benchmark_diagnosis import diagnosis
from gradviz.cli.benchmark_page import page_again
from gradviz.cli.named_choice import NamedChoice
from gradviz.progress_bar import progress_bar

if TYPE_CHECKING:
    from gradviz.benchmark.measurement import Measurement
    from gradviz.benchmark.others import Comparison
    from gradviz.benchmark.peak_memory import Memory
    from gradviz.benchmark.row import Row
    from gradviz.benchmark.settings import Settings

_MEMORY_CELL = "lstm"


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    parts = (part.strip() for value in values for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _lengths(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[int, ...]:
    parts = _names(context, parameter, values)
    if not values:
        return ()
    if not parts or not all(part.isdecimal() and int(part) > 0 for part in parts):
        given = ",".join(values)
        raise click.BadParameter(f"{given!r}: must be whole numbers of at least 1, as in 100,200,400")
    return tuple(int(part) for part in parts)


@click.group("benchmark", invoke_without_command=True)
@click.pass_context
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("gradviz-benchmark"),
    show_default=True,
    help="Folder for the CSV files and pictures; those of an earlier benchmark are replaced.",
)
@click.option(
    "--lengths",
    multiple=True,
    show_default="100,400; with --full 25 to 3200",
    callback=_lengths,
    help="Numbers of time steps, separated by commas; limits are stated from 100 on.",
)
@click.option(
    "--cells",
    multiple=True,
    default=["rnn,lstm,gru"],
    show_default=True,
    callback=_names,
    help="Cells, separated by commas or given by several options.",
)
@click.option("--units", type=click.IntRange(1), default=128, show_default=True, help="Hidden units.")
@click.option(
    "--pairs",
    type=click.IntRange(1),
    default=15,
    show_default=True,
    help="Number of paired runs, native and other.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0),
    default=3.0,
    show_default=True,
    help="Time for a measurement without a stated limit; it then takes fewer pairs, but at least 3.",
)
@click.option("--full", is_flag=True, help="Also what takes minutes: all sizes, whole commands, 300 MB.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Page to write the tables to; results and two pictures go beside it.",
)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="CPU threads.")
@click.option(
    "--device",
    type=NamedChoice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="Device to measure.",
)
def command(
    context: click.Context,
    *,
    output: Path,
    lengths: tuple[int, ...],
    cells: tuple[str, ...],
    units: int,
    pairs: int,
    seconds: float,
    full: bool,
    page: Path | None,
    threads: int,
    device: str,
) -> None:
    """Measure what gradviz costs on this machine, beside its limits and beside other ways.

    Times a training step, native and recorded in turn, and other ways to the gradients and to the norms of
    step Jacobians; then the memory, small layers, every measure and a large heatmap. --full adds longer
    sequences, other sizes and forms of the network, a recording of 300 MB, and whole commands.

    Prints tables of milliseconds, ratios and limits, and writes CSV files and pictures. Takes about three
    minutes on two idle cores, 25 with --full. Limits are stated for a CPU and for 128 units and above;
    elsewhere only the training steps and their memory are measured.
    """
    if context.invoked_subcommand is not None:
        return
    import torch

    from gradviz.benchmark.page import read_page
    from gradviz.benchmark.settings import DEFAULT_LENGTHS, FULL_LENGTHS, Settings

    if not cells:
        raise click.BadParameter("give at least one cell, as in rnn,lstm", param_hint="'--cells'")
    if device == "cuda" and not torch.cuda.is_available():
        raise click.BadParameter(
            "PyTorch finds no CUDA device on this machine; use --device cpu", param_hint="'--device'"
        )
    settings = Settings(
        cells=cells,
        lengths=lengths or (FULL_LENGTHS if full else DEFAULT_LENGTHS),
        pairs=pairs,
        seconds=seconds,
        threads=threads,
        device=device,
        hidden_size=units,
    )
    if page is not None:
        if not (settings.limits_apply and device == "cpu"):
            raise click.BadParameter(
                "a page is of 128 units or more on one or two threads of a CPU", param_hint="'--page'"
            )
        read_page(page)
    began = time.monotonic()
    output.mkdir(parents=True, exist_ok=True)
    measurements, memories = _measure(settings, output)
    _print(measurements, memories, settings)
    if settings.limits_apply and device == "cpu":
        rows, comparisons = _measure_more(measurements, memories, settings, full=full)
        _print_limits(rows, full=full)
        if page is not None:
            taken = time.monotonic() - began
            for path in _write_page(page, (rows, measurements, comparisons), settings, taken):
                click.echo(path)
    for path in _write(output, measurements, memories, settings):
        click.echo(path)


command.add_command(commands)
command.add_command(diagnosis)
command.add_command(page_again)


def _measure(settings: Settings, output: Path) -> tuple[list[Measurement], list[Memory]]:
    """Measure everything; the times so far are always on disk, in case of an interrupt."""
    from gradviz.benchmark.csv_files import write_times
    from gradviz.benchmark.measurement import measure, plan
    from gradviz.benchmark.peak_memory import measure_memory

    total = len(plan(settings)) + len(set(settings.lengths))
    with progress_bar(total, unit="case", at_once=True) as bar:

        def keep(found: list[Measurement]) -> None:
            write_times(output / "times.csv", found, settings)
            bar.update()

        times = measure(settings, on_begin=bar.set_description, on_end=keep)
        return times, measure_memory(settings, _MEMORY_CELL, on_begin=bar.set_description, on_end=bar.update)


def _print(measurements: list[Measurement], memories: list[Memory], settings: Settings) -> None:
    from gradviz.benchmark.benchmark_table import memory_table, time_table

    click.echo(time_table(measurements, settings))
    click.echo()
    click.echo(memory_table(memories))
    click.echo()


def _measure_more(
    measurements: list[Measurement], memories: list[Memory], settings: Settings, *, full: bool
) -> tuple[list[Row], list[Comparison]]:
    """The rows of the table of limits, and the other ways; their measurements are added to the list."""
    from gradviz.benchmark.all_limits import more_rows
    from gradviz.benchmark.others import compare_ways
    from gradviz.benchmark.step_rows import rows_of_measurements, rows_of_memory

    rows = [*rows_of_measurements(measurements), *rows_of_memory(memories)]
    comparisons = []
    with progress_bar(unit="row", at_once=True) as bar:
        for one in compare_ways(settings, on_begin=bar.set_description):
            comparisons.append(one)
            bar.update()
        for row in more_rows(settings, full=full, on_begin=bar.set_description):
            rows.append(row)
            bar.update()
    return rows, comparisons


def _print_limits(rows: list[Row], *, full: bool) -> None:
    from gradviz.benchmark.all_limits import ONLY_FULL
    from gradviz.benchmark.row import limits_text

    click.echo(limits_text(rows))
    if not full:
        click.echo(f"Only with --full: {ONLY_FULL}.")
    click.echo()


def _write_page(
    page: Path,
    found: tuple[list[Row], list[Measurement], list[Comparison]],
    settings: Settings,
    seconds: float,
) -> list[Path]:
    from gradviz.benchmark.kept_results import Results
    from gradviz.benchmark.machine import machine
    from gradviz.benchmark.write_page import write_page

    rows, measurements, comparisons = found
    timed = [one.measurement for one in comparisons if one.measurement is not None]
    sizes = {"units": settings.hidden_size, "batch": settings.batch_size, "threads": settings.threads}
    results = Results(rows, [*measurements, *timed], comparisons, sizes, machine(), seconds)
    return write_page(page, results)


def _write(
    output: Path, measurements: list[Measurement], memories: list[Memory], settings: Settings
) -> list[Path]:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from gradviz.benchmark.csv_files import write_memory
    from gradviz.benchmark.memory_picture import figure_memory
    from gradviz.benchmark.picture import figure_times
    from gradviz.plots.drawing.style import use_style
    from gradviz.plots.drawing.write_figure import write_figure

    mpl.use("agg")
    write_memory(output / "memory.csv", memories, settings)
    with use_style("slides"):
        for name, figure in (("times", figure_times(measurements)), ("memory", figure_memory(memories))):
            write_figure(figure, output / f"{name}.png")
            plt.close(figure)
    return [output / name for name in ("times.csv", "memory.csv", "times.png", "memory.png")]
