"""All mistakes in the options of a factory of the user's own."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from gradviz.errors import UnknownName
from gradviz.experiment.config.own.own_factory import can_be_written, own_defaults, takes_any_option
from gradviz.experiment.config.validation import Mistake, bad_value, unknown_key
from gradviz.experiment.own_code.reference import BadSource


def own_option_mistakes(part: str, key: str, spec: str, options: Mapping[str, Any]) -> list[Mistake]:
    """Mistakes that can be found without a call of the factory.

    Parameters
    ----------
    part, key : str
        The table and the key that name the factory; the options stand in the same table.
    spec : str
        Reference to the factory.
    options : mapping

    Returns
    -------
    list of Mistake
        A source that fails; options that the factory does not have, that it needs, or that no file can hold.
    """
    try:
        known = own_defaults(spec)
        any_name = takes_any_option(spec)
    except (BadSource, UnknownName) as error:
        return [Mistake(f"{part}.{key}", f": {error}")]
    found = [unknown_key(f"{part}.{name}", known) for name in options if name not in known and not any_name]
    found += [
        Mistake(f"{part}.{name}", ": missing; it has no default")
        for name, default in known.items()
        if default is inspect.Parameter.empty and name not in options
    ]
    found += [
        bad_value(f"{part}.{name}", value, "must be a number, text, true, false, or a list or table of them")
        for name, value in options.items()
        if not can_be_written(value)
    ]
    return found
