"""``gradviz demo``: the whole path, from training to figures, in a minute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    import xarray as xr
    from torch import nn

    from gradviz.experiment.config import Experiment
    from gradviz.gallery.demo import Recordings
    from gradviz.models.char import CharModel


@click.command("demo")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("gradviz-demo"),
    show_default=True,
    help="Folder for recordings and figures.",
)
@click.option("--overwrite", is_flag=True, help="Replace the runs of an earlier demo.")
def command(output: Path, overwrite: bool) -> None:
    """Train RNN, LSTM and GRU on a task with a long lag, and a character model; record and draw them.

    Writes one run folder each (recording.nc, metrics.csv, config.toml, environment.json) and the figures,
    prints a table, the text that the character model generates, and the path of every figure.
    """
    from gradviz.cli.demo_table import demo_table
    from gradviz.experiment.demo import ADDING, CHARACTERS, read_sentence
    from gradviz.experiment.folder import check_free
    from gradviz.recording.load import load

    runs = {label: output / experiment.name for label, experiment in ADDING.items()}
    characters = output / CHARACTERS.name
    if not overwrite:
        for folder in (*runs.values(), characters):
            check_free(folder)
    for label, experiment in ADDING.items():
        _train(label, experiment, runs[label])
    model = cast("CharModel", _train("characters", CHARACTERS, characters))

    recordings: Recordings = {label: load(folder) for label, folder in runs.items()}
    figures = _draw(output / "figures", recordings, load(characters), read_sentence(model))
    click.echo(demo_table(recordings))
    click.echo(f"\nThe character model, given {model.text[: model.window]!r}, goes on:")
    click.echo(f"  {model.generate()!r}\n")
    for path in figures:
        click.echo(path)


def _train(label: str, experiment: Experiment, folder: Path) -> nn.Module:
    from tqdm import tqdm

    from gradviz.experiment.run import run

    with tqdm(total=experiment.training.steps, desc=label.ljust(20), unit="step", disable=None) as bar:
        return run(experiment, folder, overwrite=True, on_step=lambda _: bar.update())


def _draw(folder: Path, recordings: Recordings, characters: xr.DataTree, reading: xr.DataTree) -> list[Path]:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from gradviz.gallery import demo
    from gradviz.plots.style import use_style

    mpl.use("agg")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with use_style("slides"):
        figures = {
            "1-why-a-plain-rnn-forgets": demo.figure_forgetting(recordings),
            "2-when-the-gradient-arrives": demo.figure_training(recordings),
            "3-open-gates": demo.figure_open_gates(recordings),
            "4-character-model": demo.figure_characters(characters, reading),
        }
        for name, figure in figures.items():
            paths.append(folder / f"{name}.png")
            figure.savefig(paths[-1])
            plt.close(figure)
    return paths
