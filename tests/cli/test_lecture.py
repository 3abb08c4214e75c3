"""``gradviz lecture``, with figures that need no training."""

import pptx
import pytest
from click.testing import CliRunner
from invented_results import a_result

from gradviz.cli.main import cli
from gradviz.errors import UnknownName
from gradviz.reproductions.result_file import write_result_file


def invoke(tmp_path, *options, output="lecture.pptx"):
    arguments = ["lecture", "--style", "notebook", "--cache", str(tmp_path), "-o", str(tmp_path / output)]
    return CliRunner().invoke(cli, [*arguments, *options], standalone_mode=False, catch_exceptions=False)


def test_slides_of_some_figures(tmp_path):
    done = invoke(tmp_path, "--only", "bifurcation,scalar_gradient", "--without", "scalar_gradient")
    assert done.return_value == 0
    assert done.stdout.splitlines() == [str(tmp_path / "lecture.pptx"), str(tmp_path / "lecture-pictures")]
    assert sorted(path.name for path in (tmp_path / "lecture-pictures").iterdir()) == [
        "bifurcation.png",
        "bifurcation.svg",
    ]
    assert len(pptx.Presentation(str(tmp_path / "lecture.pptx")).slides) == 5


def test_a_handout(tmp_path):
    invoke(tmp_path, "--only", "bifurcation", output="handout.pdf")
    assert (tmp_path / "handout.pdf").read_bytes().startswith(b"%PDF")


def test_a_wrong_name_does_nothing(tmp_path):
    with pytest.raises(UnknownName, match="did you mean 'bifurcation'"):
        invoke(tmp_path, "--without", "bifurcatoin")
    assert not list(tmp_path.iterdir())


def test_a_wrong_ending_says_what_works(tmp_path):
    done = CliRunner().invoke(cli, ["lecture", "-o", str(tmp_path / "lecture.key")])
    assert done.exit_code == 2
    assert "must end in .pptx for slides, or in .pdf for the handout" in done.output


def test_no_figure_at_all_is_refused(tmp_path):
    chosen = ["--only", "bifurcation", "--without", "bifurcation"]
    done = CliRunner().invoke(cli, ["lecture", *chosen, "-o", str(tmp_path / "lecture.pptx")])
    assert done.exit_code == 2
    assert "no figure is left to show" in done.output


@pytest.mark.parametrize("output", ["file/lecture.pptx", "lecture.pdf"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_drawn(tmp_path, monkeypatch, output):
    monkeypatch.setattr("gradviz.gallery.lecture.slides.lecture_slides", pytest.fail)
    for name in ("file", "lecture-pictures"):
        (tmp_path / name).write_text("")
    done = CliRunner().invoke(cli, ["lecture", "-o", str(tmp_path / output)])
    assert done.exit_code == 2
    assert "is a file" in done.output


def test_the_part_on_papers_is_drawn_from_shipped_results(tmp_path, monkeypatch):
    monkeypatch.setattr("gradviz.reproductions.shipped_results.results_folder", lambda: tmp_path / "results")
    (tmp_path / "results").mkdir()
    write_result_file(tmp_path / "results" / "le2015.json", a_result(runs=[]))
    done = invoke(tmp_path, "--only", "papers")
    assert done.return_value == 0
    slides = list(pptx.Presentation(str(tmp_path / "lecture.pptx")).slides)
    assert len(slides) == 5
    assert slides[2].shapes.title.text.startswith("Met in 1 of 3 parts: ")
    assert "What the papers say" in slides[1].shapes[1].text_frame.text


def test_without_results_there_is_no_part_on_papers(tmp_path, monkeypatch):
    monkeypatch.setattr("gradviz.reproductions.shipped_results.results_folder", lambda: tmp_path / "none")
    done = CliRunner().invoke(cli, ["lecture", "--only", "papers", "-o", str(tmp_path / "lecture.pptx")])
    assert done.exit_code == 2
    assert "no figure is left to show: gradviz comes with no results of papers" in done.output
