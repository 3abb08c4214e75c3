"""One panel of a figure that has several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from gradviz.errors import unknown_name

_NARROW = 1e-3  # share of a column without a panel


def name_panel(ax: Axes, name: str = "", *, x: str = "", y: str = "") -> None:
    """Say what `keep_panel` calls a panel, and how its axes are called where it stands alone.

    Nothing of it is drawn in the whole figure, where a neighbour or the title says the same.

    Parameters
    ----------
    ax : Axes
    name : str
        By default its title.
    x, y : str
        By default the names that the axes have.
    """
    if name:
        ax.set_label(name)
    for axis, text in ((ax.xaxis, x), (ax.yaxis, y)):
        if text:
            axis.set_label_text(text, visible=False)


def panel_names(figure: Figure) -> list[str]:
    """The names by which `keep_panel` knows the panels of a figure; colour bars have none."""
    return [_name(ax) for ax in figure.axes if not _is_colour_bar(ax)]


def keep_panel(figure: Figure, name: str) -> None:
    """Remove all panels but one, its colour bar, and those below it without a title; the claim goes too.

    The claim of a figure is about all of its panels.

    Parameters
    ----------
    figure : Figure
    name : str
        The name of a panel, in any case; its beginning is enough if only one begins so.

    Raises
    ------
    UnknownName
        If no panel, or more than one, has such a name.
    """
    chosen = _named(figure, name)
    place = chosen.get_subplotspec()
    kept = [ax for ax in figure.axes if ax is chosen or _belongs_to(ax, chosen)]
    bars = [ax for ax in figure.axes if hasattr(ax, "_colorbar_info")]
    removed = [ax for ax in figure.axes if ax not in kept and ax not in bars]
    for ax in kept:
        _name_axes(ax, kept, removed)
    for ax in removed:
        for aligned in figure._align_label_groups.values():  # type: ignore[attr-defined]
            aligned.remove(ax)
        ax.remove()
    for bar in bars:
        info: dict[str, Any] = bar._colorbar_info
        info["parents"] = [ax for ax in info["parents"] if ax in kept]
        if info["parents"]:
            bar.yaxis.label.set_visible(True)
        else:
            bar.remove()
    _give_room(place, alone=len(kept) == 1)
    title = figure._suptitle  # type: ignore[attr-defined]
    if title is not None:
        title.set_text("")
        title.set_in_layout(False)


def _give_room(place: SubplotSpec | None, *, alone: bool) -> None:
    """Make the other columns of a panel's grid narrow, and the other rows low if nothing else is left."""
    while place is not None:
        grid: Any = place.get_gridspec()
        grid.set_width_ratios(_ratios(grid.get_width_ratios(), place.colspan))
        if alone:
            grid.set_height_ratios(_ratios(grid.get_height_ratios(), place.rowspan))
        place = getattr(grid, "_subplot_spec", None)  # of the grid around this one


def _ratios(ratios: Sequence[float], span: range) -> list[float]:
    return [ratio if place in span else _NARROW for place, ratio in enumerate(ratios)]


def _name_axes(ax: Axes, kept: Sequence[Axes], removed: Sequence[Axes]) -> None:
    """Give a panel the names and the tick labels that only the panels at the edge had."""
    for which in ("x", "y"):
        own: Axis = getattr(ax, f"{which}axis")
        own.label.set_visible(True)
        others = [other for other in (*kept, *removed) if other is not ax and _has_scale_of(ax, other, which)]
        if any(other in kept and getattr(other, f"get_{which}label")() for other in others):
            continue  # it still stands above the panel that says it
        for other in others:
            theirs: Axis = getattr(other, f"{which}axis")
            if not own.get_label_text():
                own.set_label_text(theirs.get_label_text())
            if _is_labelled(theirs) and not _is_labelled(own):
                _label_as(own, theirs)


def _has_scale_of(ax: Axes, other: Axes, which: str) -> bool:
    """Whether two panels share an axis, or stand below or beside each other with the same limits."""
    if getattr(ax, f"get_shared_{which}_axes")().joined(ax, other):
        return True
    places = ax.get_subplotspec(), other.get_subplotspec()
    if not _are_in_one_grid(*places):
        return False
    lines = [place.colspan if which == "x" else place.rowspan for place in places if place is not None]
    limits = [getattr(each, f"get_{which}lim")() for each in (ax, other)]
    return lines[0] == lines[1] and limits[0] == limits[1]


def _is_labelled(axis: Axis) -> bool:
    return any(tick.label1.get_visible() and tick.label1.get_text() for tick in _drawn_ticks(axis))


def _drawn_ticks(axis: Axis) -> Any:
    axis.get_majorticklabels()  # writes them
    return axis.get_major_ticks()


def _label_as(axis: Axis, other: Axis) -> None:
    """Show the tick labels of an axis in the font of another's."""
    axis.set_tick_params(label1On=True)
    for own, theirs in zip(_drawn_ticks(axis), _drawn_ticks(other), strict=False):
        own.label1.set_fontproperties(theirs.label1.get_fontproperties())
        own.label1.set_horizontalalignment(theirs.label1.get_horizontalalignment())


def _named(figure: Figure, name: str) -> Axes:
    panels = {_name(ax): ax for ax in figure.axes if not _is_colour_bar(ax)}
    wanted = name.strip().lower()
    exact = [ax for title, ax in panels.items() if title and title.lower() == wanted]
    begin = [ax for title, ax in panels.items() if title and title.lower().startswith(wanted)]
    for found in (exact, begin):
        if len(found) == 1:
            return found[0]
    raise unknown_name("panel", name, [title for title in panels if title])


def _name(ax: Axes) -> str:
    return " ".join((str(ax.get_label()) or _title(ax)).split())


def _title(ax: Axes) -> str:
    return next((title for loc in ("left", "center", "right") if (title := ax.get_title(loc))), "")


def _is_colour_bar(ax: Axes) -> bool:
    return hasattr(ax, "_colorbar")


def _belongs_to(ax: Axes, chosen: Axes) -> bool:
    """Whether it is a colour bar in the columns of a panel, or one below that is part of a titled panel."""
    own, place = ax.get_subplotspec(), chosen.get_subplotspec()
    if own is None or place is None or not _are_in_one_grid(own, place):
        return False
    if _is_colour_bar(ax):
        return set(own.colspan) <= set(place.colspan)
    is_whole = bool(chosen.get_label())  # it was named apart from what it stands with
    return own.colspan == place.colspan and not is_whole and (bool(ax.get_label()) or not _title(ax))


def _are_in_one_grid(own: SubplotSpec | None, place: SubplotSpec | None) -> bool:
    return own is not None and place is not None and own.get_gridspec() is place.get_gridspec()
