"""Options that several commands have, with the same words."""

from __future__ import annotations

import click

from gradviz.cli.completion import complete_settings
from gradviz.cli.named_choice import NamedChoice

settings_option = click.option(
    "-s",
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=complete_settings,
    help="Change one value of the file, for example training.steps=500.",
)
style_option = click.option(
    "--style",
    type=NamedChoice(["slides", "paper", "notebook"]),
    default="slides",
    show_default=True,
    help="Width and text size: 13.33 inches with 18 pt, 7 inches with 8 pt, or between.",
)
dark_option = click.option("--dark", is_flag=True, help="Draw light on a dark background.")
