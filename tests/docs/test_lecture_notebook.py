"""The lecture's notebook runs, its outputs are those of its code, and it asks the lecture's questions."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gradviz as gv
from gradviz.gallery.words import figure_words

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs/lecture.ipynb"
RUNNER = Path(__file__).with_name("run_cells.py")
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]
PROSE = "\n\n".join("".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "markdown")
TRAINING = '<a id="training"></a>'  # where the quick part ends
LARGEST = 1.5e6  # bytes
TRIED = {  # what the answers to the exercises say
    "[after_30_steps(*gates) for gates in ((SHUT, SHUT, SHUT), (SHUT, OPEN, SHUT))]": [[0, 0], [-1, 0]],
    "after_30_steps(OPEN, OPEN, SHUT)": [-28.98, 0],
    "after_30_steps(3.0, SHUT, OPEN)[0]": 0.23,
    "[(o[:, 0, 100:] == h[-1]).all().item() and list(h.shape) "
    "for o, (h, c) in [nn.LSTM(50, 100, 2, batch_first=True, bidirectional=True)(batch)]]": [[4, 32, 100]],
}
RESULTS = (
    "final_loss",
    "right",
    "[arrival(tree) for tree in grus.values()]",
    "[learning(tree) for tree in grus.values()]",
    "[learning(tree) for tree in rnns.values()]",
)
COMPARED = {  # parameters, and steps until LSTMs and GRUs had learned
    "[parameters(3, 2, h) <= parameters(4, 2, 32) for h in (37, 38)]": [True, False],
    "compare([9, float('inf')], [3, 4])": "Every GRU had learned before any LSTM had.",
    "compare([3, 4], [9, 5])": "Every LSTM had learned before any GRU had.",
    "compare([3, 9], [4, 5])": (
        "Their ranges overlap: these runs do not tell which of them learns in fewer steps."
    ),
    "compare([float('inf')], [float('inf')])": "No run learned: nothing can be said.",
}


def source_of(cell):
    return "".join(cell["source"])


def printed_by(cell):
    return "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")


def pictures_of(cell):
    return [output for output in cell["outputs"] if "image/png" in output.get("data", {})]


def words_of(text):
    """A text without its numbers, which differ a little between processors."""
    return re.sub(r"[-+]?\d[\d.e+-]*", "#", re.sub(r"\s+", " ", text))


def run_notebook(until="", *names):
    """What `run_cells` prints, from a process of its own."""
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(RUNNER), str(NOTEBOOK), until, *names]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout.splitlines()[-1])


def test_it_is_a_notebook_that_was_run_in_order():
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["metadata"]["kernelspec"]["name"]) == (4, "python3")
    assert [cell["execution_count"] for cell in CODE] == list(range(1, len(CODE) + 1))
    assert len({cell["id"] for cell in CELLS}) == len(CELLS)
    assert NOTEBOOK.stat().st_size < LARGEST


def test_its_outputs_are_text_and_pictures_without_errors_and_warnings():
    outputs = [output for cell in CODE for output in cell["outputs"]]
    kinds = {(output["output_type"], output.get("name")) for output in outputs}
    assert kinds == {("stream", "stdout"), ("display_data", None)}
    assert sum(len(pictures_of(cell)) for cell in CODE) == 9


def test_it_tells_nothing_of_the_machine_that_made_it():
    text = NOTEBOOK.read_text(encoding="utf-8")
    without_pictures = re.sub(r'"image/png": "[^"]*"', "", text)
    assert re.findall(r"/home/|/root/|/tmp/|/work/|/Users/|site-packages|[A-Z]:\\\\", without_pictures) == []
    assert all(cell["metadata"] == {} for cell in CELLS)  # no times of execution


@pytest.mark.parametrize("cell", CODE, ids=lambda cell: cell["id"])
def test_a_cell_compiles_and_is_short(cell):
    source = source_of(cell)
    assert source.count("\n") < 40
    assert max(map(len, source.splitlines())) <= 110
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "gv":
            assert hasattr(gv, node.attr)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            assert all(importlib.util.find_spec(name) for name in names)


@pytest.mark.parametrize("number", range(1, 6))
def test_each_question_of_the_lecture_is_an_exercise_with_a_hidden_answer(number):
    words = figure_words("lecture")
    answer, figures = re.fullmatch(r"(.*) See: (.*)\.", words(f"question.{number}.answer")).groups()
    start = PROSE.index(f"### {number}. {words(f'question.{number}.ask')}")
    exercise = PROSE[start:].split("\n### ")[0]
    shown, hidden = exercise.split("<details><summary>Answer</summary>\n\n")
    assert answer in hidden
    assert answer not in shown
    assert hidden.strip().endswith("</details>")
    links = [f"[{name}](../figures/README.md#{name})" for name in figures.split(", ")]
    assert f"In the gallery: {', '.join(links)}." in hidden


def test_its_links_and_sections_are_there():
    targets = re.findall(r"\]\(([^)]*)\)", PROSE)
    inside = {target[1:] for target in targets if target.startswith("#")}
    assert inside == set(re.findall(r'<a id="(\w+)">', PROSE))
    files = {target.partition("#")[0] for target in targets} - {""}
    assert files == {"../figures/README.md"}
    assert all((NOTEBOOK.parent / file).exists() for file in files)
    assert re.findall(r"^## (\d)\. ", PROSE, re.M) == list("12345678")
    assert "](docs/lecture.ipynb)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_part_before_training_runs_and_its_outputs_are_those_of_its_code():
    ran = run_notebook(TRAINING, "lost", "f", "z", *TRIED)
    for cell, printed, pictures in zip(CODE, ran["printed"], ran["pictures"], strict=False):
        assert words_of(printed) == words_of(printed_by(cell))
        assert pictures == len(pictures_of(cell))
    assert len(ran["printed"]) > 10
    values = ran["values"]
    assert 10 < values["lost"] < 15  # decades, over 59 steps of a plain RNN
    assert values["f"] == pytest.approx(0.95, abs=0.02)  # 1 / (1 + exp(-3))
    assert values["z"] == pytest.approx(0.5, abs=0.05)
    assert {text: values[text] for text in TRIED} == TRIED
    jobs = re.findall(r"c = *(\S+) +h = *(\S+)", "".join(ran["printed"]))
    assert jobs[0] == ("1.00", "0.76")  # held and shown: tanh(1)
    assert jobs[1] == ("1.00", "0.00")  # held, not shown
    assert jobs[2:4] == [("0.00", "0.00"), ("-1.00", "-0.76")]  # erased; erased and written anew


@pytest.mark.slow
def test_all_of_it_runs():
    ran = run_notebook("", *RESULTS, *COMPARED)
    assert list(ran["pictures"]) == [len(pictures_of(cell)) for cell in CODE]
    final_loss, right, arrivals, learned, of_rnn = (ran["values"][name] for name in RESULTS)
    assert final_loss < 0.05
    assert right >= 50  # of 53 characters
    assert all(first < second for first, second in zip(arrivals, learned, strict=True))
    assert sum(step < 600 for step in learned) >= 2
    assert all(step > 300 for step in of_rnn)
    assert {name: ran["values"][name] for name in COMPARED} == COMPARED
