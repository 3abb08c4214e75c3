"""``gradviz plot``: one plot of a run."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("plot")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("kind")
@click.option("--module", help="Dotted name, where several were recorded.")
@click.option("--layer", type=click.IntRange(0), help="By default the last.")
@click.option("--direction", type=click.Choice(["forward", "reverse"]), help="By default forward.")
@click.option("--step", type=click.IntRange(0), help="Training step; by default the last recorded.")
@click.option("--sample", type=click.IntRange(0), help="Sequence, by its index in the batch.")
@click.option("--gate", help="By default the gate that keeps the state.")
@click.option("--unit", type=click.IntRange(0), help="Hidden unit that colours a text.")
@click.option("--text", help="The text that was read; by default what the recording says.")
@click.option(
    "--style",
    type=click.Choice(["slides", "paper", "notebook"]),
    default="slides",
    show_default=True,
    help="13.33 inches wide with 18 pt, 7 inches with 8 pt, or between.",
)
@click.option("--dark", is_flag=True, help="Light ink on a dark background.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, .png, .svg or .pdf; by default KIND.png.",
)
def command(
    *, run: Path, kind: str, style: str, dark: bool, output: Path | None, **options: str | int | None
) -> None:
    """Draw one plot of RUN, a run's folder or a recording, and print where it is.

    KIND is gradient_heatmap, gradient_norms, gradient_paths, gate_heatmap, gate_histogram, gate_saturation,
    saturation_heatmap, unit_saturation, time_constants, learning_curve or text.
    """
    import matplotlib as mpl

    mpl.use("agg")
    from gradviz.plots.style import use_style
    from gradviz.plots.table import draw
    from gradviz.recording.load import load

    tree = load(run)
    given = {name: value for name, value in options.items() if value is not None}
    if kind == "text" and "text" not in given and "text" in tree.attrs:
        given["text"] = str(tree.attrs["text"])
    path = output or Path(f"{kind}.png")
    with use_style(style, dark=dark):
        figure = draw(kind, tree, given).get_figure(root=True)
        if figure is not None:
            try:
                figure.savefig(path)
            except ValueError as error:
                raise click.UsageError(f"cannot write {path}: {error}") from error
    click.echo(path)
