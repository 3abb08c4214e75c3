"""The tables of names, and that no other file repeats these names as literals."""

import ast
from pathlib import Path

import pytest
from torch import nn

import gradviz as gv
from gradviz.cell_descriptions import CELLS, SQUASH, describe_cell
from gradviz.vocabulary import ATTRIBUTES, DIMENSIONS, VARIABLES, replay_error_limit

PACKAGE = Path(__file__).parents[1] / "gradviz"
NAMES = {*ATTRIBUTES, *DIMENSIONS, *VARIABLES}
PROVENANCE = {"gradviz_format", "gradviz", "torch", "python", "git_commit"}
# keys that are spelled like a name of recordings and are something else, by file
OTHER_KEYS = {
    "cli/plot.py": {"text"},  # an option of a plot
    "diagnosis/finding.py": {"module"},  # an option of a measure
    "experiment/config/resolve.py": {"num_layers"},  # of the table [model]
    "experiment/run/check_checkpoint.py": {"step"},  # of a training's state
    "experiment/run/run.py": {"step"},  # of a training's state
    "gallery/character_run.py": {"hidden_size", "seed"},  # of an experiment's table
    "gallery/figures/bifurcation.py": {"bias"},  # of the figure's own data
    "gallery/figures/char_model.py": {"lag"},  # of the figure's own table
    "gallery/figures/direct_vs_total.py": {"length"},  # of the figure's own counts
    "gallery/figures/early_warning.py": {"length"},  # an option of a task
    "gallery/figures/gru_anatomy.py": {"h"},  # a wire of the diagram
    "gallery/figures/lstm_anatomy.py": {"c", "h"},  # wires of the diagram
    "gallery/figures/rnn_anatomy.py": {"h"},  # a wire of the diagram
    "gallery/figures/success_by_length.py": {"cell"},  # of the table [model]
    "remedies/proposals.py": {"module"},  # an option of a change
    "remedies/remedy_table.py": {"module"},  # an option of a change
    "report/data/gradient_panel.py": {"underflow"},  # a mark
    "report/data/typed.py": {"dtype"},  # of a typed array's own JSON
    "training/loop.py": {"step"},  # of a training's state
}


def literal_keys(source):
    """Strings used as a key: in brackets, in ``get``, ``pop`` or ``setdefault``, before ``in``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript):
            key = node.slice
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            key = node.left
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"get", "pop", "setdefault"}:
            key = node.args[0] if node.args else None
        else:
            continue
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('tree.attrs["baseline"]', ["baseline"]),
        ("f\"{tree.attrs['lag'] + 1}\"", ["lag"]),
        ('about.get("batch_first")', ["batch_first"]),
        ('"bias" in about', ["bias"]),
        ('"bias" not in about', ["bias"]),
        ("tree.attrs[BASELINE]", []),
        ('plot(data, metric="loss")', []),
    ],
)
def test_a_literal_key_is_found(source, expected):
    assert list(literal_keys(source)) == expected


def test_no_name_of_a_recording_is_a_literal_key():
    found = {}
    for path in PACKAGE.rglob("*.py"):
        if keys := NAMES & set(literal_keys(path.read_text(encoding="utf-8"))):
            found[str(path.relative_to(PACKAGE))] = keys
    assert found == OTHER_KEYS


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize(
    "model", [nn.LSTM(2, 4, batch_first=True), nn.LSTM(2, 4, proj_size=3, bidirectional=True), nn.GRU(2, 4)]
)
def test_every_attribute_of_a_recording_is_in_the_table(model):
    tree = gv.probe(model, length=5)
    (module,) = tree.children.values()
    assert set(module.attrs) <= set(ATTRIBUTES)
    assert set(tree.attrs) - PROVENANCE <= set(ATTRIBUTES)


def test_coarser_numbers_may_differ_more():
    limits = [replay_error_limit(dtype) for dtype in ("float64", "float32", "float16", "bfloat16")]
    assert limits == sorted(set(limits))
    assert replay_error_limit("something") == replay_error_limit("float32")


def test_paths_by_hand():
    assert CELLS["rnn"].paths == ("direct", "hidden")
    assert CELLS["lstm"].paths == ("direct", "carry", "input", "forget", "candidate", "output")
    assert CELLS["gru"].paths == ("direct", "carry", "reset", "update", "candidate")
    assert CELLS["observed"].paths == ()


def test_gates_are_those_of_the_weights_in_their_order():
    assert CELLS["lstm"].gates == ("input", "forget", "candidate", "output")
    assert CELLS["gru"].gates == ("reset", "update", "candidate")
    assert CELLS["gru"].sigmoid_gates == ("reset", "update")
    assert [name for name, cell in CELLS.items() if cell.is_rectified] == ["rnn_relu"]
    assert all(squash in SQUASH for cell in CELLS.values() for squash in cell.squash.values())
    assert all(gate in cell.gates for cell in CELLS.values() for gate in (cell.keeps, cell.writes) if gate)


def test_an_unknown_cell_has_no_gates():
    assert describe_cell("mine").label == "mine"
    assert describe_cell(None).label == "module"
    assert describe_cell("mine").gates == describe_cell("mine").paths == ()
    assert describe_cell("lstm") is CELLS["lstm"]
