"""`gradviz.summary`: what a recording holds and what is wrong, in at most ten lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from gradviz.diagnosis.as_text import verdict
from gradviz.diagnosis.diagnose import diagnose
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.plural import counted
from gradviz.errors import BadRecording
from gradviz.recording.any_selection import check_dims
from gradviz.recording.tree import module_names, select_module
from gradviz.report.summary_rows import measured_rows, module_rows
from gradviz.short_view import ShortView
from gradviz.vocabulary import CELL, DETAIL, MODULE, NOTHING_RECORDED, STEP

_FOOTER = "print(gv.diagnose(tree)) says what to do"


@dataclass(frozen=True)
class RecordingSummary:
    """What a recording holds and what is wrong; `summary` makes it.

    Attributes
    ----------
    title : str
        How many training steps and modules there are.
    rows : tuple of (str, str)
        A label and a text each.
    diagnosis : Diagnosis or None
        None if the recording cannot be diagnosed.
    """

    title: str
    rows: tuple[tuple[str, str], ...]
    diagnosis: Diagnosis | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self._view().text()

    def __repr__(self) -> str:
        return self._view().text()

    def _repr_html_(self) -> str:
        whole = "" if self.diagnosis is None else str(self.diagnosis)
        return self._view(whole).html()

    def _view(self, whole: str = "") -> ShortView:
        is_known = self.diagnosis is not None and not whole
        return ShortView(self.title, self.rows, _FOOTER * is_known, whole=whole)


def summary(recording: xr.DataTree | xr.Dataset, *, lag: int | None = None) -> RecordingSummary:
    """Say in about ten lines what was recorded and what is wrong.

    Gradients and gates are those of the last recorded step.

    Parameters
    ----------
    recording : DataTree or Dataset
        From `gradviz.load`, ``tape.tree`` or `gradviz.probe`, or the recording of one module. What a
        selection has taken away is left out.
    lag : int, optional
        As in `gradviz.diagnose`.

    Returns
    -------
    RecordingSummary
        Shows itself as lines at the prompt and as a table in a notebook: the modules; the first loss, the
        median of the last tenth of the losses, or the last finite one if the last is not, and that of the
        trivial predictor; the largest and the smallest gradient over time (mean of the norms over sequences)
        in the layer where they differ most; the most saturated gates; what is exactly zero, below the float
        range or not finite; and the worst finding of the diagnosis, which is its attribute ``diagnosis``.

    Raises
    ------
    TypeError, BadRecording
        If this is not a recording.
    ValueError
        If the lag is not a whole number of at least 1.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> lstm = torch.nn.LSTM(2, 8, batch_first=True)
    >>> with gv.record(lstm) as tape:
    ...     for loss in (1.0, 0.5):
    ...         lstm(torch.ones(3, 20, 2))[0][:, -1].sum().backward()
    ...         tape.step(loss)
    >>> print(gv.summary(tape.tree))
    Recording: 2 training steps (0 to 1), 1 module, detail norms
      lstm       LSTM, 1 layer, 8 units; 20 time steps, 3 sequences
      loss       1 at first, 0.5 at the end
      gradient   ...
    """
    tree = _as_tree(recording)
    for node in (tree, *tree.children.values()):
        check_dims(node.to_dataset(inherit=False), "summary", ())
    names = module_names(tree)
    if not names:
        why = tree.attrs.get(NOTHING_RECORDED, "it has no module")
        return RecordingSummary(f"Recording: nothing is recorded; {why}", tuple(measured_rows(tree)))
    found, said = _diagnosed(tree, lag)
    rows = (*module_rows(tree), *measured_rows(tree), ("diagnosis", said))
    return RecordingSummary(f"Recording: {_what(tree, names)}", rows, found)


def _as_tree(recording: xr.DataTree | xr.Dataset) -> xr.DataTree:
    if isinstance(recording, xr.DataTree) and (recording.children or CELL not in recording.attrs):
        return recording
    dataset = select_module(recording)
    if CELL not in dataset.attrs:
        raise BadRecording(f"this Dataset is not the recording of a module: it lacks the attribute {CELL!r}")
    return xr.DataTree.from_dict({f"/{dataset.attrs.get(MODULE, 'module')}": dataset})


def _what(tree: xr.DataTree, names: Sequence[str]) -> str:
    nodes = [tree.children[name] for name in names]
    steps = sorted({step for node in nodes if STEP in node.coords for step in np.ravel(node[STEP])})
    numbers = f"{steps[0]} to {steps[-1]}" if len(steps) > 1 else f"number {steps[0]}" if steps else ""
    details = dict.fromkeys(str(node.attrs[DETAIL]) for node in nodes if DETAIL in node.attrs)
    parts = [
        f"{counted(len(steps), 'training step')} ({numbers})" if steps else "",
        counted(len(names), "module"),
        f"detail {' and '.join(details)}" if details else "",
    ]
    return ", ".join(part for part in parts if part)


def _diagnosed(tree: xr.DataTree, lag: int | None) -> tuple[Diagnosis | None, str]:
    try:
        found = diagnose(tree, lag=lag)
    except BadRecording as error:  # of a selection
        return None, f"not possible: {error}"
    if not found:
        return found, verdict(())
    more = f"; {counted(len(found) - 1, 'finding')} more" if len(found) > 1 else ""
    return found, f"{found[0].severity}: {found[0].title}{more}"
