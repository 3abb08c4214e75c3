"""The page about benchmarks says what the kept results say."""

from dataclasses import replace
from pathlib import Path

import pytest

from gradviz.benchmark import page
from gradviz.benchmark.kept_results import read_results
from gradviz.benchmark.other_ways import JACOBIAN_WAYS, WAYS
from gradviz.benchmark.page import (
    NoPlaceForTables,
    pictures_beside,
    read_page,
    results_beside,
    tables,
    with_tables,
)

PAGE = Path(__file__).resolve().parents[2] / "docs/benchmarks.md"
PICTURES = ["a.png", "b.png"]


def test_the_tables_by_hand(results):
    text = tables(results, PICTURES)
    assert "| LSTM | 1.25 ms [1.20 to 1.40] | at most 1.2 | over by 0.05 | native 50 ms |" in text
    assert "| sweep | 0.90 | at least 0.85 | within |  |" in text.replace("0.900", "0.90")
    assert "**1 of 2 limits met.**" in text
    assert text.index("### Recorded step") < text.index("### Commands")
    line = next(line for line in text.splitlines() if line.startswith("| cell in a loop, retain_grad"))
    assert line.endswith("| 3.00 (150) | not measured | 2e-07 |")
    assert "| not installed | not installed |" in text
    assert "Made on 2020-01-02 at commit 1" in text
    assert "a training step at t = 100, 128 units, batch 64, 2 threads" in text.lower()
    assert "](a.png)" in text
    assert "](b.png)" in text


def test_jacobians_are_relative_to_gradviz_whichever_is_native(results, measurement):
    both = [measurement("step_jacobian_norms", ratio=0.01), measurement("jacrev", ratio=4.0)]
    text = tables(replace(results, measurements=both), PICTURES)
    lines = [line for line in text.splitlines() if line.startswith("| torch.")]
    assert "| 100 (50.0) |" in lines[0]
    assert "| 4.00 (200) |" in lines[1]


def test_what_stands_around_the_tables_stays(results):
    text = f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n"
    made = with_tables(text, results, pictures=PICTURES)
    assert made.startswith("before\n")
    assert made.endswith("\nafter\n")
    assert "old" not in made
    assert with_tables(made, results, pictures=PICTURES) == made


def test_a_page_without_marks_is_refused_and_a_missing_one_is_new(tmp_path):
    path = tmp_path / "page.md"
    assert page.BEGIN in read_page(path)
    for text in ("nothing", page.BEGIN, f"{page.END}\n{page.BEGIN}"):
        path.write_text(text)
        with pytest.raises(NoPlaceForTables, match=r"page.md must have a line <!-- tables"):
            read_page(path)


def test_the_page_has_the_stored_results():
    """If this fails: `gradviz benchmark page docs/benchmarks.md`."""
    text = PAGE.read_text(encoding="utf-8")
    names = [path.name for path in pictures_beside(PAGE)]
    assert with_tables(text, read_results(results_beside(PAGE)), pictures=names) == text


def test_the_pictures_are_small():
    for path in pictures_beside(PAGE):
        assert path.stat().st_size < 200_000


def test_the_stored_results_are_of_every_way():
    found = {one.way for one in read_results(results_beside(PAGE)).comparisons}
    assert found == {*WAYS, *JACOBIAN_WAYS}
