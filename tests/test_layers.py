"""Every fault that the layers forbid is found when it is planted, and its correct counterpart passes."""

import pytest
from imports import graph_of
from layers import (
    LAYERS,
    NEVER_TORCH,
    cycles,
    logic_in_packages,
    package_sources,
    torch_in_the_other_wing,
    undeclared_imports,
    uphill,
)

PACKAGE = {
    "gradviz": '_HOME_OF = {"probe": "gradviz.experiment.probe.probe", "load": "gradviz.recording.load"}',
    "gradviz.vocabulary": "",
    "gradviz.errors": "",
    "gradviz.cells": "",
    "gradviz.cells.lstm": "import torch",
    "gradviz.recording": "",
    "gradviz.recording.load": "import gradviz.vocabulary",
    "gradviz.capture": "",
    "gradviz.capture.record": "from gradviz.recording.load import load\nimport torch",
    "gradviz.measures": "",
    "gradviz.measures.saturation": "from gradviz import load",
    "gradviz.measures.fits": "",
    "gradviz.measures.fits.slope": "",
    "gradviz.diagnosis": "",
    "gradviz.diagnosis.finding": "",
    "gradviz.diagnosis.checks": "",
    "gradviz.diagnosis.checks.units": "from gradviz.diagnosis.finding import Finding",
    "gradviz.diagnosis.diagnose": "from gradviz.diagnosis.checks import units",
    "gradviz.plots": "",
    "gradviz.plots.text": "from gradviz.plots.drawing import ticks",
    "gradviz.plots.drawing": "",
    "gradviz.plots.drawing.ticks": "",
    "gradviz.models": "",
    "gradviz.models.layers": "",
    "gradviz.training": "",
    "gradviz.experiment": "",
    "gradviz.experiment.config": "",
    "gradviz.experiment.run": "",
    "gradviz.experiment.run.run": "from gradviz.experiment import config\nimport gradviz.diagnosis.diagnose",
    "gradviz.experiment.sweep": "",
    "gradviz.experiment.probe": "",
    "gradviz.experiment.probe.probe": "",
    "gradviz.gallery": "",
    "gradviz.gallery.cache": "",
    "gradviz.gallery.figure_table": 'FIGURES = {"cliff": "gradviz.gallery.figures.cliff"}',
    "gradviz.gallery.figures": "",
    "gradviz.gallery.figures.cliff": "import gradviz.gallery.cache",
    "gradviz.cli": "",
    "gradviz.cli.run": "import gradviz.experiment.run.run, gradviz.gallery.cache",
}


def planted(name, source):
    return graph_of({**PACKAGE, name: source})


def all_uphill(graph):
    return [fault for folder in LAYERS for fault in uphill(graph, folder)]


def test_the_healthy_package_passes():
    graph = graph_of(PACKAGE)
    assert all_uphill(graph) == torch_in_the_other_wing(graph) == cycles(graph) == []
    assert undeclared_imports(graph) == logic_in_packages(PACKAGE) == []


@pytest.mark.parametrize(
    ("name", "fault", "twin"),
    [
        # a lazy public name, in every spelling
        ("plots.drawing.ticks", "from gradviz import probe", "from gradviz import load"),
        ("plots.drawing.ticks", "import gradviz as gv\ngv.probe", "import gradviz as gv\ngv.load"),
        (
            "plots.drawing.ticks",
            "import gradviz\nx = gradviz\nx.probe",
            "import gradviz\nx = gradviz\nx.load",
        ),
        # a folder as a name of the package
        ("plots.text", "from gradviz import gallery", "from gradviz import measures"),
        ("plots.text", "import gradviz as gv\ngv.gallery", "import gradviz as gv\ngv.measures"),
        # late, and only for type checkers
        (
            "measures.saturation",
            "def f():\n    import gradviz.diagnosis.finding",
            "def f():\n    import gradviz.measures.fits.slope",
        ),
        (
            "measures.saturation",
            "if TYPE_CHECKING:\n    from gradviz.plots.text import plot_text",
            "if TYPE_CHECKING:\n    from gradviz.recording.load import load",
        ),
        # by name
        (
            "measures.saturation",
            "import importlib\nimportlib.import_module('gradviz.plots.text')",
            "import importlib\nimportlib.import_module('gradviz.recording.load')",
        ),
        # between the wings, and into what sees both
        ("capture.record", "import gradviz.measures.saturation", "import gradviz.cells.lstm"),
        ("diagnosis.diagnose", "import gradviz.capture.record", "import gradviz.recording.load"),
        ("training", "import gradviz.experiment", "import gradviz.models.layers"),
        ("training", "import gradviz.cli.run", "import gradviz.models"),
        # inside a folder
        ("plots.drawing.ticks", "from gradviz.plots import text", "from gradviz.plots import drawing"),
        ("measures.fits.slope", "import gradviz.measures.saturation", "import gradviz.recording.load"),
        ("gallery.cache", "import gradviz.gallery.figures.cliff", "import gradviz.gallery.figure_table"),
        ("experiment.config", "import gradviz.experiment.run.run", "import gradviz.models"),
        ("experiment.run.run", "import gradviz.experiment.sweep", "import gradviz.experiment.config"),
        ("experiment.probe.probe", "import gradviz.experiment.config", "import gradviz.capture.record"),
        ("experiment.config", "import gradviz.experiment.probe.probe", "import gradviz.diagnosis.finding"),
        ("diagnosis.checks.units", "import gradviz.diagnosis.diagnose", "import gradviz.diagnosis.finding"),
        ("diagnosis.finding", "import gradviz.diagnosis.checks.units", "import gradviz.measures"),
    ],
)
def test_an_import_uphill_is_found(name, fault, twin):
    (found,) = {line.split(":")[0] for line in all_uphill(planted(f"gradviz.{name}", fault))}
    assert found == f"gradviz.{name}"
    assert all_uphill(planted(f"gradviz.{name}", twin)) == []


