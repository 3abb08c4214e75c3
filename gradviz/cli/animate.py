"""``gradviz animate``: animate a plot of a run over its training."""

from __future__ import annotations

from pathlib import Path

import click

from gradviz.cli.completion import complete_animated
from gradviz.cli.shared_options import dark_option, style_option
from gradviz.progress_bar import progress_bar


@click.command("animate")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("kind", shell_complete=complete_animated)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write: .gif, or .mp4 with the extra gradviz[video]; KIND.gif by default.",
)
@click.option("--module", help="Dotted name of the recurrent module, if several were recorded.")
@click.option(
    "--call",
    type=click.IntRange(0),
    help="Only this call of the module in a training step, counted from 0; all calls by default.",
)
@click.option(
    "--frames", type=click.IntRange(2), default=100, show_default=True, help="Largest number of frames."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1),
    default=10.0,
    show_default=True,
    help="Duration of the animation in seconds.",
)
@style_option
@dark_option
def command(
    *,
    run: Path,
    kind: str,
    output: Path | None,
    module: str | None,
    call: int | None,
    frames: int,
    seconds: float,
    style: str,
    dark: bool,
) -> None:
    """Animate the plot KIND of RUN over its training, with fixed axes and scales; print the file's path.

    RUN is a run's folder or a recording. KIND is gradient_heatmap, saturation_heatmap, gradient_norms,
    gate_saturation or gate_histogram.
    """
    import matplotlib as mpl

    mpl.use("agg")
    from gradviz.plots.animation import animate
    from gradviz.plots.drawing.style import use_style
    from gradviz.recording.load import load
    from gradviz.recording.tree import take_call

    tree = take_call(load(run), call)
    path = output or Path(f"{kind}.gif")
    with (
        use_style(style, dark=dark),
        progress_bar(unit=" frames", label=kind) as bar,
    ):
        animate(tree, kind, path, module=module, frames=frames, seconds=seconds, on_frame=bar.update)
    click.echo(path)
