"""Fills the HTML templates of the pages, with every value escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_FOLDER = Path(__file__).parents[1]


def fill_template(name: str, **values: Any) -> Markup:
    """A template with its values.

    Parameters
    ----------
    name : str
        Path within ``gradviz/report``.
    **values
        By name. Everything but ``Markup`` is escaped.

    Returns
    -------
    Markup
    """
    return Markup(_environment().get_template(name).render(values))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
