"""What is found in a network that learns all the same is a warning, and no trouble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Finding
from gradviz.diagnosis.learning import has_solved
from gradviz.measures.loss_course import END, RELATIVE_END, loss_course

_OF_GRADIENTS = (kinds.CLIPPING, kinds.ACCUMULATE)  # of a whole training, and harmful only if it fails
_LEARNS = " All the same the loss has come to {:.2g} times its first value: the network learns."


def milder_if_it_learns(found: Sequence[Finding], recording: xr.DataTree) -> list[Finding]:
    """The findings of modules and gradients, of which trouble is a warning where the task is solved.

    A loss of exactly zero has no gradient, so that nothing is said of that.

    Parameters
    ----------
    found : sequence of Finding
    recording : DataTree

    Returns
    -------
    list of Finding
        Trouble with the recording itself stays trouble.
    """
    if not any(finding.is_trouble for finding in found) or not has_solved(recording):
        return list(found)
    course = loss_course(recording)
    is_zero, end = float(course[END]) == 0, float(course[RELATIVE_END])
    kept = [each for each in found if not (is_zero and each.kind == kinds.NO_GRADIENT)]
    return [_milder(finding, end) for finding in kept]


def _milder(finding: Finding, end: float) -> Finding:
    of_the_recording = (kinds.REPLAY_ERROR, kinds.NOTHING_RECORDED, kinds.NOT_FINITE)
    of_how_it_learns = bool(finding.where.module) or finding.kind in _OF_GRADIENTS
    if not finding.is_trouble or finding.kind in of_the_recording or not of_how_it_learns:
        return finding
    return replace(finding, severity="warning", what=finding.what + _LEARNS.format(end))
