"""One panel of a figure that has several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.errors import unknown_name

_NARROW = 1e-3  # share of a column without a panel


def keep_panel(figure: Figure, name: str) -> None:
    """Remove all panels but one, its colour bar, and what stands in the same column; the claim goes too.

    The claim of a figure is about all of its panels.

    Parameters
    ----------
    figure : Figure
    name : str
        The title of a panel, in any case; its beginning is enough if only one begins so.

    Raises
    ------
    UnknownName
        If no panel, or more than one, has such a title.
    """
    chosen = _named(figure, name)
    place = chosen.get_subplotspec()
    bars = [ax for ax in figure.axes if hasattr(ax, "_colorbar_info")]
    kept = [ax for ax in figure.axes if ax not in bars and (ax is chosen or _same_column(ax, place))]
    removed = [ax for ax in figure.axes if ax not in kept and ax not in bars]
    _label_as(chosen, removed)
    for ax in removed:
        ax.remove()
    for bar in bars:
        info: dict[str, Any] = bar._colorbar_info
        info["parents"] = [ax for ax in info["parents"] if ax in kept]
        if not info["parents"]:
            bar.remove()
    if place is not None:
        grid = place.get_gridspec()
        grid.set_width_ratios([1.0 if column in place.colspan else _NARROW for column in range(grid.ncols)])
        if not any(_same_column(ax, place) for ax in kept if ax is not chosen):
            grid.set_height_ratios([1.0 if row in place.rowspan else _NARROW for row in range(grid.nrows)])
    for ax in kept:
        ax.tick_params(labelbottom=True, labelleft=True)
    title = figure._suptitle  # type: ignore[attr-defined]
    if title is not None:
        title.set_text("")
        title.set_in_layout(False)


def _label_as(ax: Axes, removed: Sequence[Axes]) -> None:
    """Give a panel the names of the axes that only the panels at the edge had."""
    for other in removed:
        if not ax.get_ylabel() and other.get_ylabel() and ax.get_shared_y_axes().joined(ax, other):
            ax.set_ylabel(other.get_ylabel())
        if not ax.get_xlabel() and other.get_xlabel() and ax.get_shared_x_axes().joined(ax, other):
            ax.set_xlabel(other.get_xlabel())


def _named(figure: Figure, name: str) -> Axes:
    titles = {title: ax for ax in figure.axes if (title := _title(ax))}
    wanted = name.strip().lower()
    exact = [ax for title, ax in titles.items() if title.lower() == wanted]
    begin = [ax for title, ax in titles.items() if title.lower().startswith(wanted)]
    for found in (exact, begin):
        if len(found) == 1:
            return found[0]
    raise unknown_name("panel", name, titles)


def _title(ax: Axes) -> str:
    found = [ax.get_title(loc) for loc in ("left", "center", "right")]
    return " ".join(next((title for title in found if title), "").split())


def _same_column(ax: Axes, place: Any) -> bool:
    own = ax.get_subplotspec()
    if own is None or place is None or own.get_gridspec() is not place.get_gridspec():
        return False
    return set(own.colspan) == set(place.colspan) and not _title(ax)
