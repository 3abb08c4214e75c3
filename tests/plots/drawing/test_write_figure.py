"""A picture is under its name as a whole, or not at all."""

import io

import matplotlib.pyplot as plt
import pytest

from gradviz.plots.drawing.write_figure import write_figure


@pytest.fixture
def figure():
    drawn, ax = plt.subplots(figsize=(1, 1))
    ax.plot([1, 2])
    yield drawn
    plt.close(drawn)


@pytest.mark.parametrize("ending", ["png", "PNG"])
def test_it_is_what_matplotlib_writes(figure, tmp_path, ending):
    write_figure(figure, tmp_path / f"x.{ending}", dpi=30)
    expected = io.BytesIO()
    figure.savefig(expected, format="png", dpi=30)
    assert (tmp_path / f"x.{ending}").read_bytes() == expected.getvalue()


def test_a_failure_leaves_the_earlier_picture(figure, tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    path.write_bytes(b"earlier")

    def half(file, **options):
        file.write(b"half")
        raise RuntimeError("in the middle")

    monkeypatch.setattr(figure, "savefig", half)
    with pytest.raises(RuntimeError, match="in the middle"):
        write_figure(figure, path)
    assert [inside.read_bytes() for inside in tmp_path.iterdir()] == [b"earlier"]
