"""Options shared by ``gradviz figure`` and ``gradviz gallery``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from gradviz.gallery.make import Look

_Command = TypeVar("_Command", bound=Callable[..., object])


def _formats(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    from gradviz.gallery.save_figure import FORMATS

    names = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise click.BadParameter(
            f"{value!r}: must be one or more of {', '.join(FORMATS)}, separated by commas"
        )
    return names


def look_options(function: _Command) -> _Command:
    """Add the options for style, format, dark, data and cache, in this order in the help."""
    for option in reversed(
        [
            click.option(
                "--style",
                type=click.Choice(["slides", "paper", "notebook"]),
                default="slides",
                show_default=True,
                help="Width and text size: 13.33 inches with 18 pt, 7 inches with 8 pt, or between.",
            ),
            click.option(
                "--format",
                "formats",
                default="png",
                show_default=True,
                callback=_formats,
                help="One or more of png, svg and pdf, separated by commas.",
            ),
            click.option("--dark", is_flag=True, help="Draw light on a dark background."),
            click.option("--data", is_flag=True, help="Also write the numbers, as CSV."),
            click.option(
                "--cache",
                type=click.Path(path_type=Path, file_okay=False),
                help="Folder for the experiments' results; by default the platform's, under gradviz.",
            ),
        ]
    ):
        function = option(function)
    return function


def make_look(style: str, formats: tuple[str, ...], dark: bool, data: bool) -> Look:
    """The options as a `Look`, which the gallery takes."""
    from gradviz.gallery.make import Look

    return Look(style=style, dark=dark, formats=formats, data=data)
