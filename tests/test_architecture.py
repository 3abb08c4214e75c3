"""Imports go downhill, files stay short, and what must be cheap to import is."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "gradviz"
LAYERS = [  # each folder may import from those before it in one of its lines, and from itself
    ["vocabulary", "errors", "cells", "recording", "capture", "tasks", "models", "training", "dynamics"],
    ["vocabulary", "errors", "recording", "measures", "diagnosis", "plots", "report"],
]
LAYERS[0].append("experiment")
for line in LAYERS:
    line.insert(2, "arguments")
SEES_BOTH = {"gallery", "benchmark", "integrations", "cli", "__main__"}
NEVER_TORCH = {"vocabulary", "errors", "arguments", "recording", "measures", "diagnosis", "plots", "report"}
FILES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(path):
    """Every module that a file imports, at its top or later."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_downhill(path):
    layer = layer_of(path)
    if layer == "__init__" or layer in SEES_BOTH:
        return
    allowed = {layer}
    for line in LAYERS:
        if layer in line:
            allowed |= set(line[: line.index(layer)])
    assert len(allowed) > 1 or layer == "vocabulary", f"{layer} stands in no layer"
    for module in imports_of(path):
        head, _, rest = module.partition(".")
        if head == "gradviz" and rest:
            assert rest.split(".")[0] in allowed, f"{layer} imports {module}"
        if layer in NEVER_TORCH:
            assert head != "torch", f"{layer} imports torch"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_is_short_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    assert path.name not in {"utils.py", "helpers.py", "common.py", "misc.py", "base.py"}
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "no docstring"


def test_no_cycles_between_modules():
    names = {".".join(["gradviz", *p.relative_to(PACKAGE).with_suffix("").parts]): p for p in FILES}
    edges = {name: {m for m in imports_of(path) if m in names} for name, path in names.items()}
    done, active = set(), []

    def visit(name):
        assert name not in active, f"cycle: {' -> '.join([*active, name])}"
        if name in done:
            return
        active.append(name)
        for other in edges[name]:
            visit(other)
        active.pop()
        done.add(name)

    for name in names:
        visit(name)


@pytest.mark.parametrize(
    "action", ["import gradviz", "from gradviz.cli.main import cli; cli(['--help'], standalone_mode=False)"]
)
def test_importing_and_help_load_nothing_heavy(action):
    heavy = ["torch", "matplotlib", "xarray", "pandas", "seaborn", "numpy"]
    code = f"{action}\nimport sys\nprint('loaded', [m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded []"


def test_every_public_name_resolves():
    import gradviz

    for name in gradviz.__all__:
        assert getattr(gradviz, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'recrod'"):
        gradviz.recrod  # noqa: B018
