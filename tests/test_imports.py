"""Every spelling of an import is seen."""

import pytest
from imports import COMPUTED, imports_of, lazy_homes

PACKAGE = {
    "gradviz": '_HOME_OF = {"probe": "gradviz.experiment.probe.probe"}\n__version__ = "1"',
    "gradviz.experiment": "",
    "gradviz.experiment.probe": "",
    "gradviz.experiment.probe.probe": "def probe(): ...",
    "gradviz.plots": "",
    "gradviz.plots.text": "def plot_text(): ...",
    "gradviz.plots.drawing": "",
    "gradviz.plots.drawing.marks": "",
}
TEXT = {"gradviz.plots", "gradviz.plots.text"}
PROBE = {"gradviz.experiment", "gradviz.experiment.probe", "gradviz.experiment.probe.probe"}


def targets(source, name="gradviz.measures.planted"):
    return {found.target for found in imports_of(name, {**PACKAGE, name: source})}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import gradviz", {"gradviz"}),
        ("from gradviz import __version__", {"gradviz"}),
        ("from gradviz import probe", PROBE),
        ("from gradviz import probe as examine", PROBE),
        ("from gradviz import *", PROBE),
        ("import gradviz as gv\ngv.probe()", {"gradviz", *PROBE}),
        ("import gradviz\ngetattr(gradviz, 'probe')", {"gradviz", *PROBE}),
        (
            "import gradviz as gv\nmine = gv.plots\nmine.text",
            {"gradviz", *TEXT},
        ),
        ("import gradviz as gv\ngv.unknown", {"gradviz"}),
        ("import gradviz.plots\ngradviz.plots.text.plot_text", TEXT),
        ("from gradviz import plots", {"gradviz.plots"}),
        ("from gradviz.plots import text", TEXT),
        ("from gradviz.plots.text import plot_text", TEXT),
        ("def f():\n    from gradviz.plots import text", TEXT),
        ("class A:\n    def f(self):\n        import gradviz as gv\n        gv.probe", {"gradviz", *PROBE}),
        ("import importlib\nimportlib.import_module('gradviz.plots')", {"importlib", "gradviz.plots"}),
        ("from importlib import import_module as load\nload(name='torch')", {"importlib", "torch"}),
        ("import importlib\nimportlib.import_module('gradviz').probe", {"importlib", "gradviz", *PROBE}),
        ("__import__('torch.nn')", {"torch.nn"}),
        (
            "import importlib\ng = importlib.import_module('gradviz')\ng.probe",
            {"importlib", "gradviz", *PROBE},
        ),
        ("import torch.nn as nn", {"torch.nn"}),
        ("from torch import Tensor", {"torch"}),
        ("from torch.nn import functional", {"torch.nn"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch", {"typing", "torch"}),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None", {"torch"}),
        ("'import torch'", set()),
        ("gradviz = object()\ngradviz.probe", set()),
    ],
)
def test_what_is_imported(source, expected):
    assert targets(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "import importlib\nimportlib.import_module(name)",
        "import importlib\nimportlib.import_module(f'gradviz.{name}')",
        "import importlib\nimportlib.import_module('.probe', package)",
        "import importlib\nload = importlib.import_module\nload('torch')",
        "from importlib import import_module\nlist(map(import_module, names))",
    ],
)
def test_a_computed_import_is_reported(source):
    assert targets(source) == {"importlib", COMPUTED}


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("gradviz.plots.planted", "from .text import plot_text", "gradviz.plots.text"),
        ("gradviz.plots.planted", "from . import text", "gradviz.plots.text"),
        ("gradviz.plots.drawing", "from .marks import draw", "gradviz.plots.drawing.marks"),
        ("gradviz.plots.drawing.planted", "from ..text import plot_text", "gradviz.plots.text"),
    ],
)
def test_a_relative_import(name, source, target):
    (found,) = imports_of(name, {**PACKAGE, name: source})
    assert (found.target, found.relative) == (target, True)


def test_packages_around_the_importer_do_not_count():
    assert targets("import gradviz.plots.drawing.marks", "gradviz.plots.planted") == {
        "gradviz.plots.drawing",
        "gradviz.plots.drawing.marks",
    }


def test_an_import_has_its_line():
    assert imports_of("a", {"a": "\n\nimport torch"})[0].line == 3


def test_lazy_homes_are_read_from_the_source():
    assert lazy_homes(PACKAGE["gradviz"]) == {"probe": "gradviz.experiment.probe.probe"}
    assert lazy_homes("x = 1") == {}
