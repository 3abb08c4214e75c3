"""Options shared by ``gradviz figure`` and ``gradviz gallery``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from gradviz.cli.shared_options import dark_option, style_option

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
            style_option,
            click.option(
                "--format",
                "formats",
                default="png",
                show_default=True,
                callback=_formats,
                help="One or more of png, svg and pdf, separated by commas.",
            ),
            dark_option,
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
