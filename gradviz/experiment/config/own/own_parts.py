"""The parts of an experiment that are the user's own code: which they are, and their sources."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradviz.experiment.config.condition_values import CONDITIONS
from gradviz.experiment.config.toml_values import by_dotted_key
from gradviz.experiment.own_code.find_source import find_source
from gradviz.experiment.own_code.private_modules import load
from gradviz.experiment.own_code.reference import BadSource, is_reference, parse_reference
from gradviz.experiment.own_code.source import Source

PARTS = (("task", "name"), ("model", "make"), ("training", "optimizer"), ("training", "metric"))
"""Table and key of what may name code."""


def parts_that_name_code(table: Mapping[str, Any]) -> list[str]:
    """Dotted keys of a file's content that name code of the user's own; nothing is looked for or run.

    Parameters
    ----------
    table : mapping
        Content of a file, with its shorthand expanded.

    Returns
    -------
    list of str
        For example ``["task.name", "training.optimizer"]``.
    """
    tables = ((part, key, table.get(part)) for part, key in PARTS)
    return [
        f"{part}.{key}" for part, key, of in tables if isinstance(of, Mapping) and is_reference(of.get(key))
    ]


def with_sources(table: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """A table in which every reference names its source by content, as in a run's folder.

    Parameters
    ----------
    table : mapping
        Content of a file.
    folder : Path
        What the paths in it are relative to.

    Returns
    -------
    table : dict
        With ``sources/<hash>/mytasks.py:make`` for ``mytasks.py:make``.
    mistakes : list of (str, str, str)
        Path of the key, reference, and what is wrong, for every source that cannot be found.
    """
    changed, mistakes = dict(table), []
    for part, key in PARTS:
        inner = changed.get(part)
        spec = inner.get(key) if isinstance(inner, Mapping) else None
        if not isinstance(inner, Mapping) or not isinstance(spec, str) or not is_reference(spec):
            continue
        try:
            changed[part] = {**inner, key: _kept(spec, folder)}
        except BadSource as error:
            mistakes.append((f"{part}.{key}", spec, str(error)))
    claims = changed.get("expect")
    if isinstance(claims, list | tuple):
        changed["expect"] = [_claim(claim, folder) for claim in claims]
    elif isinstance(claims, Mapping):
        changed["expect"] = _claim(claims, folder)
    return changed, mistakes


def _kept(spec: str, folder: Path) -> str:
    reference = parse_reference(spec)
    return find_source(reference, folder).reference(reference.name)


def _claim(claim: Any, folder: Path) -> Any:
    """A claim whose conditions have references as the runs have them; one without a source fits no run."""
    if not isinstance(claim, Mapping):
        return claim
    given = {name: claim[name] for name in CONDITIONS if isinstance(claim.get(name), Mapping)}
    return {**claim, **{name: _condition(values, folder) for name, values in given.items()}}


def _condition(given: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """Conditions by dotted key where they name code, else as they are."""
    values = by_dotted_key(given)
    kept = {}
    for part, key in PARTS:
        spec = values.get(f"{part}.{key}")
        if isinstance(spec, str) and is_reference(spec):
            with contextlib.suppress(BadSource):
                kept[f"{part}.{key}"] = _kept(spec, folder)
    return {**values, **kept} if kept else given


def references_in(table: Mapping[str, Any]) -> Iterator[str]:
    """Every reference in the table of an experiment."""
    for part, key in PARTS:
        inner = table.get(part)
        spec = inner.get(key) if isinstance(inner, Mapping) else None
        if isinstance(spec, str) and is_reference(spec):
            yield spec


def sources_in(table: Mapping[str, Any]) -> list[Source]:
    """The source of every reference in the table of a resolved experiment, each once."""
    found = (source_and_name(spec)[0] for spec in references_in(table))
    return list({source.digest: source for source in found}.values())


def source_and_name(spec: str) -> tuple[Source, str]:
    """The source of a reference, and the name in it.

    Parameters
    ----------
    spec : str
        From a resolved experiment, or relative to the working directory.

    Raises
    ------
    BadSource
        If there is none.
    """
    reference = parse_reference(spec)
    return find_source(reference, Path()), reference.name


def own_part(spec: str) -> Any:
    """What a reference names.

    Raises
    ------
    BadSource, UnknownName
        If its source cannot be found or fails, or has no such name.
    """
    return load(*source_and_name(spec))


def shown_name(spec: str) -> str:
    """A reference without the folder of its copy, for messages."""
    return spec.rpartition("/")[2]
