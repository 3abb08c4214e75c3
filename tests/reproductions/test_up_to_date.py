"""A result is that of a file if its tables, its rule, its claims and its code are the same."""

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_file
from gradviz.reproductions.collect import collect
from gradviz.reproductions.paper_file import read_paper
from gradviz.reproductions.result_file import read_result_file, write_result_file
from gradviz.reproductions.up_to_date import is_of_file, is_of_paper, with_texts_of


@pytest.fixture(scope="module")
def result(done, tmp_path_factory):
    paper, _, ends = done
    path = tmp_path_factory.mktemp("result") / "tiny.json"
    write_result_file(path, collect(paper, ends).result)
    return read_result_file(path)


def test_it_is_of_its_file(result, done):
    assert is_of_paper(result, done[0])


@pytest.mark.parametrize(
    "change",
    [
        {"training__steps": 4},
        {"sweep__seed": [0, 1, 2, 3, 5]},
        {"expect": []},
        {"reproduction__learned": {"metric": "loss", "below": 0.25}},
        {"reproduction__measured": ["cost"]},
    ],
)
def test_it_is_not_of_a_file_that_says_something_else(result, tiny, write, change):
    assert not is_of_file(result, read_file(write(tiny(**change))))


def test_runs_of_other_code_are_not_those_of_the_file(result, done):
    other = result.runs[0].model_copy(update={"folder": "tiny-00000000"})
    changed = result.model_copy(update={"runs": (other, *result.runs[1:])})
    assert is_of_file(changed, done[0].file)
    assert not is_of_paper(changed, done[0])


def test_texts_may_change(result, tiny, write):
    paper = read_paper(write(tiny(reproduction__why_not="Too short.", reproduction__read_of=["met"])))
    assert is_of_paper(result, paper)
    found = with_texts_of(result, paper.file)
    assert found.told["why_not"] == "Too short."
    assert found.runs == result.runs


def test_the_same_texts_are_the_same_result(result, done, tmp_path):
    assert with_texts_of(result, done[0].file) is result


def test_a_file_without_the_table(result, tiny, write, tmp_path):
    table = tiny()
    del table["reproduction"]
    (tmp_path / "a.toml").write_text(tomli_w.dumps(table))
    assert not is_of_file(result, read_file(tmp_path / "a.toml"))
