"""``gradviz demo``: from training to figures and a page in a minute."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from gradviz.cli.figure_options import language_option
from gradviz.cli.verbosity import remark, say, say_versions, verbosity_options

if TYPE_CHECKING:
    import xarray as xr

    from gradviz.experiment.config.schema import Experiment
    from gradviz.experiment.run.run import Begin
    from gradviz.gallery.demo_claims import Recordings
    from gradviz.models.char import CharModel

_CHARACTERS = "characters"


@click.command("demo")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("gradviz-demo"),
    show_default=True,
    help="Folder for recordings and figures.",
)
@click.option("--overwrite", is_flag=True, help="Repeat the runs of an earlier demo.")
@language_option
@verbosity_options
def command(output: Path, overwrite: bool, language: str) -> None:
    """Train RNN, LSTM and GRU on a task with a long lag, and a character model; record and draw them.

    Writes a folder for each run, the figures and, if bokeh is installed, the interactive page of the runs.
    Prints a table, the text that the character model generates, and the path of every figure and of the page.
    Runs that are done are not repeated; an unfinished one is resumed.
    """
    from gradviz.cli.demo_table import demo_table
    from gradviz.experiment.demo_runs import adding_experiments, character_experiment, read_sentence
    from gradviz.experiment.run.folder import run_folder
    from gradviz.experiment.run.trained import load_trained
    from gradviz.recording.load import load

    say_versions()
    begin: Begin = "fresh" if overwrite else "resume"
    runs = {}
    for label, experiment in adding_experiments().items():
        runs[label] = run_folder(output, experiment)
        _train(label, experiment, runs[label], begin)
    characters = run_folder(output, character_experiment())
    _train(_CHARACTERS, character_experiment(), characters, begin)
    model = cast("CharModel", load_trained(characters)[0])

    recordings: dict[str, xr.DataTree] = {label: load(folder) for label, folder in runs.items()}
    reading = read_sentence(model)
    figures = _draw(output / "figures", recordings, load(characters), reading, language)
    click.echo(demo_table(recordings))
    click.echo(f"\nThe character model continues {model.text[: model.window]!r} with:")
    click.echo(f"  {model.generate()!r}\n")
    for path in figures:
        click.echo(path)
    _write_page(output / "page.html", {**recordings, _CHARACTERS: load(characters)}, {_CHARACTERS: reading})


def _train(label: str, experiment: Experiment, folder: Path, begin: Begin) -> None:
    from gradviz.cli.said_of_run import after
    from gradviz.cli.training_bar import training_bar
    from gradviz.experiment.run.run import run

    with training_bar(experiment.training.steps, label.ljust(20)) as show:
        result = run(experiment, folder, begin=begin, on_step=show)
    say(f"{label}: {after(result)}: {folder}")


def _draw(
    folder: Path, recordings: Recordings, characters: xr.DataTree, reading: xr.DataTree, language: str
) -> list[Path]:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from gradviz.gallery import demo_figures
    from gradviz.gallery.translate import translate
    from gradviz.gallery.words import use_language
    from gradviz.plots.drawing.style import use_style
    from gradviz.plots.drawing.write_figure import write_figure

    mpl.use("agg")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with use_language(language), use_style("slides"):
        figures = {
            "1-why-a-plain-rnn-forgets": demo_figures.figure_forgetting(recordings),
            "2-when-the-gradient-arrives": demo_figures.figure_training(recordings),
            "3-open-gates": demo_figures.figure_open_gates(recordings),
            "4-character-model": demo_figures.figure_characters(characters, reading),
        }
        for name, figure in figures.items():
            translate(figure)
            paths.append(folder / f"{name}.png")
            write_figure(figure, paths[-1])
            plt.close(figure)
    return paths


def _write_page(
    path: Path, recordings: Mapping[str, xr.DataTree], readings: Mapping[str, xr.DataTree]
) -> None:
    """Write the page of all runs and print its path, or how to get it."""
    from gradviz.report.page.html_page import NoPageWriter, require_bokeh, write_page

    try:
        require_bokeh()
    except NoPageWriter as error:
        remark(f"{error}; then the same command writes the page of these runs")
        return
    from gradviz.report.data.compare import page_data
    from gradviz.report.run.run_page import run_page

    write_page(run_page(page_data(recordings, readings=readings)), path)
    click.echo(path)
