"""A page is written with its pictures and results, and made again from them."""

import matplotlib.pyplot as plt

from gradviz.benchmark import write_page as writing
from gradviz.benchmark.page import pictures_beside, results_beside
from gradviz.benchmark.write_page import remake_page, write_page


def test_a_page_can_be_made_again_without_measuring(tmp_path, results, monkeypatch):
    drawn = []

    def blank(measurements, *_):
        drawn.append([m.case for m in measurements])
        return plt.figure(figsize=(1, 1))

    monkeypatch.setattr(writing, "figure_times", blank)
    monkeypatch.setattr(writing, "figure_others", blank)
    path = tmp_path / "docs" / "found.md"
    written = write_page(path, results)
    assert written == [path, results_beside(path), *pictures_beside(path)]
    for picture in written[2:]:
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    first = path.read_text(encoding="utf-8")
    assert "](found-length.png)" in first
    assert "](found-others.png)" in first
    for picture in written[2:]:
        picture.unlink()
    path.write_text(first.replace("# Benchmarks", "# Mine").replace("over by", ""), encoding="utf-8")
    assert remake_page(path) == written
    assert drawn == [["samples_all", "samples_16"], ["samples_all", "loop_retain_grad", "samples_16"]] * 2
    assert path.read_text(encoding="utf-8") == first.replace("# Benchmarks", "# Mine")
    assert all(picture.exists() for picture in written[2:])
