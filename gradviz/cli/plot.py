"""``gradviz plot``: draw one plot of a run."""

from __future__ import annotations

from pathlib import Path

import click

from gradviz.cli.shared_options import dark_option, style_option
from gradviz.vocabulary import TEXT

_FORMATS = (".png", ".svg", ".pdf")


@click.command("plot")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("kind")
@click.option("--module", help="Dotted name of the recurrent module, if several were recorded.")
@click.option(
    "--call",
    type=click.IntRange(0),
    help="Only this call of the module in a training step, counted from 0; all calls by default.",
)
@click.option("--layer", type=click.IntRange(0), help="Layer, counted from 0; the last by default.")
@click.option("--direction", type=click.Choice(["forward", "reverse"]), help="Direction; forward by default.")
@click.option("--step", type=click.IntRange(0), help="Training step; the last recorded one by default.")
@click.option("--sample", type=click.IntRange(0), help="Index of a sequence in the batch.")
@click.option("--gate", help="Gate; by default the one that keeps the state (LSTM: forget, GRU: update).")
@click.option("--unit", type=click.IntRange(0), help="Hidden unit that colours the text (KIND text).")
@click.option("--text", help="Text that the model read (KIND text); taken from the recording by default.")
@style_option
@dark_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write: .png, .svg or .pdf; KIND.png by default.",
)
def command(
    *,
    run: Path,
    kind: str,
    call: int | None,
    style: str,
    dark: bool,
    output: Path | None,
    **options: str | int | None,
) -> None:
    """Draw one plot of RUN, a run's folder or a recording, and print the file's path.

    KIND is gradient_heatmap, gradient_norms, gradient_paths, gate_heatmap, gate_histogram, gate_saturation,
    saturation_heatmap, unit_saturation, time_constants, learning_curve or text.
    """
    import matplotlib as mpl

    mpl.use("agg")
    from gradviz.plots.drawing.style import use_style
    from gradviz.plots.drawing.write_figure import write_figure
    from gradviz.plots.plot_table import draw
    from gradviz.recording.load import load
    from gradviz.recording.tree import take_call

    path = output or Path(f"{kind}.png")
    if path.suffix.lower() not in _FORMATS:
        raise click.UsageError(
            f"cannot write {path}: the file must end in {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"
        )

    tree = take_call(load(run), call)
    given = {name: value for name, value in options.items() if value is not None}
    if kind == "text" and "text" not in given and TEXT in tree.attrs:
        given["text"] = str(tree.attrs[TEXT])
    with use_style(style, dark=dark):
        figure = draw(kind, tree, given).get_figure(root=True)
        if figure is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_figure(figure, path)
    click.echo(path)
