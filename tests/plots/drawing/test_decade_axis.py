"""Powers of ten on an axis of logarithms."""

import matplotlib.pyplot as plt
import pytest

from gradviz.plots.drawing.decade_axis import label_decades


def test_whole_decades():
    figure, ax = plt.subplots()
    ax.set_ylim(-7.3, 0.2)
    label_decades(ax.yaxis, most=4)
    figure.draw_without_rendering()
    ticks = [tick for tick in ax.get_yticks() if -7.3 <= tick <= 0.2]
    assert all(tick == round(tick) for tick in ticks)
    assert len(ticks) <= 5
    assert "$10^{-6}$" in [label.get_text() for label in ax.get_yticklabels()]
    plt.close(figure)


@pytest.mark.parametrize(("low", "high"), [(-3.4, -2.9), (-3.001, -3.0), (-3.0, -3.0 + 1e-9)])
def test_labels_within_a_decade_differ(low, high):
    figure, ax = plt.subplots()
    ax.set_ylim(low, high)
    label_decades(ax.yaxis)
    figure.draw_without_rendering()
    bottom, top = ax.get_ylim()
    assert bottom <= low
    assert top >= high
    shown = [
        label.get_text()
        for label, tick in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)
        if bottom <= tick <= top
    ]
    assert len(set(shown)) == len(shown) >= 2
    plt.close(figure)
