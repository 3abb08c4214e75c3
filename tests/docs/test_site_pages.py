"""The pages of the site say everything that they have to say, once."""

import re
import sys
from pathlib import Path

import pytest

import gradviz as gv
from gradviz import vocabulary
from gradviz.diagnosis.kinds import KINDS, PIECE_BY_PIECE
from gradviz.experiment.config.reproduction_schema import Reproduction
from gradviz.gallery.figure_table import FIGURES
from gradviz.models.initialise import INITIALISATIONS
from gradviz.tasks.task_table import TASKS

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = {path.stem: path.read_text(encoding="utf-8") for path in (DOCS / "reference").glob("*.md")}
PUBLIC = {
    *(f"gradviz.{name}" for name in gv.__all__ if name not in ("__version__", "tasks", "integrations")),
    *(f"gradviz.tasks.{name}" for name in gv.tasks.__all__ if name != "TASKS"),
}

sys.path.insert(0, str(DOCS / "_ext"))
import experiment_tables  # noqa: E402
import findings_page  # noqa: E402
import gallery_page  # noqa: E402
import other_files  # noqa: E402
import plot_pictures  # noqa: E402
import recording_tables  # noqa: E402


def listed(pages):
    """Every name that the autosummaries of pages list, as often as it stands there."""
    blocks = [
        block for text in pages for block in re.findall(r"\.\. autosummary::\n.*?\n\n(.*?)```", text, re.S)
    ]
    return [name for block in blocks for name in block.split()]


def test_every_public_name_is_on_one_page_of_the_reference():
    names = listed(REFERENCE.values())
    assert {name for name in names if names.count(name) > 1} == set()
    assert PUBLIC - set(names) == set()
    more = set(names) - PUBLIC  # what public functions return, in the modules where it is defined
    assert all(name.rpartition(".")[2][0].isupper() and name.count(".") >= 2 for name in more)


def test_a_name_that_stands_twice_is_seen():
    page = "```{eval-rst}\n.. autosummary::\n   :toctree: generated\n\n   gradviz.load\n   gradviz.run\n```"
    assert listed([page, page]) == ["gradviz.load", "gradviz.run"] * 2


def test_every_plot_has_a_picture():
    plots = {name for name in gv.__all__ if name.startswith(("plot_", "figure_"))}
    assert set(plot_pictures.CODE) == plots
    for name, code in plot_pictures.CODE.items():
        assert f"gv.{name}(" in code
        compile(code, name, "exec")
    compile(plot_pictures.RUNS, "RUNS", "exec")


def test_every_finding_is_described():
    told = findings_page.words()
    assert list(told) == [kind for kind in KINDS if kind != PIECE_BY_PIECE]
    page = findings_page.findings()
    for kind, said in told.items():
        assert f"## {KINDS[kind]}\n\n{said.means}\n\n- Kind: `{kind}`" in page
        assert said.means.endswith(".")
        assert re.match("trouble|warning|note", said.severity)


def test_every_variable_is_in_one_table():
    tables = recording_tables.variables()
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", tables, re.M)
    assert sorted(name for name, _ in rows) == sorted(vocabulary.VARIABLES)
    assert dict(rows)["log10_grad_h"] == "total gradient ‖dL/dh‖"
    assert (
        "| `log10_grad_h` | total gradient ‖dL/dh‖ | decades | step, layer, direction, time, sample |"
        in tables
    )


def test_the_keys_of_a_reproduction_have_their_words():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", experiment_tables.reproduction(), re.M)
    assert [name for name, _, _ in rows] == list(Reproduction.model_fields)
    assert all(len(what) > 8 for _, what, _ in rows)
    assert ("minutes", "Expected duration on two workers.", "required") in rows
    assert {name for name, _, need in rows if need == "may be left out"} >= {"link", "measured", "why_not"}


def test_the_keys_of_an_experiment_have_their_words_and_defaults():
    keys = experiment_tables.keys()
    rows = [tuple(row) for row in re.findall(r"^\| `(\w+)` \| (.*?) \| .* \| (.*?) \|$", keys, re.M)]
    assert ("learning_rate", "Step size of the optimizer.", "`0.001`") in rows
    assert ("clip_norm", "Largest norm of the gradient of all weights together.", "left out") in rows
    assert all(about for _, about, _ in rows)


@pytest.mark.parametrize(("page", "names"), [("tasks", TASKS), ("initialisations", INITIALISATIONS)])
def test_tasks_and_initialisations_have_a_section_each(page, names):
    text = getattr(experiment_tables, page)()
    assert re.findall(r"^### `(\w+)`$", text, re.M) == list(names)


def test_an_option_of_a_task_has_its_words_and_default():
    assert re.search(r"^\| `length` \| .*\S.* \| `100` \|$", experiment_tables.tasks(), re.M)


def test_the_gallery_shows_every_figure_in_the_order_of_the_lecture():
    shown = gallery_page.figures()
    assert set(shown) == set(FIGURES)
    assert [name for names in gallery_page.parts().values() for name in names] == list(shown)
    page = gallery_page.gallery()
    for figure in shown.values():
        assert f"({figure.name})=\n\n### {figure.claim}\n" in page
        assert figure.caption.count("**How to read it.**") == 1
        assert page.count(f"../figures/{figure.image}\n") == 2  # the thumbnail and the picture
    assert "[PNG](../figures/vanishing.png)" in page


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](../figures/README.md#vanishing)", "[a](../gallery.md#vanishing)"),
        ("[a](../../figures)", "[a](../../figures)"),  # not there
        ("[a](../experiments)", "[a](experiments.md)"),
        ("[a](../examples/record.py)", "[a](../../examples/record.py)"),
        ("[a](../tests)", "a"),  # a folder
        ("[a](../tests/mutation/README.md)", "a"),
        ("[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("[a](#here)", "[a](#here)"),
        ("![a [b]](../figures/vanishing.png)", "![a [b]](../../figures/vanishing.png)"),
    ],
)
def test_links_to_other_files_of_the_repository_work_on_the_site(link, expected):
    assert other_files.relinked(link, DOCS, DOCS / "reference/x.md") == expected


def test_the_pages_of_other_files_exist():
    for file, page in other_files.PAGES.items():
        if (other_files.ROOT / file).exists():
            assert (DOCS / page).exists(), page
