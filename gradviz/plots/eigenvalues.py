"""The eigenvalues of recurrent weights in the complex plane, with the unit circle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from gradviz.dynamics_vocabulary import EIGENVALUE_IMAG, EIGENVALUE_REAL
from gradviz.errors import BadRecording
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.computed import labelled_computed
from gradviz.plots.drawing.gate_order import gates_in_order
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.palette import GREY, gate_colour, on_background, shade, text_colour
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.recorded_step import at_gate
from gradviz.recording.tree import select_series
from gradviz.vocabulary import GATE, SPECTRAL_RADIUS

_MARKERS = ("o", "s", "^", "D")
_SHADES = (0.0, 0.45, -0.35)


class _Spectrum(NamedTuple):
    """The eigenvalues of one gate's weight, shape (eigenvalue,), and how they are drawn."""

    label: str
    gate: str
    real: np.ndarray
    imag: np.ndarray
    radius: float
    colour: str
    marker: str


def plot_eigenvalues(
    data: xr.Dataset | Mapping[str, xr.Dataset],
    *,
    ax: Axes | None = None,
    gate: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
) -> Axes:
    """Eigenvalues of the recurrent weights, with the unit circle and their spectral radii.

    Parameters
    ----------
    data : Dataset, or mapping of label to Dataset
        As returned by ``hidden_eigenvalues``: ``eigenvalue_real`` and ``eigenvalue_imag``, dims (layer,
        direction, gate, eigenvalue), and ``spectral_radius``, dims (layer, direction, gate).
    ax : Axes, optional
    gate : str, optional
        By default all gates of a single Dataset; for a mapping, the gate that keeps the state.
    layer : int, optional
        By default the last.
    direction : {"forward", "reverse"}, optional
        By default forward.

    Returns
    -------
    Axes
        Its collections are the spectra; its patches are the unit circle and one circle for each spectral
        radius.

    Raises
    ------
    ValueError
        If the mapping is empty.
    TypeError
        If the data is neither a Dataset nor a mapping of Datasets.
    BadRecording, UnknownName
        If a Dataset has no eigenvalues, or no such gate, layer or direction.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013): a spectral radius above 1 is necessary for a linear recurrence to
    explode, one below 1 sufficient for it to vanish.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> ax = gv.plot_eigenvalues(gv.hidden_eigenvalues(nn.GRU(2, 8)))
    >>> len(ax.collections), len(ax.patches)
    (3, 4)
    """
    compared = not isinstance(data, xr.Dataset)
    datasets = labelled_computed(data, xr.Dataset, made_by="hidden_eigenvalues(module)")
    spectra = [
        spectrum
        for number, (label, dataset) in enumerate(datasets.items())
        for spectrum in _spectra(
            label,
            select_series(dataset, layer=layer, direction=direction),
            gate,
            number if compared else None,
        )
    ]
    ax = axes_or_new(ax, layout="compressed")
    _draw_plane(ax)
    for spectrum in spectra:
        _draw(ax, spectrum)
    _finish(ax, spectra)
    if compared:
        ax.set_title(gate_title(spectra[0].gate))
    return ax


def _spectra(label: str, dataset: xr.Dataset, gate: str | None, number: int | None) -> list[_Spectrum]:
    for name in (EIGENVALUE_REAL, EIGENVALUE_IMAG, SPECTRAL_RADIUS):
        if name not in dataset:
            listed = ", ".join(sorted(map(str, dataset.data_vars))) or "nothing"
            raise BadRecording(
                f"no {name!r} in this dataset (it has {listed}); give what hidden_eigenvalues(module) returns"
            )
    chosen = dataset if gate is None and number is None else at_gate(dataset, gate)
    chosen = gates_in_order(chosen if GATE in chosen.dims else chosen.expand_dims(GATE))
    return [
        _Spectrum(
            label or str(name),
            str(name),
            chosen[EIGENVALUE_REAL].isel({GATE: place}).values,
            chosen[EIGENVALUE_IMAG].isel({GATE: place}).values,
            float(chosen[SPECTRAL_RADIUS].isel({GATE: place})),
            _colour(str(name), number),
            _MARKERS[(number or 0) % len(_MARKERS)],
        )
        for place, name in enumerate(chosen[GATE].values)
    ]


def _colour(gate: str, number: int | None) -> str:
    """The colour of the gate; the first of several spectra, the one to compare with, is grey."""
    if number == 0:
        return GREY
    shift = _SHADES[((number or 1) - 1) % len(_SHADES)]
    return on_background(shade(text_colour(gate_colour(gate)), shift))


def _draw_plane(ax: Axes) -> None:
    thin = 0.5 * plt.rcParams["lines.linewidth"]
    ax.add_patch(Circle((0, 0), 1, fill=False, edgecolor=GREY, linestyle="--", linewidth=2 * thin))
    ax.set_aspect("equal")


def _draw(ax: Axes, spectrum: _Spectrum) -> None:
    size = float(plt.rcParams["font.size"])
    ax.scatter(
        spectrum.real,
        spectrum.imag,
        s=(0.4 * size) ** 2,
        color=spectrum.colour,
        marker=spectrum.marker,
        alpha=0.7,
        linewidth=0,
        label=plain_text(spectrum.label),
    )
    ax.add_patch(
        Circle((0, 0), spectrum.radius, fill=False, edgecolor=spectrum.colour, linewidth=0.07 * size)
    )


def _finish(ax: Axes, spectra: list[_Spectrum]) -> None:
    reach = 1.08 * max(1.0, *(spectrum.radius for spectrum in spectra))
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ends = [-1, 0, 1]
    ax.set_xticks(ends, ["−1", "0", "1"])
    ax.set_yticks(ends, ["−1", "0", "1"])
    ax.set_xlabel("real part")
    ax.set_ylabel("imaginary part")
    handles = [
        Line2D(
            [],
            [],
            color=spectrum.colour,
            marker=spectrum.marker,
            linestyle="none",
            label=plain_text(f"{spectrum.label}: {spectrum.radius:.2f}"),
        )
        for spectrum in spectra
    ]
    handles.append(Line2D([], [], color=GREY, linestyle="--", label="unit circle"))
    legend = ax.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(1.02, 0.5),
        title="spectral radius",
        alignment="left",
    )
    for text, spectrum in zip(legend.get_texts(), spectra, strict=False):
        text.set_color(spectrum.colour)
