"""The rules of the architecture hold: imports go downhill, files stay short and say what they are."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from imports import graph_of
from layers import (
    COMPUTED_IMPORTS,
    LAYERS,
    NEVER_TORCH,
    cycles,
    logic_in_packages,
    package_sources,
    torch_in_the_other_wing,
    undeclared_imports,
    uphill,
)

PACKAGE = Path(__file__).parents[1] / "gradviz"
FILES = sorted(PACKAGE.rglob("*.py"))
SOURCES = package_sources(PACKAGE)

# A file name may occur twice only for one idea in several places: where it is computed, drawn or reported.
SHARED_NAMES = {
    "__main__.py": "run by `python -m`: the package, the population of the benchmark",
    "cliff.py": "the cliff of one scalar recurrence: computed, a lecture figure",
    "clipping.py": "gradient clipping: measured, a check, a lecture figure",
    "computed_at_once.py": "states that a parallel scan has computed: noticed, a check",
    "connectivity.py": "which losses reach which states: computed, drawn, a lecture figure",
    "diagnose.py": "the diagnosis: made, a command",
    "eigenvalues.py": "eigenvalues of the recurrent weight: computed, drawn, a lecture figure",
    "forget_bias.py": "the bias of the gate that keeps the state: an initialisation, a check",
    "gate_heatmap.py": "gates by unit and time step: drawn, a lecture figure",
    "gate_histogram.py": "the distribution of a gate's activations: measured, drawn",
    "gradient_paths.py": "the gradient by path: measured, drawn, a lecture figure",
    "lyapunov.py": "the Lyapunov spectrum: computed, drawn, a lecture figure, a measure of a run",
    "not_finite.py": "values that are not finite: measured, a check",
    "page.py": "a page of runs, the page of reproductions",
    "replay_error.py": "the difference of replayed and native states: recorded, measured",
    "report.py": "a report: on the population of the benchmark, a command that writes the page of runs",
    "run.py": "one experiment: made, a command",
    "sample.py": "text drawn from a character model: made, a command",
    "saturation.py": "saturated gates: at every recorded step, a measure of a run",
    "saturation_heatmap.py": "saturation over training: drawn, a lecture figure",
    "slides.py": "slides of the lecture: its figures, what papers say",
    "sweep.py": "a grid of runs: made, drawn, a command",
    "text.py": "a text, character by character: a task, drawn",
    "time_constants.py": "time constants of units: measured, drawn, a lecture figure",
    "unit_saturation.py": "saturation by unit: measured, drawn",
    "vanishing.py": "the vanishing gradient: a check, a lecture figure",
    "watch.py": "what follows a model while it is recorded, a command that shows a run while it trains",
}


# A None in sys.modules would do for us, but scipy, which seaborn uses where it is, takes it for torch.
WITHOUT_TORCH = """
import importlib, sys

class NoTorch:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NoTorch)
"""


@pytest.fixture(scope="module")
def graph():
    return graph_of(SOURCES)


@pytest.mark.parametrize("folder", LAYERS, ids=lambda folder: folder or "gradviz")
def test_imports_go_downhill(graph, folder):
    assert uphill(graph, folder) == []


def test_what_reads_a_recording_never_imports_torch(graph):
    assert torch_in_the_other_wing(graph) == []


def test_what_reads_a_recording_can_be_imported_without_torch():
    names = [name for name in SOURCES if name.partition(".")[2].partition(".")[0] in NEVER_TORCH]
    code = WITHOUT_TORCH + f"for name in {names!r}: importlib.import_module(name)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert len(names) > 100


def test_no_cycles(graph):
    assert cycles(graph) == []


def test_imports_are_absolute_and_say_what_they_import(graph):
    assert undeclared_imports(graph) == []
    assert set(COMPUTED_IMPORTS) <= set(SOURCES)


def test_the_package_imports_only_what_is_cheap(graph):
    targets = {found.target for found in graph["gradviz"]}
    assert targets <= {"__future__", "importlib", "typing", "(computed)"}


def test_packages_hold_no_logic():
    assert logic_in_packages(SOURCES) == []


def private_torch(source):
    """Uses of what PyTorch does not document: ``torch._C`` and its like, a tensor's version, the engine."""
    names = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    return sorted(names & {"_C", "_base", "_execution_engine", "_version", "_functorch", "_orig_mod"})


def test_what_is_private_in_torch_is_used_in_one_file():
    users = [name for name, source in SOURCES.items() if private_torch(source)]
    assert users == ["gradviz.capture.private_torch"]
    assert private_torch("import torch\ntorch._C._current_graph_task_id()\nx._version") == ["_C", "_version"]
    assert private_torch("import torch\nx.grad_fn.next_functions") == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_is_short_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    assert path.name not in {"utils.py", "helpers.py", "common.py", "misc.py", "base.py"}
    if text or path.name != "__init__.py":
        assert ast.get_docstring(ast.parse(text)), "no docstring"


def test_a_file_name_stands_twice_only_for_one_idea():
    """A name that no longer occurs twice must be removed from the table."""
    names = Counter(path.name for path in FILES if path.name != "__init__.py")
    assert {name for name, count in names.items() if count > 1} == set(SHARED_NAMES)


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
