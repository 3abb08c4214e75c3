"""Which recurrent modules of a model are recorded: all, or those with the names or patterns given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

from gradviz.errors import unknown_name

M = TypeVar("M")

NOT_CHOSEN = ""  # in place of the name of a module whose calls run natively


class ChosenModules:
    """Chooses recurrent modules by name; it can be asked again whenever the model has changed.

    Parameters
    ----------
    modules : str, sequence of str, or None
        Names, or shell patterns of names as in `fnmatch`, in which ``*`` also stands for dots; None for all.

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If the sequence is empty.
    """

    def __init__(self, modules: str | Sequence[str] | None = None):
        self._patterns = None if modules is None else _patterns(modules)

    def __call__(self, modules: Mapping[str, M]) -> dict[str, M]:
        """The chosen modules of a mapping by name, in its order."""
        return {name: module for name, module in modules.items() if self.includes(name)}

    def check(self, modules: Mapping[str, M]) -> None:
        """Raise `UnknownName` if a name or pattern fits no module; with the nearest name and all names."""
        for pattern in self._patterns or ():
            if not any(_fits(name, pattern) for name in modules):
                raise unknown_name("recurrent module", pattern, modules)

    def includes(self, name: str) -> bool:
        """Whether a module of this name is chosen."""
        return self._patterns is None or any(_fits(name, pattern) for pattern in self._patterns)


def _patterns(modules: str | Sequence[str]) -> tuple[str, ...]:
    wanted = (
        "modules takes the name of a recurrent module, a pattern such as 'decoder.*', a list of them, or "
        "None for all"
    )
    if isinstance(modules, str):
        return (modules,)
    if not isinstance(modules, Sequence) or isinstance(modules, bytes):
        raise TypeError(f"{wanted}; got {type(modules).__name__}")
    for each in modules:
        if not isinstance(each, str):
            raise TypeError(f"{wanted}; got a list with {type(each).__name__} in it")
    if not modules:
        raise ValueError(f"{wanted}; got an empty list")
    return tuple(modules)


def _fits(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)
