"""Options shared by ``gradviz figure`` and ``gradviz gallery``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gradviz.cli.named_choice import NamedChoice
from gradviz.cli.shared_options import dark_option, style_option

Command = Callable[..., Any]


def _formats(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    from gradviz.gallery.save_figure import FORMATS

    names = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise click.BadParameter(
            f"{value!r}: must be one or more of {', '.join(FORMATS)}, separated by commas"
        )
    return names


language_option = click.option(
    "--language",
    type=NamedChoice(["en", "de"]),
    default="en",
    show_default=True,
    help="Language of every word in a figure and in its caption.",
)
_OF_LOOK = (
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
    click.option("--transparent", is_flag=True, help="Leave the background out."),
    click.option(
        "--text-as-text",
        is_flag=True,
        help="In SVG and PDF keep letters as letters, to search and to edit; an SVG then needs the font.",
    ),
    language_option,
)

cache_option = click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the experiments' results; by default the platform's, under gradviz.",
)


def look_options(function: Command) -> Command:
    """Add the options that say how a figure is written; the command gets them as one `Look`."""

    @functools.wraps(function)
    def with_look(
        *,
        style: str,
        formats: tuple[str, ...],
        dark: bool,
        data: bool,
        transparent: bool,
        text_as_text: bool,
        language: str,
        **others: Any,
    ) -> Any:
        from gradviz.gallery.make import Look

        look = Look(
            style=style,
            formats=formats,
            dark=dark,
            data=data,
            transparent=transparent,
            text_as_text=text_as_text,
            language=language,
        )
        return function(look=look, **others)

    for option in reversed(_OF_LOOK):
        with_look = option(with_look)
    return with_look
