"""Values between TOML, which has lists, and Python's options, which have tuples and None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def lists_to_tuples(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options for a task or an initialisation, with a tuple for every list."""
    return {name: as_option(value) for name, value in options.items()}


def as_option(value: Any) -> Any:
    """One value from TOML, with a tuple for every list in it."""
    return tuple(map(as_option, value)) if isinstance(value, list) else value


def tuples_to_lists(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options for TOML: a list for every tuple, and no key for None."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value is not None
    }
