"""Every file of plots/ holds a plot, and what several plots share is in drawing/."""

import ast
from pathlib import Path

import pytest

import gradviz
from gradviz.plots import plot_table

PLOTS = Path(plot_table.__file__).parent
FAMILIES = sorted(path.stem for path in PLOTS.glob("*.py") if path.stem != "__init__")
COMPOSED = {  # the only files that use other files of plots/
    "plot_table": set(FAMILIES) - {"plot_table"},
    "animation": {"plot_table"},
    "connectivity": {"characters"},
}


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def families_imported_by(path):
    modules = {node.module for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom)}
    return {name for name in FAMILIES if f"gradviz.plots.{name}" in modules}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_uses_drawing_and_not_another_family(name):
    assert families_imported_by(PLOTS / f"{name}.py") <= COMPOSED.get(name, set())


@pytest.mark.parametrize("path", sorted((PLOTS / "drawing").glob("*.py")), ids=lambda path: path.stem)
def test_drawing_uses_no_family(path):
    assert not families_imported_by(path)


@pytest.mark.parametrize("name", sorted(set(FAMILIES) - {"plot_table", "animation"}))
def test_a_family_holds_a_plot_or_a_public_function(name):
    defined = {node.name for node in tree_of(PLOTS / f"{name}.py").body if isinstance(node, ast.FunctionDef)}
    assert any(one.startswith(("plot_", "figure_")) or one in gradviz.__all__ for one in defined)
