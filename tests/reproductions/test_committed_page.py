"""RESULTS.md is what the result files say, and they are results of the papers' present files."""

from pathlib import Path

from gradviz.experiment.config.shipped_experiments import shipped_reproductions
from gradviz.reproductions.page import write_page
from gradviz.reproductions.paper_file import read_paper
from gradviz.reproductions.result_folder import read_results
from gradviz.reproductions.up_to_date import is_of_paper, with_texts_of

SOURCES = Path(__file__).parents[2]


def test_the_page_is_made_from_the_result_files(tmp_path):
    results, damaged = read_results(SOURCES / "experiments" / "results")
    page = tmp_path / "experiments" / "RESULTS.md"
    page.parent.mkdir()
    write_page(results, page, tmp_path / "figures" / "reproductions")
    assert not damaged
    assert page.read_text() == (SOURCES / "experiments" / "RESULTS.md").read_text()


def test_every_paper_has_a_result_of_its_present_file():
    results = {result.name: result for result in read_results(SOURCES / "experiments" / "results")[0]}
    papers = {name: read_paper(path) for name, path in shipped_reproductions().items()}
    assert list(results) == list(papers)
    for name, paper in papers.items():
        assert is_of_paper(results[name], paper), name
        assert with_texts_of(results[name], paper.file) == results[name], name


def test_every_paper_has_its_figure():
    drawn = {path.stem for path in (SOURCES / "figures" / "reproductions").glob("*.svg")}
    assert drawn == {"summary", *shipped_reproductions()}
