"""Whether every line and every label of a figure can be told from its background, and whose amber it is.

A line is compared with the background of its axes. A faint line is exempt if a strong one of the same colour
is drawn in the same axes: raw values beside their median. Areas, bands, dots, grid lines, heatmaps and lines
on a heatmap are exempt too. A text is compared with its outline, or else with what is drawn behind it.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.text import Text

from gradviz.plots.drawing.gradient_mesh import INFORMATIVE
from gradviz.plots.drawing.luminance import contrast
from gradviz.plots.drawing.palette import AMBER

LEAST = 3.0
_ROUNDING = 0.02  # of colours to 8 bits


def assert_contrast(figure, *, lines=True):
    """Raise unless every line and every label has a contrast of at least 3 with its background.

    With ``lines=False`` only labels are looked at, for a figure whose lines have the colours of a heatmap.
    """
    pale = [*(pale_lines(figure) if lines else []), *pale_texts(figure)]
    assert not pale, "; ".join(pale)


def pale_lines(figure):
    """What each line is that is too close to its background, with its colour and contrast."""
    found = []
    for ax in figure.axes:
        if ax.images or not ax.get_visible():
            continue
        background = _opaque(ax.get_facecolor(), to_rgb(figure.get_facecolor()))
        strokes = list(_strokes(ax))
        strong = {to_hex(colour[:3]) for _, colour in strokes if colour[3] == 1}
        for what, colour in strokes:
            seen = to_hex(_opaque(colour, background))
            is_faint = colour[3] < 1 and to_hex(colour[:3]) in strong
            if not is_faint and contrast(seen, to_hex(background)) < LEAST - _ROUNDING:
                found.append(f"{what} {seen}: {contrast(seen, to_hex(background)):.2f}")
    return found


def pale_texts(figure):
    """What each text says that is too close to its background, with its colour and contrast."""
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if _is_drawn(text)]
    behind = _without(figure, texts)
    found = []
    for text in texts:
        background = _outline(text) or _behind(text, behind)
        if background is None:
            continue
        seen = to_hex(_opaque(to_rgba(text.get_color(), text.get_alpha()), to_rgb(background)))
        if contrast(seen, background) < LEAST - _ROUNDING:
            found.append(f"{text.get_text()!r} {seen} on {background}: {contrast(seen, background):.2f}")
    return found


def amber_artists(figure):
    """Artists in amber that do not mark informative time steps."""
    amber = to_hex(AMBER)
    found = []
    for artist in figure.findobj(lambda one: isinstance(one, Line2D | Patch | Text)):
        if isinstance(artist, Patch):
            colours = [artist.get_facecolor(), artist.get_edgecolor()]
        else:
            colours = [artist.get_color()]
        shown = [to_hex(colour) for colour in colours if to_rgba(colour)[3]]
        if amber in shown and artist.get_gid() != INFORMATIVE:
            found.append(artist)
    return found


def _strokes(ax):
    """What every line is, with its colour, shape (4,)."""
    for line in ax.get_lines():
        if line.get_visible() and line.get_linestyle() not in ("None", "", " ") and len(line.get_xdata()):
            yield f"line {line.get_label()}", to_rgba(line.get_color(), line.get_alpha())
    for collection in ax.collections:
        if isinstance(collection, LineCollection):
            yield from ((f"lines {collection.get_label()}", colour) for colour in collection.get_colors())
    for patch in ax.patches:
        if not patch.get_fill() and patch.get_visible() and patch.get_linewidth():
            yield f"outline {patch.get_label()}", patch.get_edgecolor()
    for text in ax.texts:
        arrow = getattr(text, "arrow_patch", None)
        if isinstance(arrow, FancyArrowPatch):
            yield f"arrow of {text.get_text()!r}", arrow.get_edgecolor()


def _is_drawn(text):
    if not (text.get_visible() and text.get_text().strip()):
        return False
    box = Text.get_window_extent(text)
    canvas = text.get_figure(root=True).bbox
    ax = text.axes
    if isinstance(ax, Axes) and not (ax.get_visible() and (ax.axison or text in ax.texts)):
        return False
    return box.width > 0 and box.x1 > 0 and box.y1 > 0 and box.x0 < canvas.x1 and box.y0 < canvas.y1


def _without(figure, texts):
    """Pixels of the figure without its texts, shape (row, column, 3), from the bottom up."""
    figure.set_layout_engine("none")  # without texts, everything would move
    for text in texts:
        text.set_visible(False)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[::-1, :, :3].copy()
    for text in texts:
        text.set_visible(True)
    return pixels


def _behind(text, pixels):
    """The colour of most pixels behind a text; None beyond the figure's edge."""
    box = Text.get_window_extent(text)
    (x0, y0), (x1, y1) = np.maximum(np.floor(box.min), 0).astype(int), np.ceil(box.max).astype(int)
    inside = pixels[y0:y1, x0:x1].reshape(-1, 3)
    if not len(inside):
        return None
    colours, counts = np.unique(inside, axis=0, return_counts=True)
    return to_hex(colours[counts.argmax()] / 255)


def _outline(text):
    strokes = [effect for effect in text.get_path_effects() if hasattr(effect, "_gc")]
    colours = [stroke._gc["foreground"] for stroke in strokes if "foreground" in stroke._gc]
    return to_hex(colours[0]) if colours else None


def _opaque(colour, background):
    *channels, alpha = to_rgba(colour)
    return tuple(alpha * np.array(channels) + (1 - alpha) * np.array(background))
