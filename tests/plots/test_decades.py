"""Powers of ten on an axis of logarithms."""

import matplotlib.pyplot as plt

from gradviz.gallery.decades import label_decades


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
