"""Lines of runs on both pages."""

import pytest

from gradviz.plots.drawing.luminance import contrast
from gradviz.plots.drawing.palette import PAPER_DARK, PAPER_LIGHT
from gradviz.report.run.run_colours import run_lines


@pytest.mark.parametrize("names", [["encoder and decoder", "lstm", "gru", "rnn"], ["", "<script>"]])
def test_every_run_has_a_line_of_its_own_that_is_seen(names):
    lines = run_lines(names)
    assert len({(line.light, tuple(line.dash)) for line in lines}) == len(names)
    for line in lines:
        assert contrast(line.light, PAPER_LIGHT) >= 3
        assert contrast(line.dark, PAPER_DARK) >= 3
