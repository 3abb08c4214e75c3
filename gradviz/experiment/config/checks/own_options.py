"""All mistakes in the options of a factory of the user's own."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from gradviz.errors import UnknownName
from gradviz.experiment.config.own.own_factory import can_be_written, own_defaults, takes_any_option
from gradviz.experiment.config.validation import Mistake, bad_value, unknown_key
from gradviz.experiment.own_code.reference import BadSource
from gradviz.training.optimizer_options import KEYS, misplaced

OPTIONS = "optimizer_options"
_NO_VALUE = "must be a number, text, true, false, or a list or table of them"


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
        bad_value(f"{part}.{name}", value, _NO_VALUE)
        for name, value in options.items()
        if not can_be_written(value)
    ]
    return found


def optimizer_option_mistakes(spec: str, options: Mapping[str, Any]) -> list[Mistake]:
    """Mistakes in the options of an optimizer of the user's own, without a call of it.

    Parameters
    ----------
    spec : str
        Reference to a function or a class. One that fails is passed over.
    options : mapping
        Those of the training that have no key of their own there.

    Returns
    -------
    list of Mistake
        Options that have such a key, that the optimizer does not take, or that no file can hold.
    """
    try:
        known = [name for name in list(own_defaults(spec))[1:] if name not in KEYS]  # without the parameters
        any_name = takes_any_option(spec)
    except (BadSource, UnknownName):
        return []
    found = []
    for name, value in options.items():
        path = f"training.{OPTIONS}.{name}"
        if name in KEYS:
            found.append(Mistake(path, misplaced(name)))
        elif name not in known and not any_name:
            found.append(unknown_key(path, known))
        elif not can_be_written(value):
            found.append(bad_value(path, value, _NO_VALUE))
    return found
