"""``--set key=value``: change sizes, steps or seeds of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gradviz.errors import GradvizError, unknown_name
from gradviz.experiment.config.overrides import read_value
from gradviz.gallery.gallery_figure import gallery_figure

LARGEST = 1e6
FEWEST_SEEDS = 3
SEEDS = "seeds"


class BadSetting(GradvizError, ValueError):
    """A setting of a figure that does not exist, or a value that it cannot have."""


def figure_settings(name: str, changes: Sequence[str] = ()) -> Any:
    """The settings of a figure, with changes.

    Parameters
    ----------
    name : str
        A key of ``figure_table.FIGURES``.
    changes : sequence of str
        Each is ``key=value``, with a value in TOML; a bare word is text.

    Returns
    -------
    dataclass
        An instance of the figure's ``Settings``.

    Raises
    ------
    UnknownName
        If there is no such figure, or if it has no such setting.
    BadSetting
        If a change is not ``key=value``, or has a value of another kind than the setting.
    """
    settings = gallery_figure(name).Settings
    known = [field.name for field in fields(settings)]
    values: dict[str, Any] = {}
    for change in changes:
        key, equals, text = (part.strip() for part in change.partition("="))
        if not equals:
            raise BadSetting(f"--set {change}: must be key=value, as in {known[0]}=5")
        if key not in known:
            raise unknown_name(f"setting of the figure {name}", key, known)
        try:
            values[key] = _plain(read_value(text))
            if key == SEEDS and isinstance(values[key], int) and values[key] < FEWEST_SEEDS:
                raise ValueError(
                    f"must be at least {FEWEST_SEEDS}: what the figure says is about several runs"
                )
        except ValueError as error:
            raise BadSetting(f"--set {change}: {error}") from None
    try:
        return TypeAdapter(settings).validate_python(values)
    except ValidationError as error:
        lines = dict.fromkeys(map(_said, error.errors()))
        raise BadSetting("\n".join(f"the figure {name}: {line}" for line in lines)) from None


def _plain(value: Any) -> Any:
    """A value as it is, if a figure could be made with it.

    Raises
    ------
    ValueError
        If it, or an entry of it, is true or false, not finite, or beyond what fits a figure.
    """
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, bool):
            raise ValueError("must be a number or a text, not true or false")
        if isinstance(one, int | float) and not abs(one) <= LARGEST:
            raise ValueError(f"must be at most {LARGEST:,.0f}, and finite")
    return value


def _said(mistake: Any) -> str:
    """One mistake in a setting; a check of several settings together says by itself which ones."""
    words = str(mistake["msg"]).removeprefix("Value error, ")
    key = ".".join(map(str, mistake["loc"]))
    return f"{key} = {mistake['input']!r}: {words}" if key else words
