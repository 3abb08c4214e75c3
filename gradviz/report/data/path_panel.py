"""How much of the gradient takes each path, over training step and time step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradviz.measures.gradient_paths import PATH_FRACTION, gradient_paths
from gradviz.plots.drawing.gate_order import gates_in_order
from gradviz.report.data.coarsen import every, fit, note_of
from gradviz.report.data.frames import LOG10, quantise
from gradviz.report.data.panels import Paths
from gradviz.report.data.place_blocks import Place
from gradviz.report.data.typed import labels, single
from gradviz.vocabulary import LOG10_GRAD_PATH, PATH, STEP, TIME


def paths(place: Place, nbytes: int, keep_steps: Sequence[int] = ()) -> Paths:
    """The contribution of every path, mean over sequences: its norm, and its fraction of the sum.

    Parameters
    ----------
    place : Place
    nbytes : int
        Characters of base64 that it may take.
    keep_steps : sequence of int
        Positions along ``step`` that stay in any case.

    Returns
    -------
    Paths

    Raises
    ------
    BadRecording
        If paths were not recorded.
    """
    place.require(LOG10_GRAD_PATH)
    sizes = {STEP: len(place.steps), TIME: len(place.times)}
    strides = fit(sizes, nbytes, each=2 * place.dataset.sizes[PATH])
    steps = every(STEP, sizes[STEP], strides[STEP], keep_steps)
    times = every(TIME, sizes[TIME], strides[TIME])
    norms: list[np.ndarray] = []
    fractions: list[np.ndarray] = []
    names, long_name, units = [""], "", ""
    for _, series in place.blocks([LOG10_GRAD_PATH], steps.kept):
        found = gates_in_order(gradient_paths(series).isel({TIME: times.kept}), PATH)
        for rows, variable in ((norms, LOG10_GRAD_PATH), (fractions, PATH_FRACTION)):
            rows.append(single(found[variable].transpose(STEP, PATH, TIME).values))
        names = [str(name) for name in found[PATH].values]
        about = found[LOG10_GRAD_PATH].attrs
        long_name, units = str(about["long_name"]), str(about["units"])
    dims = (STEP, PATH, TIME)
    return Paths(
        paths=names,
        long_name=long_name,
        units=units,
        steps=labels(place.steps[steps.kept], STEP),
        times=labels(place.times[times.kept], TIME),
        norms=quantise(np.concatenate(norms), dims, scale=LOG10),
        fractions=quantise(np.concatenate(fractions), dims),
        note=note_of("paths", [steps, times]),
    )
