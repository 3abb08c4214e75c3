"""The modules of a recording at one training step: what is found in each, found when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import xarray as xr

from gradviz.diagnosis.checks.vanishing_on_path import vanishing_on_path
from gradviz.diagnosis.checks_of_module import findings_of_module
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding
from gradviz.diagnosis.kinds import NOTHING_RECORDED, VANISHING
from gradviz.diagnosis.paths import (
    Path,
    depends_on_paths,
    leads_through_several,
    paths,
    without_what_others_carry,
)


class Judged:
    """The modules at one training step.

    A recording may have hundreds of modules, and whether a trouble was there at an earlier step is asked of
    one of them; the others are not judged for that.

    Parameters
    ----------
    recording : DataTree
    modules : sequence of str
        Names of the modules to judge.
    lag : int or None
        Time steps that the task needs, if known.
    steps : mapping of str to int
        For every module that has one, the recorded training step to look at.
    """

    def __init__(
        self, recording: xr.DataTree, modules: Sequence[str], lag: int | None, steps: Mapping[str, int]
    ):
        self._recording, self._modules, self._lag, self._steps = recording, modules, lag, steps
        self._contexts: dict[str, DiagnosisContext] = {}
        self._found: dict[str, list[Finding]] = {}

    @cached_property
    def contexts(self) -> dict[str, DiagnosisContext]:
        """Every module at its step, also those that are not judged."""
        return {name: self._context(name) for name in self._steps}

    @cached_property
    def paths(self) -> list[Path]:
        """The paths of the modules with gradients."""
        return paths({n: c for n, c in self.contexts.items() if c.has_gradients and c.has_total})

    @cached_property
    def found(self) -> list[Finding]:
        """Everything that is found, without what is no trouble because another module carries it."""
        each = [finding for name in self._modules for finding in self._of_module(name)]
        return without_what_others_carry([*each, *self._together], self.paths)

    def has_trouble(self, kind: str, module: str) -> bool:
        """Whether a trouble of this kind is among `found`.

        Parameters
        ----------
        kind : str
        module : str
            Where it stands.

        Returns
        -------
        bool
        """
        if module not in self._modules or kind == NOTHING_RECORDED:  # stands at the model as a whole
            return any(_is(each, kind, module) for each in self.found)
        same = [each for each in self._of_module(module) if _is(each, kind, module)]
        if kind != VANISHING and not any(depends_on_paths(each) for each in same):
            return bool(same)
        same += [each for each in self._together if _is(each, kind, module)]
        return bool(same) and any(
            _is(each, kind, module) for each in without_what_others_carry(same, self.paths)
        )

    @cached_property
    def _together(self) -> list[Finding]:
        if not leads_through_several(self._recording):
            return []
        return [each for path in self.paths for each in vanishing_on_path(self.contexts, path)]

    def _of_module(self, name: str) -> list[Finding]:
        if name not in self._steps:
            return []
        if name not in self._found:
            self._found[name] = findings_of_module(self._context(name))
        return self._found[name]

    def _context(self, name: str) -> DiagnosisContext:
        if name not in self._contexts:
            self._contexts[name] = DiagnosisContext(self._recording, name, self._lag, step=self._steps[name])
        return self._contexts[name]


def _is(finding: Finding, kind: str, module: str) -> bool:
    return finding.is_trouble and (finding.kind, finding.where.module) == (kind, module)