def test_a_folder_in_no_layer_is_found():
    assert uphill(planted("gradviz.attic", "")) == ["gradviz.attic is not in any layer"]


@pytest.mark.parametrize(
    "fault",
    [
        "import torch.nn as nn",
        "from torch import Tensor",
        "from torch.nn import functional as F",
        "def f():\n    import torch",
        "import importlib\nimportlib.import_module('torch')",
        "from importlib import import_module\nimport_module('torch.nn')",
        "__import__('torch')",
        "if TYPE_CHECKING:\n    import torch",
        "import gradviz.cells.lstm",
        "import gradviz as gv\ngv.capture.record",
    ],
)
@pytest.mark.parametrize("name", ["recording.load", "measures.saturation", "plots.text", "vocabulary"])
def test_torch_behind_the_recording_is_found(name, fault):
    found = torch_in_the_other_wing(planted(f"gradviz.{name}", fault))
    assert any(line.startswith(f"gradviz.{name} -> ") and "-> torch" in line for line in found)


@pytest.mark.parametrize(
    "source",
    ["import torchlike", "'import torch'", "torch = {}\ntorch.get('nn')", "import gradviz as gv\ngv.load"],
)
def test_what_only_looks_like_torch_passes(source):
    assert torch_in_the_other_wing(planted("gradviz.plots.text", source)) == []


def test_torch_through_another_module_is_found_with_its_way():
    graph = graph_of(
        {**PACKAGE, "gradviz.errors": "import torch", "gradviz.plots.text": "from gradviz.errors import Bad"}
    )
    assert "gradviz.plots.text -> gradviz.errors -> torch" in torch_in_the_other_wing(graph)


@pytest.mark.parametrize(
    ("fault", "twin"),
    [
        ("import gradviz.recording.load", "import gradviz.vocabulary"),
        ("def f():\n    from gradviz.recording.load import load", "def f():\n    import gradviz.errors"),
        ("from gradviz import load", "from gradviz import __version__"),
        ("import gradviz as gv\ngv.load", "import gradviz as gv\ngv.errors"),
        ("import gradviz as gv\ngv.recording.load", "import gradviz as gv\ngv.recording"),
        ("import importlib\nimportlib.import_module('gradviz.recording.load')", "import importlib"),
        (
            "if TYPE_CHECKING:\n    import gradviz.recording.load",
            "if TYPE_CHECKING:\n    import gradviz.errors",
        ),
    ],
)
def test_a_cycle_is_found(fault, twin):
    """``load`` imports ``parts``, which imports ``load`` again."""
    load = {**PACKAGE, "gradviz.recording.load": "from gradviz.recording.parts import read"}
    assert cycles(graph_of({**load, "gradviz.recording.parts": fault})) == [
        "gradviz.recording.load -> gradviz.recording.parts -> gradviz.recording.load"
    ]
    assert cycles(graph_of({**load, "gradviz.recording.parts": twin})) == []


def test_a_cycle_of_folders_without_one_of_modules_is_found():
    sources = {**PACKAGE, "gradviz.experiment.run.run": "import gradviz.gallery.cache"}
    assert cycles(graph_of(sources)) == []
    sources["gradviz.gallery.figures.cliff"] = "import gradviz.experiment.config"
    assert cycles(graph_of(sources)) == ["experiment -> gallery -> experiment"]


def test_relative_and_computed_imports_are_found():
    assert undeclared_imports(planted("gradviz.plots.text", "from . import drawing")) == [
        "gradviz.plots.text:1 imports gradviz.plots.drawing by a relative import"
    ]
    source = "import importlib\nimportlib.import_module(name)"
    assert undeclared_imports(planted("gradviz.plots.text", source)) == [
        "gradviz.plots.text:2 imports what a value names"
    ]
    assert undeclared_imports(planted("gradviz.gallery.gallery_figure", source)) == []


def test_a_door_is_open_for_one_module_and_one_part():
    door = {"gradviz.capture.newest_step": "import gradviz.measures.saturation"}
    assert all_uphill(graph_of(PACKAGE | door)) == []
    door = {"gradviz.capture.newest_step": "import gradviz.plots.text"}
    assert "capture may not import plots" in all_uphill(graph_of(PACKAGE | door))[0]


def test_logic_in_a_package_is_found():
    healthy = '"""Tasks."""\nfrom gradviz.tasks.adding import Adding as adding\n__all__ = ["adding"]'
    assert logic_in_packages({**PACKAGE, "gradviz.tasks": healthy, "gradviz.tasks.adding": ""}) == []
    planted_logic = {
        **PACKAGE,
        "gradviz.tasks": "TABLE = dict(a=1)",
        "gradviz.tasks.adding": "TABLE = dict(a=1)",
    }
    assert logic_in_packages(planted_logic) == ["gradviz.tasks:1 does more than import"]


def test_sources_are_named_as_they_are_imported(tmp_path):
    for path, text in {"p/__init__.py": "a", "p/b.py": "b", "p/c/__init__.py": "c", "p/c/d.py": "d"}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert package_sources(tmp_path / "p") == {"p": "a", "p.b": "b", "p.c": "c", "p.c.d": "d"}


def test_the_wing_without_torch_is_all_of_the_second_line():
    assert {part for part in LAYERS[""][1] if isinstance(part, str)} == NEVER_TORCH
