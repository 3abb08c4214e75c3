"""The layers of the package, and the functions that find what breaks them.

Each takes the imports of every module, as `imports.graph_of` reads them from sources by module name, so that
a fault can be planted without touching a file.  Each returns one line for every fault.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from imports import COMPUTED, PACKAGE, Import

FILES = "*"  # in the table of a folder: the files directly in it that are not named themselves

BOTH_WINGS = (
    "experiment",
    "remedies",
    "reproductions",
    "gallery",
    "benchmark",
    "integrations",
    "cli",
    "__main__",
)
_WORDS = ("vocabulary", "cell_descriptions", "dynamics_vocabulary")
_FIRST = (*_WORDS, "errors", "arguments", "short_view", "progress_bar")
# A part may import from itself, and from the parts before it in any line that contains it.
LAYERS = {
    "": [
        [*_FIRST, "cells", "recording", "capture", "tasks", "models", "training", "dynamics", BOTH_WINGS],
        [*_FIRST, "recording", "measures", "runs", "diagnosis", "plots", "report", BOTH_WINGS],
    ],
    "measures": [["fits", FILES]],
    "diagnosis": [
        [FILES, "checks", "checks_of_module", "checks_of_training", "judged", "course", "diagnose"]
    ],
    "plots": [["drawing", FILES]],
    "experiment": [["own_code", "config", "alert", "run", "sweep", FILES], ["own_code", "probe", FILES]],
    "experiment.config": [
        [("table", "condition_values", "toml_values"), "own", FILES, "checks", "resolve", "experiment_file"]
    ],
    "report": [["data", "page", ("run", "lessons"), ("live", FILES)]],
    "gallery": [[FILES, "figures", "lecture"]],
    "models": [["initialisations", FILES]],
}
NEVER_TORCH = {*_FIRST, "recording", "measures", "runs", "diagnosis", "plots", "report"}
DOORS = {  # modules that may import one part from the other side, which imports nothing of theirs
    "gradviz.capture.newest_step": "measures",  # for tape.summary, the numbers that loggers get
}
LAZY_PACKAGES = {  # whose ``__init__`` loads a name at its first use
    PACKAGE: "the public names",
    f"{PACKAGE}.integrations": "libraries that a user may not have",
}
COMPUTED_IMPORTS = {  # modules that may import what a value names, and which value
    "gradviz": "the home of a lazy name",
    "gradviz.cli.main": "the file of a command",
    "gradviz.experiment.own_code.private_modules": "what the user's code imports",
    "gradviz.experiment.probe.factory": "the user's module",
    "gradviz.gallery.cache": "the module that defines a run, for its source",
    "gradviz.gallery.gallery_figure": "the figure that figure_table names",
    "gradviz.report.lessons.lesson_table": "the file of a lesson",
    "gradviz.reproductions.measure_table": "the file of a measure",
}

Graph = Mapping[str, Sequence[Import]]
Line = Sequence[str | Sequence[str]]


def package_sources(folder: Path) -> dict[str, str]:
    """Source text of every module under a package's folder, by dotted name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return found


def uphill(graph: Graph, folder: str = "") -> list[str]:
    """Imports between the parts of a folder (the whole package by default) that go uphill."""
    lines = LAYERS[folder]
    inside = f"{PACKAGE}.{folder}" if folder else PACKAGE
    named = {part for line in lines for group in line for part in _group(group)}
    faults = []
    for name, found in graph.items():
        part = _part(name, inside, named)
        if part is None:
            continue
        if part not in named:
            faults.append(f"{name} is not in any layer")
            continue
        allowed = {part}.union(*(_before(part, line) for line in lines))
        for one in found:
            other = _part(one.target, inside, named)
            if other is not None and other not in allowed and DOORS.get(name) != other:
                faults.append(f"{name}:{one.line} imports {one.target}: {part} may not import {other}")
    return faults


def _group(group: str | Sequence[str]) -> tuple[str, ...]:
    return (group,) if isinstance(group, str) else tuple(group)


def _before(part: str, line: Line) -> set[str]:
    """The parts before a part in a line, and those beside it; beside it, only cycles are forbidden."""
    groups = [_group(group) for group in line]
    places = [place for place, group in enumerate(groups) if part in group]
    return {other for place in places for group in groups[: place + 1] for other in group}


def _part(name: str, inside: str, named: Collection[str]) -> str | None:
    """The part of a folder to which a module belongs; None for the folder itself and what is outside."""
    if not name.startswith(f"{inside}."):
        return None
    part = name.removeprefix(f"{inside}.").split(".")[0]
    return FILES if part not in named and FILES in named else part


def torch_in_the_other_wing(graph: Graph) -> list[str]:
    """Ways by which modules that have to work without torch come to import it."""
    names = [name for name in graph if _part(name, PACKAGE, ()) in NEVER_TORCH]
    return [" -> ".join(way) for name in names if (way := _way_to_torch(name, graph))]


def _way_to_torch(name: str, graph: Graph) -> list[str]:
    """The shortest chain of imports from a module to torch; empty if there is none."""
    came_from: dict[str, str | None] = {name: None}
    queue = [name]
    for here in queue:
        if here.split(".")[0] == "torch":
            way = [here]
            while (before := came_from[way[0]]) is not None:
                way.insert(0, before)
            return way
        for one in graph.get(here, ()):
            if one.target not in came_from:
                came_from[one.target] = here
                queue.append(one.target)
    return []


def cycles(graph: Graph) -> list[str]:
    """Cycles between modules, and between the parts of the package."""
    edges: dict[str, set[str]] = {}
    parts: dict[str, set[str]] = {}
    for name, found in graph.items():
        targets = {one.target for one in found if one.target in graph} - {PACKAGE}
        edges[name] = targets
        if part := _part(name, PACKAGE, ()):
            others = {_part(target, PACKAGE, ()) for target in targets} - {part, None}
            parts.setdefault(part, set()).update(other for other in others if other)
    return [*_cycles(edges), *_cycles(parts)]


def _cycles(edges: Mapping[str, Collection[str]]) -> Iterator[str]:
    done: set[str] = set()

    def visit(name: str, active: tuple[str, ...]) -> Iterator[str]:
        if name in active:
            yield " -> ".join([*active[active.index(name) :], name])
        elif name not in done:
            for other in sorted(edges.get(name, ())):
                yield from visit(other, (*active, name))
            done.add(name)

    for name in sorted(edges):
        yield from visit(name, ())


def undeclared_imports(graph: Graph) -> list[str]:
    """Relative imports, and imports of a computed name where `COMPUTED_IMPORTS` does not allow one."""
    faults = []
    for name, found in graph.items():
        for one in found:
            if one.relative:
                faults.append(f"{name}:{one.line} imports {one.target} by a relative import")
            elif one.target == COMPUTED and name not in COMPUTED_IMPORTS:
                faults.append(f"{name}:{one.line} imports what a value names")
    return faults


def logic_in_packages(sources: Mapping[str, str]) -> list[str]:
    """Packages whose ``__init__`` does more than import and list names; the lazy ones are exempt."""
    packages = {name.rpartition(".")[0] for name in sources} - {"", *LAZY_PACKAGES}
    return [
        f"{name}:{node.lineno} does more than import"
        for name in sorted(packages & set(sources))
        for node in ast.parse(sources[name]).body
        if not _only_lists(node)
    ]


def _only_lists(node: ast.stmt) -> bool:
    """A docstring, an import, or ``__all__``."""
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["__all__"]
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Import | ast.ImportFrom)
