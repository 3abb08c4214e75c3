"""Lines of runs on both pages."""

import re

import pytest
from report.data.made import recording

from gradviz.plots.drawing.luminance import contrast
from gradviz.plots.drawing.palette import PAPER_DARK, PAPER_LIGHT
from gradviz.report.data.compare import page_data
from gradviz.report.run.run_colours import run_lines
from gradviz.report.run.run_page import run_page


@pytest.mark.parametrize("names", [["encoder and decoder", "lstm", "gru", "rnn"], ["", "<script>"]])
def test_every_run_has_a_line_of_its_own_that_is_seen(names):
    lines = run_lines(names)
    assert len({(line.light, tuple(line.dash)) for line in lines}) == len(names)
    for line in lines:
        assert contrast(line.light, PAPER_LIGHT) >= 3
        assert contrast(line.dark, PAPER_DARK) >= 3


def test_a_second_run_of_a_cell_has_a_dash_that_no_other_run_of_it_has():
    """As on the page of the demo: a dark blue line of long dashes is the LSTM with forget bias 3."""
    lines = run_lines(["lstm", "lstm_bias_3", "gru", "lstm"])
    assert len({tuple(lines[number].dash) for number in (0, 1, 3)}) == 3


def test_the_legend_draws_every_line_with_its_dash():
    runs = {name: recording((0,)) for name in ("a", "b", "c")}
    page = run_page(page_data(runs))
    found = re.findall(r'<svg class="swatch".*?</svg>', str(page.body))
    lines = run_lines(["lstm"] * 3)
    assert len(found) == 6  # in the list of findings, and above the panels
    for number, drawn in enumerate(found):
        line = lines[number % 3]
        dash = re.search('stroke-dasharray="(.*?)"', drawn)
        assert (dash[1].split() if dash else []) == [str(part) for part in line.dash]
        assert f"--light: {line.light}; --dark: {line.dark}" in drawn
