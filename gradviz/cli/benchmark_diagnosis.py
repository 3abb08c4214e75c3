"""``gradviz benchmark diagnosis``: measure the diagnosis on trainings whose fault is known."""

from __future__ import annotations

from pathlib import Path

import click

from gradviz.progress_bar import progress_bar


@click.command("diagnosis")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("gradviz-benchmark/diagnosis.jsonl"),
    show_default=True,
    help="File of results, one line for each member; members that it has are not run again.",
)
@click.option("--members", type=click.IntRange(1), default=640, show_default=True, help="Number of members.")
@click.option("--first", type=click.IntRange(0), default=0, show_default=True, help="First number.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--held-out", is_flag=True, help="Only the faults that no rule was chosen with.")
@click.option("--tries/--no-tries", default=True, show_default=True, help="Try the remedies.")
@click.option("--only", type=click.IntRange(0), help="Print everything about the member of this number.")
def diagnosis(
    *, output: Path, members: int, first: int, workers: int, held_out: bool, tries: bool, only: int | None
) -> None:
    """Measure how often the diagnosis names the fault of a training, and how often its remedy mends it.

    A member is a small training that learns its task. Half of the members get a fault; they are ill if they
    then no longer learn it. A stopped run goes on where it was; 640 members take about half an hour on
    one core.
    """
    from gradviz.benchmark.population.report import member_text, population_text
    from gradviz.benchmark.population.run import run_population

    if only is not None:
        click.echo(member_text(only, held_out=held_out))
        return
    with progress_bar(unit="member", at_once=True) as bar:
        lines = run_population(
            output,
            range(first, first + members),
            held_out=held_out,
            tries=tries,
            workers=workers,
            on_member=lambda line: bar.update(),
        )
    click.echo(population_text(lines))
