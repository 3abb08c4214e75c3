"""``gradviz watch``: the page of a run, live."""

from __future__ import annotations

from pathlib import Path

import click

PORT = 8088


@click.command("watch")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=PORT,
    show_default=True,
    help="Of the page; if it is taken, the next free one.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
def command(*, run: Path, port: int, opens: bool) -> None:
    """Show the page of RUN while it trains, to browsers of this machine, until Ctrl-C.

    Prints the page's address. The page shows new parts of the recording within seconds of their coming. RUN
    need not exist yet; it is only read, so that it may be stopped, resumed or deleted.
    """
    from gradviz.report.page.html_page import require_bokeh

    require_bokeh()
    from gradviz.report.live.live_pages import LivePages
    from gradviz.report.live.page_server import open_server
    from gradviz.report.live.watched_run import WatchedRun

    _check_is_one_run(run)
    with open_server(LivePages(WatchedRun(run)), port) as server:
        if server.port != port:
            click.echo(f"port {port} is taken; the page is at port {server.port}", err=True)
        if not run.exists():
            click.echo(f"waiting for {run}, which does not exist yet", err=True)
        click.echo(server.url)
        if opens:
            click.launch(server.url)
        server.serve_forever()


def _check_is_one_run(run: Path) -> None:
    """Raise if what is there cannot become a run."""
    from gradviz.errors import BadRecording
    from gradviz.runs.find_runs import is_run

    if run.is_file() and run.suffix != ".nc":
        raise BadRecording(f"{run} is not a run: give a run's folder or a .nc file")
    if run.is_dir() and not is_run(run):
        inside = sorted(child.name for child in run.iterdir() if is_run(child))
        if inside:
            raise BadRecording(f"{run} is not a run, but holds {len(inside)}; give one: {run / inside[0]}")
