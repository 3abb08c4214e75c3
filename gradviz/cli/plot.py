"""``gradviz plot``: draw one plot of a run."""

from __future__ import annotations

from pathlib import Path

import click

from gradviz.cli.completion import complete_runs_and_plots
from gradviz.cli.named_choice import NamedChoice
from gradviz.cli.plotted_runs import (
    BY_UNIT,
    in_order,
    plotted_runs,
    recorded_baseline,
    with_text,
    write_letters,
)
from gradviz.cli.shared_options import dark_option, style_option

_FORMATS = (".png", ".svg", ".pdf")


@click.command("plot")
@click.argument(
    "runs",
    metavar="RUN...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    shell_complete=complete_runs_and_plots,
)
@click.argument("kind")
@click.option("--module", help="Dotted name of the recurrent module, if several were recorded.")
@click.option(
    "--call",
    type=click.IntRange(0),
    help="Only this call of the module in a training step, counted from 0; all calls by default.",
)
@click.option("--layer", type=click.IntRange(0), help="Layer, counted from 0; the last by default.")
@click.option("--direction", type=NamedChoice(["forward", "reverse"]), help="Direction; forward by default.")
@click.option("--step", type=click.IntRange(0), help="Training step; the last recorded one by default.")
@click.option("--sample", type=click.IntRange(0), help="Index of a sequence in the batch.")
@click.option("--gate", help="Gate; by default the one that keeps the state (LSTM: forget, GRU: update).")
@click.option("--unit", type=click.IntRange(0), help="Hidden unit that colours the text (KIND text).")
@click.option(
    "--text",
    help="Text along the time steps (KIND text, gate_heatmap, unit_saturation). The model of a character run "
    "reads it, by default its own; any other recording must be of that text.",
)
@click.option(
    "--limits",
    type=(float, float),
    metavar="LOW HIGH",
    help="Ends of the colour scale, in decades (KIND gradient_heatmap).",
)
@click.option(
    "--order",
    type=NamedChoice(["recorded", "time_constant"]),
    default="recorded",
    show_default=True,
    help="Order of the units (KIND gate_heatmap, unit_saturation).",
)
@click.option("--title", help="Title, in place of the plot's own.")
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
    runs: tuple[Path, ...],
    kind: str,
    call: int | None,
    text: str | None,
    order: str,
    title: str | None,
    style: str,
    dark: bool,
    output: Path | None,
    **options: str | int | tuple[float, float] | None,
) -> None:
    """Draw one plot of RUN, a run's folder or a recording, and print the file's path.

    KIND is gradient_heatmap, gradient_norms, gradient_paths, gate_heatmap, gate_histogram, gate_saturation,
    saturation_heatmap, unit_saturation, time_constants, learning_curve or text. gradient_norms,
    time_constants and learning_curve show several RUNs in one plot.
    """
    import matplotlib as mpl

    mpl.use("agg")
    from gradviz.plots.drawing.style import use_style
    from gradviz.plots.drawing.write_figure import write_figure
    from gradviz.plots.plot_table import draw

    path = output or Path(f"{kind}.png")
    if path.suffix.lower() not in _FORMATS:
        raise click.UsageError(
            f"cannot write {path}: the file must end in {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"
        )

    recordings = plotted_runs(runs, kind, call=call)
    given = {name: value for name, value in options.items() if value is not None}
    if kind == "learning_curve":
        given |= recorded_baseline(recordings)
    if len(runs) == 1:
        recordings, text = with_text(runs[0], recordings, kind, text)
    if text is not None and kind not in BY_UNIT:
        given["text"] = text
    drawn = in_order(recordings, kind, order, given)
    with use_style(style, dark=dark):
        ax = draw(kind, drawn if len(runs) > 1 else drawn[""], given)
        if title is not None:
            ax.set_title(title)
        if text is not None and kind in BY_UNIT:
            write_letters(ax, text)
        figure = ax.get_figure(root=True)
        if figure is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_figure(figure, path)
    click.echo(path)
