"""The x axis of plots against lag."""

import matplotlib.pyplot as plt
import pytest

from gradviz.plots.drawing.lag_axis import set_lag_axis

LABEL = "time steps back from the end of the sequence"


@pytest.mark.parametrize(("longest", "limits", "ends"), [(11.0, (0, 11), (0, 11)), (0.0, (0, 1), (0, 0))])
def test_limits_and_ticks(longest, limits, ends):
    ax = plt.figure().add_subplot()
    set_lag_axis(ax, longest)
    assert ax.get_xlim() == limits
    assert (ax.get_xticks()[0], ax.get_xticks()[-1]) == ends
    assert ax.get_xlabel() == LABEL


def test_a_note_is_a_second_line():
    ax = plt.figure().add_subplot()
    set_lag_axis(ax, 5, note="line: median")
    assert ax.get_xlabel() == f"{LABEL}\nline: median"
