"""The site builds without a warning, all its links lead somewhere, and it loads nothing from elsewhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs.html_links import broken_links, loaded_from_elsewhere, read_pages

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", str(out)]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-5000:]
    return out


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    pages = read_pages(site)
    assert len(pages) > 100  # one for each public name
    assert broken_links(pages) == []
    assert loaded_from_elsewhere(pages) == []


def test_formulas_are_shown_without_a_script(site):
    lecture = (site / "lecture.html").read_text(encoding="utf-8")
    cells = json.loads((ROOT / "docs/lecture.ipynb").read_text(encoding="utf-8"))["cells"]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    formulas = [found for text in prose for found in re.findall(r"\$\$.*?\$\$|\$[^$\n]+\$", text, re.S)]
    assert lecture.count("<math ") == len(formulas) > 10
    assert "\\begin{aligned}" not in lecture


def test_the_page_of_a_plot_shows_its_picture_and_the_code(site):
    page = (site / "reference/generated/gradviz.plot_gradient_heatmap.html").read_text(encoding="utf-8")
    for kind in ("light", "dark"):
        assert f"_images/plot_gradient_heatmap-{kind}.png" in page
        assert (site / f"_images/plot_gradient_heatmap-{kind}.png").stat().st_size > 5000
    assert "plot_gradient_heatmap" in page.partition("<pre>")[2].partition("</pre>")[0]
