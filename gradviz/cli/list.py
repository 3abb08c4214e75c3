"""``gradviz list``: the names that an experiment may use, the figures, experiment files, papers' claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter
from pathlib import Path
from typing import Any

import click

from gradviz.cli.named_choice import NamedChoice

_EXPERIMENTS = Path("experiments")


def _tasks() -> dict[str, str]:
    from gradviz.experiment.config.options import defaults_of, metric_in_words
    from gradviz.tasks.task_table import TASKS

    return {
        name: f"{line}  {_options(defaults_of(TASKS[name]))}  {metric_in_words(TASKS[name])}"
        for name, line in _first_lines(TASKS).items()
    }


def _inits() -> dict[str, str]:
    from gradviz.experiment.config.options import initialisation_options
    from gradviz.models.initialise import INITIALISATIONS

    first = _first_lines(INITIALISATIONS)
    return {name: f"{line}  {_options(initialisation_options(name))}" for name, line in first.items()}


def _cells() -> dict[str, str]:
    from gradviz.cell_descriptions import CELLS
    from gradviz.models.layers import LAYERS

    return {name: f"{CELLS[name].label}; gates: {', '.join(CELLS[name].gates)}" for name in LAYERS}


def _figures() -> dict[str, str]:
    from gradviz.gallery.figure_table import FIGURES
    from gradviz.gallery.gallery_figure import gallery_figure

    return _first_lines({name: gallery_figure(name) for name in FIGURES})


def _settings() -> dict[str, str]:
    """The settings of every lecture figure with their defaults."""
    from dataclasses import fields

    from gradviz.gallery.figure_settings import figure_settings
    from gradviz.gallery.figure_table import FIGURES

    found = {}
    for name in FIGURES:
        settings = figure_settings(name)
        values = (f"{field.name}={getattr(settings, field.name)}" for field in fields(settings))
        found[name] = ", ".join(values) or "none"
    return found


def _experiments() -> dict[str, str]:
    """Files in ``experiments/`` of the current folder and names of shipped ones, with first comments."""
    from gradviz.experiment.config.shipped_experiments import shipped_experiments

    here = {str(path): path for path in sorted(_EXPERIMENTS.glob("*.toml"))}
    files = {path.resolve() for path in here.values()}
    shipped = {name: path for name, path in shipped_experiments().items() if path.resolve() not in files}
    return {name: _first_comment(path) for name, path in {**here, **shipped}.items()}


def _papers() -> dict[str, str]:
    """What the papers claim, with their source and the expected minutes."""
    from gradviz.experiment.config.experiment_file import read_file
    from gradviz.experiment.config.reproduction_schema import read_reproduction
    from gradviz.reproductions.result_folder import known_papers

    found = {}
    for name, path in known_papers().items():
        file = read_file(path)
        told = read_reproduction(file.reproduction, file.place)
        found[name] = "has no table [reproduction]"
        if told is not None:
            found[name] = f"{told.claim} ({told.source}; {told.minutes:g} min)"
    return found


_KINDS: dict[str, Callable[[], dict[str, str]]] = {
    "tasks": _tasks,
    "cells": _cells,
    "inits": _inits,
    "figures": _figures,
    "settings": _settings,
    "experiments": _experiments,
    "reproductions": _papers,
}


@click.command("list")
@click.argument("kind", type=NamedChoice(list(_KINDS)))
def command(kind: str) -> int:
    """List tasks, cells, initialisations (inits), figures, their settings, experiments or papers' claims.

    Tasks, cells and initialisations are the names that an experiment's file may use; behind a task and an
    initialisation stand its options with their defaults, and behind a task its metric, which stop_at and
    claims may name. `gradviz new TASK` prints a file with all of them.

    Experiments are the files in experiments/ of the current folder, and by their names those that come with
    gradviz: `gradviz run adding`. Reproductions are the papers whose claims `gradviz reproduce` runs again.
    """
    found = _KINDS[kind]()
    width = max(map(len, found), default=0)
    for name, line in found.items():
        click.echo(f"{name:{width}}  {line}".rstrip())
    return 0


def _first_lines(table: Mapping[str, object]) -> dict[str, str]:
    return {name: (entry.__doc__ or "").partition("\n")[0].replace("``", "") for name, entry in table.items()}


def _options(defaults: Mapping[str, Any]) -> str:
    """``(length = 100, bits: left out)``; an option without a default is required."""
    from gradviz.experiment.config.toml_values import as_toml

    said = []
    for name, default in defaults.items():
        if default is Parameter.empty:
            said.append(f"{name}: required")
        else:
            said.append(f"{name}: left out" if default is None else f"{name} = {as_toml(default)}")
    return f"({', '.join(said) or 'no options'})"


def _first_comment(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.lstrip("# ") for line in lines if line.startswith("#")), "")
