"""A choice of names on the command line that says which one was probably meant."""

from __future__ import annotations

from typing import Any

import click

from gradviz.errors import nearest


class NamedChoice(click.Choice):  # type: ignore[type-arg]  # before click 8.2 it is not generic
    """As `click.Choice`, with a suggestion for a misspelt name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            near = nearest(str(value), map(str, self.choices))
            hint = f"did you mean {near!r}? " if near else ""
            self.fail(f"{value!r}; {hint}({', '.join(map(str, self.choices))})", param, ctx)
