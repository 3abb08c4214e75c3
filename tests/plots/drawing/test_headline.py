"""The title of a figure."""

import matplotlib.pyplot as plt
import pytest

from gradviz.plots.drawing.headline import TitleDoesNotFit, check_title, write_headline
from gradviz.plots.drawing.style import STYLES, use_style

WORD = "gradients "


def lines_of(title):
    figure = plt.figure()
    write_headline(figure, title.strip())
    lines = figure.get_suptitle().split("\n")
    plt.close(figure)
    return lines


@pytest.mark.parametrize(
    "style", [STYLES[0], *(pytest.param(style, marks=pytest.mark.slow) for style in STYLES[1:])]
)
def test_two_lines_fit_and_three_do_not(style):
    with use_style(style):
        two = max(count for count in range(1, 40) if len(lines_of(count * WORD)) == 2)
        check_title((two * WORD).strip())
        with pytest.raises(TitleDoesNotFit, match=rf"two lines, .*\({10 * two + 9} characters\) takes 3"):
            check_title(((two + 1) * WORD).strip())


def test_a_word_wider_than_the_figure():
    with use_style("slides"), pytest.raises(TitleDoesNotFit, match=r"'w{37}\.\.\.' is wider than the figure"):
        check_title("why " + 100 * "w")
