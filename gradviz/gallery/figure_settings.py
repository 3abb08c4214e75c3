"""``--set key=value``: change sizes, steps or seeds of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gradviz.errors import GradvizError, unknown_name
from gradviz.experiment.config.overrides import read_value
from gradviz.gallery.gallery_figure import gallery_figure


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
            values[key] = read_value(text)
        except ValueError as error:
            raise BadSetting(f"--set {change}: {error}") from None
    try:
        return TypeAdapter(settings).validate_python(values)
    except ValidationError as error:
        found = [(".".join(map(str, mistake["loc"])), mistake) for mistake in error.errors()]
        lines = [f"{key} = {mistake['input']!r}: {mistake['msg']}" for key, mistake in found]
        raise BadSetting("\n".join(f"the figure {name}: {line}" for line in lines)) from None
