"""The Lyapunov spectrum: how fast small differences between states grow or fade."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gradviz.cell_descriptions import CELLS
from gradviz.dynamics_vocabulary import EXPONENT, LYAPUNOV_EXPONENT, STANDARD_ERROR
from gradviz.errors import BadRecording
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.computed import labelled_computed
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends, line_end
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import GREY, Line, ink, lines_of
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.vocabulary import CELL, OBSERVED

NEITHER = "0: a difference neither grows nor fades"


def plot_lyapunov(data: xr.DataArray | Mapping[str, xr.DataArray], *, ax: Axes | None = None) -> Axes:
    """Lyapunov exponents from the largest to the smallest, with their standard errors.

    Parameters
    ----------
    data : DataArray, dims (exponent,), or a mapping of label to such arrays
        Nats per time step, as returned by ``lyapunov_spectrum``. The coordinate ``standard_error`` and the
        attribute ``cell``, which sets the colour, are optional.
    ax : Axes, optional

    Returns
    -------
    Axes
        Its first line is at zero; then there is one line for each spectrum, against the rank from 1. A band
        extends one standard error to either side. Exponents of minus infinity are left out and counted in the
        label of the x axis.

    Raises
    ------
    ValueError
        If the mapping is empty.
    TypeError
        If the data is neither a DataArray nor a mapping of DataArrays.
    BadRecording
        If an array has other dims.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> spectrum = gv.lyapunov_spectrum(torch.nn.GRU(2, 8), torch.randn(50, 3, 2), k=4)
    >>> ax = gv.plot_lyapunov(spectrum)
    >>> ax.get_ylabel(), ax.lines[1].get_xdata().tolist()
    ('Lyapunov exponent\\n(nats per time step)', [1, 2, 3, 4])
    """
    spectra = labelled_computed(data, xr.DataArray, made_by="lyapunov_spectrum(module, x)")
    for spectrum in spectra.values():
        if spectrum.dims != (EXPONENT,):
            raise BadRecording(f"a spectrum has the dim ({EXPONENT},); this array has {spectrum.dims}")
    ax = axes_or_new(ax)
    ax.axhline(0, color=GREY, linestyle="--", zorder=1.5)
    looks = lines_of([_cell(spectrum) for spectrum in spectra.values()])
    ends = [_draw(ax, label, one, look) for (label, one), look in zip(spectra.items(), looks, strict=True)]
    _finish(ax, list(spectra.values()))
    label_line_ends(ax, [end for end in ends if end and end.text])
    return ax


def _cell(spectrum: xr.DataArray) -> str:
    cell = str(spectrum.attrs.get(CELL, OBSERVED))
    return cell if cell in CELLS else OBSERVED


def _draw(ax: Axes, label: str, spectrum: xr.DataArray, look: Line) -> LineEnd | None:
    values = np.asarray(spectrum.values, dtype=np.float64)
    rank = np.arange(1, len(values) + 1)
    shown = np.where(np.isfinite(values), values, np.nan)
    ax.plot(
        rank,
        shown,
        color=look.colour,
        linestyle=look.dash,
        label=plain_text(label),
        marker="o" if len(values) == 1 else None,
    )
    if STANDARD_ERROR in spectrum.coords:
        error = spectrum[STANDARD_ERROR].values
        ax.fill_between(rank, shown - error, shown + error, color=look.colour, alpha=0.25, linewidth=0)
    return line_end(rank, values, label, look.colour)


def _finish(ax: Axes, spectra: list[xr.DataArray]) -> None:
    longest = max(len(spectrum) for spectrum in spectra)
    ax.set_xlim(0.5, longest + 0.5)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    set_end_ticks(ax.xaxis, 1, longest)
    low, high = ax.get_ylim()
    ax.set_ylim(low, max(high, 0.08 * (high - low)))
    lost = sum(int(np.isneginf(spectrum.values).sum()) for spectrum in spectra)
    band = any(STANDARD_ERROR in spectrum.coords for spectrum in spectra)
    notes = ["band: one standard error"] * band + [f"{lost:,} at minus infinity"] * bool(lost)
    ax.set_xlabel("\n".join(["rank of the exponent", *(["; ".join(notes)] if notes else [])]))
    units = str(spectra[0].attrs.get("units", "nats per time step"))
    ax.set_ylabel(plain_text(f"{spectra[0].attrs.get('long_name', LYAPUNOV_EXPONENT)}\n({units})"))
    text = ax.annotate(
        NEITHER,
        (1, 0),
        xycoords=ax.get_yaxis_transform(),
        xytext=(-2, 3),
        textcoords="offset points",
        ha="right",
        color=ink(),
        fontsize="small",
    )
    outline(text)
