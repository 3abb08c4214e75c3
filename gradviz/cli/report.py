"""``gradviz report``: the interactive page of one or several runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.errors import GradvizError

if TYPE_CHECKING:
    import xarray as xr


@click.command("report")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("page.html"),
    show_default=True,
    help="The page: one file that needs no network.",
)
def command(*, runs: tuple[Path, ...], output: Path) -> int:
    """Write the page of RUN, a run's folder or a recording, or of several, and print its path.

    What the diagnosis found stands at the top; a slider over the training steps drives everything below it.
    Of several runs, one that cannot be read is left out and named, and the exit code is 1.
    """
    from gradviz.cli.page_folder import check_folder_of
    from gradviz.report.page.html_page import require_bokeh, write_page

    require_bokeh()
    check_folder_of(output)
    from gradviz.cli.plotted_runs import names_of
    from gradviz.report.data.compare import page_data
    from gradviz.report.run.run_page import run_page
    from gradviz.runs.find_runs import find_runs

    paths = find_runs(runs)
    trees = _readable(paths)
    names = names_of(trees)
    found = dict(zip(names, trees.values(), strict=True))
    readings = _readings(dict(zip(names, (paths[label] for label in trees), strict=True)), found)
    write_page(run_page(page_data(found, readings=readings)), output)
    click.echo(output)
    return 0 if len(trees) == len(paths) else 1


def _readable(paths: Mapping[str, Path]) -> dict[str, xr.DataTree]:
    """The recordings; each that cannot be read is named, and the last error is raised if none can be."""
    from gradviz.recording.load import load

    trees: dict[str, xr.DataTree] = {}
    failed: list[Exception] = []
    for label, path in paths.items():
        try:
            trees[label] = load(path)
        except (GradvizError, OSError) as error:
            failed.append(error)
    if not trees:
        raise failed[-1]
    for reason in failed:
        click.echo(f"gradviz: left out: {reason}", err=True)
    return trees


def _readings(paths: Mapping[str, Path], trees: Mapping[str, xr.DataTree]) -> dict[str, xr.DataTree]:
    """What the trained model of each character run has in it while it reads its own text."""
    from gradviz.cli.plotted_runs import reads_text

    chosen = [name for name, tree in trees.items() if reads_text(paths[name], tree)]
    if not chosen:
        return {}
    from gradviz.experiment.run.read_text import read_text

    readings = {}
    for name in chosen:
        try:
            readings[name] = read_text(paths[name])
        except (GradvizError, OSError) as error:
            click.echo(f"gradviz: {name}: no text on the page: {error}", err=True)
    return readings
