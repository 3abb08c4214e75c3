"""Files of figures: the same bytes twice, with claim and alt text in them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from gradviz.errors import UnknownName
from gradviz.gallery.caption import Caption
from gradviz.gallery.save_figure import FORMATS, _rounded, _with_few_colours, save_figure
from gradviz.plots.drawing.style import use_style

CAPTION = Caption("It falls", "reading", "setting", "measured", "source", "A line that falls.")


def drawn():
    with use_style("paper"):
        figure, (left, right) = plt.subplots(1, 2, layout="constrained")
        left.plot([3, 2, 1], label="$10^{-3}$")
        left.legend()
        right.pcolormesh(np.arange(12).reshape(3, 4), rasterized=True)
        right.axhspan(0, 1, hatch="...", fill=False)
        right.set_title("Größe ‖dL/dh‖")
    return figure


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The paths of one figure, in every format, written twice."""
    folder = tmp_path_factory.mktemp("written")
    return [save_figure(drawn(), folder / sub, "it", formats=FORMATS, caption=CAPTION) for sub in "ab"]


def test_the_same_bytes_twice(written):
    for first, second in zip(*written, strict=True):
        assert first.name == second.name
        assert first.read_bytes() == second.read_bytes()


def test_files_contain_the_words_and_no_dates(written):
    png, svg, pdf = written[0]
    for path in (png, svg):
        assert b"A line that falls." in path.read_bytes()
    assert b"(It falls)" in pdf.read_bytes()
    for path in (svg, pdf):
        assert b"CreationDate" not in path.read_bytes()
        assert b"dc:date" not in path.read_bytes()


def test_text_in_an_svg_needs_no_font(written):
    (svg,) = (path for path in written[0] if path.suffix == ".svg")
    assert "<text" not in svg.read_text()


def test_an_unknown_format_writes_nothing(tmp_path):
    with pytest.raises(UnknownName, match="unknown format 'pgn'; did you mean 'png'"):
        save_figure(drawn(), tmp_path / "none", "it", formats=("svg", "pgn"), caption=CAPTION)
    assert not (tmp_path / "none").exists()


def test_paths_of_an_svg_have_three_decimals():
    svg = b'<path d="M 1.23456 20 L 3.5 4.000001" opacity="0.123456"/>'
    assert _rounded(svg) == b'<path d="M 1.234 20 L 3.5 4.000" opacity="0.123456"/>'


def test_a_png_of_lines_has_a_palette_and_looks_the_same(tmp_path):
    with use_style("paper"):
        figure, ax = plt.subplots(layout="constrained")
        ax.plot([3, 2, 1], color="#41658f")
        (path,) = save_figure(figure, tmp_path, "it", formats=("png",), caption=CAPTION)
        figure.savefig(tmp_path / "whole.png")
    with Image.open(path) as few, Image.open(tmp_path / "whole.png") as whole:
        assert few.mode == "P"
        assert few.info["dpi"] == pytest.approx(whole.info["dpi"])
        change = np.asarray(few.convert("RGB"), int) - np.asarray(whole.convert("RGB"), int)
    assert np.abs(change).max() <= 8
    assert path.stat().st_size < 0.6 * (tmp_path / "whole.png").stat().st_size


def test_a_picture_with_many_colours_keeps_them():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    assert _with_few_colours(picture) is picture


def test_a_transparent_png_keeps_its_background(tmp_path):
    (path,) = save_figure(drawn(), tmp_path, "it", formats=("png",), caption=CAPTION, transparent=True)
    with Image.open(path) as picture:
        assert picture.mode == "RGBA"
