"""The findings of the diagnosis, each with the panel that is its evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.diagnose import diagnose
from gradviz.diagnosis.finding import Finding
from gradviz.report.data.missing import Missing, or_missing
from gradviz.report.data.panels import by_name
from gradviz.vocabulary import STEP, TIME


@dataclass(frozen=True)
class Evidence:
    """Where on the page a finding can be seen.

    Attributes
    ----------
    panel : str
        A key of ``PANELS``.
    module : str
        Empty for the training as a whole.
    layer : int or None
    direction : str or None
    gate : str or None
    step : int or None
        The training step that shows it.
    time : int or None
        The time step that shows it.
    """

    panel: str
    module: str
    layer: int | None
    direction: str | None
    gate: str | None
    step: int | None
    time: int | None

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


@dataclass(frozen=True)
class FindingData:
    """One finding as the page shows it; no text is escaped.

    Attributes
    ----------
    kind : str
        A key of ``kinds.KINDS``.
    severity : {"trouble", "warning", "note"}
    title : str
        For example "The gradient vanishes".
    where : str
        For example "lstm, layer 0, forget gate".
    what : str
        A sentence.
    amounts : sequence of str
        The numbers in words, the decisive one first: "gradient lost over the lag: 12.3 decades".
    advice, code : str
        What to change, in words and in Python; empty for a consequence.
    cause : str or None
        Title of the finding that this is a consequence of.
    since : int or None
        The first recorded training step from which on it holds.
    evidence : Evidence
    """

    kind: str
    severity: str
    title: str
    where: str
    what: str
    amounts: Sequence[str]
    advice: str
    code: str
    cause: str | None
    since: int | None
    evidence: Evidence

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


GRADIENT, HEATMAP, GATES, SATURATION = "gradient", "heatmap", "gates", "saturation"
PATHS, TIME_CONSTANTS, LEARNING_CURVE = "paths", "time_constants", "learning_curve"
TEXT, ATTRIBUTES = "text", "attributes"

PANELS: Mapping[str, str] = {
    GRADIENT: "gradient norm against time",
    HEATMAP: "gradient over training and time",
    GATES: "gates by unit and time",
    SATURATION: "saturation of the gates",
    PATHS: "paths of the gradient",
    TIME_CONSTANTS: "time constants",
    LEARNING_CURVE: "learning curve",
    TEXT: "text",
    ATTRIBUTES: "settings of the run",
}
"""Every panel of a page that a finding may link to, with its title."""

PANEL_OF_PLOT: Mapping[str, str] = {
    "gradient_norms": GRADIENT,
    "gradient_heatmap": HEATMAP,
    "gate_saturation": SATURATION,
    "time_constants": TIME_CONSTANTS,
    "learning_curve": LEARNING_CURVE,
}
"""The panel that shows what ``gv.plot_<name>`` draws, for every plot that a finding names."""

PANEL_OF_KIND: Mapping[str, str] = {
    kinds.NOTHING_RECORDED: ATTRIBUTES,
    kinds.STEP_FORGOTTEN: ATTRIBUTES,
    kinds.NOT_DETACHED: GRADIENT,
    kinds.TARGET_BROADCAST: LEARNING_CURVE,
    kinds.SOFTMAX_TWICE: LEARNING_CURVE,
    kinds.LABELS_CONSTANT: LEARNING_CURVE,
    kinds.SCRAMBLED_VIEW: HEATMAP,
    kinds.INPUT_NOT_NORMALISED: SATURATION,
    kinds.INPUT_GROWS: SATURATION,
    kinds.NOT_IN_OPTIMIZER: LEARNING_CURVE,
    kinds.ACCUMULATE: LEARNING_CURVE,
    kinds.LEARNING_RATE: LEARNING_CURVE,
    kinds.LEARNING_RATE_LOW: LEARNING_CURVE,
    kinds.NOT_FINITE: HEATMAP,
    kinds.REPLAY_ERROR: ATTRIBUTES,
    kinds.NO_GRADIENT: GRADIENT,
    kinds.WRONG_BATCH_FIRST: HEATMAP,
    kinds.CONSTANT_INPUT: GATES,
    kinds.NOT_HANDED_ON: GRADIENT,
    kinds.WEIGHTS_VANISH: GRADIENT,
    kinds.DIRECT_ONLY: GRADIENT,
    kinds.DETACHED: GRADIENT,
    kinds.DEAD_RELU: SATURATION,
    kinds.EXPLODING: GRADIENT,
    kinds.SATURATED: SATURATION,
    kinds.FORGET_BIAS: TIME_CONSTANTS,
    kinds.CLOSED_GATE: SATURATION,
    kinds.OPEN_GATE: SATURATION,
    kinds.FROZEN: SATURATION,
    kinds.NON_NORMAL: GRADIENT,
    kinds.VANISHING: GRADIENT,
    kinds.BELOW_RANGE: HEATMAP,
    kinds.CLIPPING: LEARNING_CURVE,
    kinds.REVERSE_UNUSED: GRADIENT,
    kinds.TIME_AND_BATCH: HEATMAP,
    kinds.PREDICTS_MEAN: LEARNING_CURVE,
    kinds.EVERY_STEP: GRADIENT,
    kinds.PIECE_BY_PIECE: GRADIENT,
    kinds.READS_PADDING: HEATMAP,
    kinds.FROZEN_WEIGHTS: LEARNING_CURVE,
    kinds.GRADIENTS_UNSEEN: SATURATION,
    kinds.AT_ONCE: GRADIENT,
    kinds.LAYER_UNREACHED: GRADIENT,
    kinds.DIRECTION_UNREACHED: GRADIENT,
    kinds.NOT_PACKED: HEATMAP,
    kinds.SEQUENCES_UNREACHED: HEATMAP,
}
"""For every kind of finding the panel that shows it best, where the finding itself names no plot."""

_PLOT = re.compile(r"gv\.plot_([a-z_]+)\(")


def findings(tree: xr.DataTree) -> Sequence[FindingData] | Missing:
    """The findings of `gradviz.diagnose`, worst first.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    tuple of FindingData, or Missing
        Missing if this recording cannot be diagnosed, with the reason; empty if nothing was found.
    """
    return or_missing("diagnosis", lambda: tuple(_finding(each) for each in diagnose(tree)))


def panel_of(finding: Finding) -> str:
    """The panel that is the evidence of a finding: that of the plot which it names, else that of its kind.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    str
        A key of ``PANELS``.
    """
    named = _PLOT.match(finding.plot)
    return PANEL_OF_PLOT.get(named[1] if named else "", PANEL_OF_KIND[finding.kind])


def _finding(finding: Finding) -> FindingData:
    where = finding.where
    return FindingData(
        kind=finding.kind,
        severity=finding.severity,
        title=kinds.KINDS[finding.kind],
        where=str(where),
        what=finding.what,
        amounts=tuple(str(amount) for amount in finding.amounts),
        advice=finding.remedy.advice,
        code=finding.remedy.code,
        cause=None if finding.cause is None else kinds.KINDS[finding.cause],
        since=finding.since,
        evidence=Evidence(
            panel=panel_of(finding),
            module=where.module,
            layer=where.layer,
            direction=where.direction,
            gate=where.gate,
            step=finding.since if finding.since is not None else _label(finding, STEP),
            time=_label(finding, TIME),
        ),
    )


def _label(finding: Finding, dim: str) -> int | None:
    """The label along a dim of the first number that has one."""
    found = [amount.where[dim] for amount in finding.amounts if dim in amount.where]
    return int(found[0]) if found else None
