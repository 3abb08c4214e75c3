"""``gradviz benchmark``: measure the cost of recording on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.cli.benchmark_commands import commands
from gradviz.cli.benchmark_diagnosis import diagnosis

if TYPE_CHECKING:
    from gradviz.benchmark.measurement import Measurement
    from gradviz.benchmark.peak_memory import Memory
    from gradviz.benchmark.settings import Settings

_MEMORY_CELL = "lstm"


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    parts = (part.strip() for value in values for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _lengths(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[int, ...]:
    parts = _names(context, parameter, values)
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
    default=["25,50,100,200,400,800,1600,3200"],
    show_default=True,
    callback=_lengths,
    help="Numbers of time steps, separated by commas; limits are stated for 100.",
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
    default=10.0,
    show_default=True,
    help="Time for a measurement without a stated limit; it then takes fewer pairs, but at least 3.",
)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="CPU threads.")
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
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
    threads: int,
    device: str,
) -> None:
    """Measure the time and the memory of a recorded training step, relative to the native step.

    Also times other ways to obtain the gradients, and the norms of step Jacobians against autograd.

    Prints a table of milliseconds, ratios and limits, and writes the same numbers as CSV files and as
    pictures. Takes about a quarter of an hour on an idle machine; with --lengths 100, a few minutes.
    """
    if context.invoked_subcommand is not None:
        return
    import torch

    from gradviz.benchmark.settings import Settings

    if not cells:
        raise click.BadParameter("give at least one cell, as in rnn,lstm", param_hint="'--cells'")
    if device == "cuda" and not torch.cuda.is_available():
        raise click.BadParameter(
            "PyTorch finds no CUDA device on this machine; use --device cpu", param_hint="'--device'"
        )
    settings = Settings(
        cells=cells,
        lengths=lengths,
        pairs=pairs,
        seconds=seconds,
        threads=threads,
        device=device,
        hidden_size=units,
    )
    output.mkdir(parents=True, exist_ok=True)
    measurements, memories = _measure(settings, output)
    _print(measurements, memories, settings)
    for path in _write(output, measurements, memories, settings):
        click.echo(path)


command.add_command(commands)
command.add_command(diagnosis)


def _measure(settings: Settings, output: Path) -> tuple[list[Measurement], list[Memory]]:
    """Measure everything; the times so far are always on disk, in case of an interrupt."""
    from tqdm import tqdm

    from gradviz.benchmark.csv_files import write_times
    from gradviz.benchmark.measurement import measure, plan
    from gradviz.benchmark.peak_memory import measure_memory

    total = len(plan(settings)) + len(set(settings.lengths))
    with tqdm(total=total, unit="case", disable=None) as bar:

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
