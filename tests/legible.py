"""Whether every text of a figure can be read: no text overlaps another or is cut off by the figure's edge."""

from itertools import combinations

from matplotlib.text import Text

_SLACK = 0.5  # pixels


def assert_legible(figure, *, at_least=1):
    """Raise unless there are `at_least` texts, and none is cut off or overlaps another."""
    figure.draw_without_rendering()
    boxes = text_boxes(figure)
    assert len(boxes) >= at_least, [name for name, _ in boxes]
    for name, box in boxes:
        inside = box.x0 >= -_SLACK and box.y0 >= -_SLACK
        inside = inside and box.x1 <= figure.bbox.x1 + _SLACK and box.y1 <= figure.bbox.y1 + _SLACK
        assert inside, f"{name!r} is cut"
    for (one, a), (other, b) in combinations(boxes, 2):
        width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert width <= _SLACK or height <= _SLACK, f"{one!r} overlaps {other!r}"


def text_boxes(figure):
    """Every text that is drawn: what it says and its box in pixels; a legend is one text."""
    texts = [*figure.texts, *(text for ax in figure.axes for text in texts_of(ax))]
    boxes = [
        (text.get_text(), Text.get_window_extent(text))
        for text in texts
        if text.get_visible() and text.get_text().strip()
    ]
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    return boxes + [(_said(legend), legend.get_window_extent()) for legend in legends]


def texts_of(ax):
    """Titles, labels, notes and those tick labels that lie within the view."""
    texts = [ax.title, ax._left_title, ax._right_title, *ax.texts]
    if not ax.axison:
        return texts
    for axis in (ax.xaxis, ax.yaxis):
        if not axis.get_visible():
            continue
        low, high = sorted(axis.get_view_interval())
        slack = 1e-9 * (high - low)
        ticks = [tick for tick in axis.get_major_ticks() if low - slack <= tick.get_loc() <= high + slack]
        texts += [axis.label, axis.get_offset_text()]
        texts += [label for tick in ticks for label in (tick.label1, tick.label2)]
    return texts


def _said(legend):
    return "legend: " + ", ".join(text.get_text() for text in legend.get_texts())
