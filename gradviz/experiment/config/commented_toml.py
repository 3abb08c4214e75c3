"""A new experiment's file: it runs as it is, and shows every key with its default and what else it can be."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from gradviz.arguments import check_one_of
from gradviz.experiment.config.allowed_values import allowed_values, kinds, names_of
from gradviz.experiment.config.key_descriptions import EXAMPLES, describe_key
from gradviz.experiment.config.numpydoc_parameters import parameters_of
from gradviz.experiment.config.options import defaults_of, metric_in_words
from gradviz.experiment.config.schema import Experiment, TaskConfig
from gradviz.experiment.config.table import Table
from gradviz.experiment.config.toml_values import as_toml
from gradviz.models.layers import LAYERS
from gradviz.tasks.task_table import TASKS

_WIDTH = 110
_KINDS = {
    "int": "a whole number",
    "(int, int)": "[smallest, largest]",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
}
_SWEEP = """\
# A sweep trains every combination of such lists: gradviz sweep FILE.
#[sweep]
#"model.cell" = ["rnn", "lstm", "gru"]
#seed = [0, 1, 2]
# Random and guided searches are in experiments/README.md.
#"training.learning_rate" = [1e-2, 1e-3, 1e-3]
# Keys whose values go together: rnn with 1e-2, lstm with 1e-3, gru with 1e-3.
#zip = [["model.cell", "training.learning_rate"]]
"""


def commented_toml(task: str, cell: str = "lstm") -> str:
    """The text of an experiment's file for a task.

    Parameters
    ----------
    task : str
        A key of ``gradviz.tasks.TASKS``.
    cell : {"rnn", "rnn_relu", "lstm", "gru"}

    Returns
    -------
    str
        TOML. All keys of the schema and all options of the task are in it: those that have a default behind a
        ``#`` without a space, to be removed where the value is changed.

    Raises
    ------
    UnknownName
        If there is no such task or cell.

    Examples
    --------
    >>> from gradviz.experiment.config.commented_toml import commented_toml
    >>> [line for line in commented_toml("adding", "gru").splitlines() if "length" in line]
    ['#length = 100']
    """
    check_one_of("task", task, TASKS)
    check_one_of("cell", cell, LAYERS)
    given = {"name": task, "task.name": task, "model.cell": cell}
    lines = [
        f"# {(TASKS[task].__doc__ or task).partition(chr(10))[0].replace('``', '')}",
        "#",
        "# gradviz run FILE trains and records it, and -s training.steps=500 changes one value.",
        "# A key behind a # has the value that it shows, unless it says that it is left out: remove the # to",
        "# change it.",
        "",
        *_keys(Experiment, "", given),
        "",
        *_tables(Experiment, "", {**given, "task": task}),
        *_SWEEP.splitlines(),
    ]
    return "\n".join(lines) + "\n"


def _keys(table: type[Table], prefix: str, given: Mapping[str, str], off: str = "") -> Iterator[str]:
    """The lines of the keys of a table; ``off`` is ``#`` in a table that is left out."""
    for name, field in table.model_fields.items():
        path = f"{prefix}{name}"
        if _tables_of(field):
            continue
        about = describe_key(table, path)
        if path in given:
            yield from _key(name, given[path], _about(about, allowed_values(field), ""), off)
            continue
        default = field.get_default(call_default_factory=True)
        left_out = field.is_required() or default is None or default in ({}, ())
        value = EXAMPLES.get(path, _example(field)) if left_out else default
        note = "Left out by default." if left_out and not field.is_required() else ""
        yield from _key(name, value, _about(about, allowed_values(field), note), off or "#")


def _tables(table: type[Table], prefix: str, given: Mapping[str, str]) -> Iterator[str]:
    for name, field in table.model_fields.items():
        inner = _tables_of(field)
        if not inner:
            continue
        path = f"{prefix}{name}"
        several = any(kind.type is tuple for kind in kinds(field))
        off = (
            ""
            if field.is_required() or isinstance(field.get_default(call_default_factory=True), Table)
            else "#"
        )
        metric = metric_in_words(TASKS[given["task"]]) if inner[0] is TaskConfig else ""
        yield from _comment(" ".join([describe_key(table, path), *([f"Its {metric}."] if metric else [])]))
        yield f"{off}[[{path}]]" if several else f"{off}[{path}]"
        yield from _keys(inner[0], f"{path}.", given, off)
        if inner[0] is TaskConfig:
            yield from _options(TASKS[given["task"]])
        for other in inner[1:]:
            yield from _comment(
                f"In place of the keys above: {(other.__doc__ or '').partition(chr(10))[0].replace('``', '')}"
            )
            yield from _keys(other, f"{path}.", {}, "#")
        yield ""
        yield from _tables(inner[0], f"{path}.", given)


def _options(task: Callable[..., Any]) -> Iterator[str]:
    """The lines of the options of a task, described by its docstring."""
    about = parameters_of(task.__doc__ or "")
    for name, default in defaults_of(task).items():
        kind, sentence = about.get(name, ("", ""))
        required = default is inspect.Parameter.empty
        value = EXAMPLES.get(f"task.{name}", "...") if default is None or required else default
        note = "Left out by default." if default is None else ""
        yield from _key(name, value, _about(sentence, _kind_in_words(kind), note), "" if required else "#")


def _kind_in_words(kind: str) -> str:
    """The type that a docstring gives, as in TOML: ``a whole number or [smallest, largest]``."""
    kind = kind.removesuffix(", optional")
    if kind.startswith("{"):
        return f"one of {kind.strip('{}')}"
    return " or ".join(_KINDS.get(part, part) for part in kind.split(" or ") if part)


def _tables_of(field: FieldInfo) -> list[type[Table]]:
    """The classes of the tables that a field holds, the usual one first; none if it holds another value."""
    annotation: Any = field.annotation
    found = [kind.type for kind in kinds(field) if kind.type is not type(None)]
    if found == [tuple]:
        found = list(annotation.__args__[:1])
    return found if all(isinstance(one, type) and issubclass(one, Table) for one in found) else []


def _example(field: FieldInfo) -> Any:
    """A value that a field may take, as far as its type tells."""
    kind = kinds(field)[0]
    return {bool: True, int: 1, float: 1.0}.get(kind.type, next(iter(names_of(kind.metadata)), "..."))


def _about(sentence: str, allowed: str, note: str) -> str:
    more = (
        f"{allowed[:1].upper()}{allowed[1:]}." if allowed and allowed.lower() not in sentence.lower() else ""
    )
    return " ".join(part for part in (sentence, more, note) if part)


def _key(name: str, value: Any, about: str, off: str) -> Iterator[str]:
    yield from _comment(about)
    yield f"{off}{name} = {as_toml(value)}"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH - 2, initial_indent="# ", subsequent_indent="# ")
