"""One colour scale for several heatmaps of the gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import xarray as xr

from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.gradient_grid import gradient_grid
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import LOG10_GRAD_H, STEP, TIME

Recording = xr.Dataset | xr.DataTree


def shared_limits(
    recordings: Iterable[Recording] | Mapping[str, Recording],
    *,
    variable: str = LOG10_GRAD_H,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> tuple[float, float]:
    """The ends of a colour scale that fits the gradients of several recordings, in decades.

    Parameters
    ----------
    recordings : iterable of Dataset or DataTree, or mapping of label to either
        As `plot_gradient_heatmap` takes them.
    variable : str
        Any log10 norm of the recordings.
    module, layer, direction, call : optional
        As in `plot_gradient_heatmap`, for every recording.

    Returns
    -------
    low, high : float
        Whole decades, for ``limits=`` of `plot_gradient_heatmap`.

    Raises
    ------
    ValueError
        If there is no recording.
    BadRecording, UnknownName, TypeError
        As `plot_gradient_heatmap`.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> trees = [gv.probe(nn.RNN(2, 4, batch_first=True), length=length) for length in (10, 40)]
    >>> limits = gv.shared_limits(trees)
    >>> axes = [gv.plot_gradient_heatmap(tree, limits=limits) for tree in trees]
    >>> axes[0].images[0].get_clim() == axes[1].images[0].get_clim() == limits
    True
    """
    if isinstance(recordings, xr.Dataset | xr.DataTree):
        given: list[Recording] = [recordings]
    else:
        given = list(recordings.values() if isinstance(recordings, Mapping) else recordings)
    if not given:
        raise ValueError("no recording to share limits; give several, for example [tree, other]")

    @takes_any_selection(STEP, TIME)
    def norms(data: Recording, *, module: str | None) -> xr.DataArray:
        series = select_series(
            select_module(data, module=module), layer=layer, direction=direction, call=call
        )
        return xr.DataArray(gradient_grid(series, variable).on_scale)

    norm = decade_norm([norms(data, module=module).values for data in given])
    return float(norm.vmin or 0.0), float(norm.vmax or 0.0)
