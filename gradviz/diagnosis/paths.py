"""Paths that carry a gradient over the lag: through directions, and from a module to the one it continues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Amount, Finding
from gradviz.diagnosis.thresholds import VANISHING
from gradviz.errors import BadRecording
from gradviz.measures.gradient_along_path import LOST_ON_PATH, lost_over_at_most, path_ends, path_of
from gradviz.measures.gradient_reach import LENGTH
from gradviz.vocabulary import LAG, MODULE, STEP

# What keeps one module from carrying a lag; no trouble where another one carries it.
_OF_MEMORY = (kinds.VANISHING, kinds.FORGET_BIAS)
_OF_ONE_MODULE = (
    kinds.DETACHED,
    kinds.DIRECT_ONLY,
    kinds.SATURATED,
    kinds.CLOSED_GATE,
    kinds.FROZEN,
    kinds.DEAD_RELU,
)


@dataclass(frozen=True)
class Path:
    """A way of the gradient back over the lag.

    Attributes
    ----------
    modules : tuple of str
        The module in which the gradient begins, and those that it continues.
    lost : Amount or None
        Decades lost over the lag; None if the gradient does not tell.
    lag : int
        Time steps over which that was measured.
    is_long_enough : bool
        Whether the path has as many time steps as the task needs.
    """

    modules: tuple[str, ...]
    lost: Amount | None
    lag: int
    is_long_enough: bool

    @property
    def carries(self) -> bool:
        """Whether the gradient is known to cross the lag."""
        return self.is_long_enough and self.lost is not None and self.lost.value < VANISHING["warning"]


def leads_through_several(recording: xr.DataTree) -> bool:
    """Whether any path may lead through more than one module.

    Parameters
    ----------
    recording : DataTree

    Returns
    -------
    bool
    """
    return any(len(path_of(recording, name)) > 1 for name in path_ends(recording))


def paths(contexts: Mapping[str, DiagnosisContext]) -> list[Path]:
    """The paths of a recording; a module that another one continues is part of that one's path.

    Parameters
    ----------
    contexts : mapping of str to DiagnosisContext
        Of the modules with gradients.

    Returns
    -------
    list of Path
    """
    if not contexts:
        return []
    recording = next(iter(contexts.values())).recording
    ways = [path_of(recording, name) for name in path_ends(recording)]
    known = [[str(part) for part in way if part in contexts] for way in ways]
    return [_path(contexts, modules) for modules in known if modules]


def _path(contexts: Mapping[str, DiagnosisContext], modules: list[str]) -> Path:
    # where the loss reads most time steps of a decoder, its own steps do not tell; those before it do
    while len(modules) > 1 and contexts[modules[0]].has_loss_on_most_steps:
        modules = modules[1:]
    first = contexts[modules[0]]
    if len(modules) == 1:
        return Path(tuple(modules), first.gradient_lost, first.measured_lag, first.is_long_enough)
    lost, lag = _lost_on_path(contexts, modules)
    return Path(tuple(modules), lost, lag, first.is_long_enough)


def _lost_on_path(contexts: Mapping[str, DiagnosisContext], modules: list[str]) -> tuple[Amount | None, int]:
    """Decades lost along a path of several modules at the judged step, and the lag that was measured."""
    first = contexts[modules[0]]
    at_step = xr.DataTree.from_dict({name: contexts[name].dataset for name in modules})
    try:
        found = lost_over_at_most(at_step, first.required_lag, module=first.module)
    except BadRecording:
        return None, first.measured_lag
    values, lag = found[LOST_ON_PATH], int(found.attrs[LAG])
    if not values.size or bool(values.isnull().all()):
        return None, lag
    amount = Amount(
        name=str(values.attrs["long_name"]),
        value=float(values.item()),
        unit=str(values.attrs["units"]),
        function="gradient_along_path",
        variable=LOST_ON_PATH,
        options={LAG: lag, MODULE: first.module},
        where={STEP: first.dataset[STEP].item()},
    )
    return amount, lag


def without_what_others_carry(found: Sequence[Finding], ways: Sequence[Path]) -> list[Finding]:
    """The findings without those of a memory that is not needed, because another path carries the lag.

    Parameters
    ----------
    found : sequence of Finding
    ways : sequence of Path

    Returns
    -------
    list of Finding
        What one module of a path loses is left out, since the path is judged as a whole. Trouble of one
        module becomes a warning, and what it forgets a note, where a path through others carries the lag.
    """
    found = [each for each in found if not _is_part_of(each, ways) and not _is_of_a_short_path(each, ways)]
    carrying = [path for path in ways if path.carries]
    return [_milder(each, carrying) for each in found] if carrying else found


def depends_on_paths(finding: Finding) -> bool:
    """Whether `without_what_others_carry` may leave out a finding, or make it milder.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    bool
    """
    return finding.kind in _OF_ONE_MODULE or _is_of_memory(finding)


def _is_of_memory(finding: Finding) -> bool:
    return finding.kind in _OF_MEMORY or any(a.variable == LENGTH for a in finding.amounts)


def _is_part_of(finding: Finding, ways: Sequence[Path]) -> bool:
    """Whether one of several modules of a path is said to forget, and how much the path loses is known."""
    if finding.kind not in _OF_MEMORY or any(a.variable == LOST_ON_PATH for a in finding.amounts):
        return False
    of_module = [path for path in ways if finding.where.module in path.modules and len(path.modules) > 1]
    if finding.kind == kinds.FORGET_BIAS:
        return any(path.carries for path in of_module)
    return any(path.lost is not None and path.is_long_enough for path in of_module)


def _is_of_a_short_path(finding: Finding, ways: Sequence[Path]) -> bool:
    """Whether a module too short for the lag is said to forget, though another is long enough for it."""
    of_module = [path for path in ways if finding.where.module in path.modules]
    if not _is_of_memory(finding) or not of_module or any(path.is_long_enough for path in of_module):
        return False
    return any(path.is_long_enough for path in ways)


def _milder(finding: Finding, carrying: Sequence[Path]) -> Finding:
    """A finding about one module, where a path through others carries the lag."""
    others = [path for path in carrying if finding.where.module not in path.modules]
    if len(others) < len(carrying) or finding.kind not in (*_OF_MEMORY, *_OF_ONE_MODULE):
        return finding
    named = " and ".join(others[0].modules)
    what = f"{finding.what} But {named} carries the gradient over the lag, so this need not be wrong."
    if finding.kind in _OF_MEMORY:
        return replace(finding, severity="note", what=what)
    return replace(finding, severity="warning", what=what) if finding.is_trouble else finding
