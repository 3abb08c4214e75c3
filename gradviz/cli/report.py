"""``gradviz report``: the interactive page of one or several runs."""

from __future__ import annotations

from pathlib import Path

import click


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
def command(*, runs: tuple[Path, ...], output: Path) -> None:
    """Write the page of RUN, a run's folder or a recording, or of several, and print its path.

    What the diagnosis found stands at the top; a slider over the training steps drives everything below it.
    """
    from gradviz.report.page.html_page import require_bokeh, write_page

    require_bokeh()
    from gradviz.recording.load import load
    from gradviz.report.data.compare import page_data
    from gradviz.report.run.run_page import run_page
    from gradviz.runs.find_runs import find_runs

    found = {label: load(path) for label, path in find_runs(runs).items()}
    write_page(run_page(page_data(found)), output)
    click.echo(output)
