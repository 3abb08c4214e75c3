"""The options that ``gradviz figure`` and ``gradviz gallery`` share."""

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
        raise click.BadParameter(f"{value!r}: must be some of {', '.join(FORMATS)}, with commas between")
    return names


def look_options(function: _Command) -> _Command:
    """Style, format, dark, data and cache, in that order in the help."""
    for option in reversed(
        [
            click.option(
                "--style",
                type=click.Choice(["slides", "paper", "notebook"]),
                default="slides",
                show_default=True,
                help="13.33 inches wide with 18 pt, 7 inches with 8 pt, or between.",
            ),
            click.option(
                "--format",
                "formats",
                default="png",
                show_default=True,
                callback=_formats,
                help="Some of png, svg, pdf, with commas between.",
            ),
            click.option("--dark", is_flag=True, help="Light ink on a dark background."),
            click.option("--data", is_flag=True, help="Write the numbers too, as CSV."),
            click.option(
                "--cache",
                type=click.Path(path_type=Path, file_okay=False),
                help="Folder for what the experiments found; by default the platform's, under gradviz.",
            ),
        ]
    ):
        function = option(function)
    return function


def make_look(style: str, formats: tuple[str, ...], dark: bool, data: bool) -> Look:
    """The options as the gallery takes them."""
    from gradviz.gallery.make import Look

    return Look(style=style, dark=dark, formats=formats, data=data)
