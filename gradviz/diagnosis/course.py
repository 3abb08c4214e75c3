"""Goes through a training: which step of each module is judged, and since when each trouble holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from gradviz.diagnosis.causes import LASTING
from gradviz.diagnosis.diagnosed_step import recorded_steps
from gradviz.diagnosis.finding import Finding
from gradviz.diagnosis.judged import Judged

_PROBED = 5
"""Recorded steps, evenly spaced, at which an earlier trouble is looked for."""


class Course:
    """A recording, step by step.

    Parameters
    ----------
    recording : DataTree
    modules : sequence of str
        Names of the modules to judge.
    lag : int or None
        Time steps that the task needs, if known.
    before : int or None
        Only steps before this one are judged, because from it on values are not finite.
    """

    def __init__(
        self, recording: xr.DataTree, modules: Sequence[str], lag: int | None, *, before: int | None = None
    ):
        self.recording, self.modules, self.lag, self._before = recording, modules, lag, before
        self._judged: dict[int | None, Judged] = {}
        self.steps = {name: self._steps(name) for name in recording.children}

    def _steps(self, module: str) -> list[int]:
        """The recorded steps of a module that can be judged: with a gradient, if any step has one."""
        steps = recorded_steps(self.recording.children[module].to_dataset(inherit=False))
        return [step for step in steps if self._before is None or step < self._before]

    @property
    def last(self) -> Judged:
        """The modules at the last step of each that can be judged."""
        return self.at(None)

    def at(self, step: int | None) -> Judged:
        """The modules at the last step of each up to a given one.

        Parameters
        ----------
        step : int or None
            None for the last one.

        Returns
        -------
        Judged
        """
        if step not in self._judged:
            self._judged[step] = self._judge(step)
        return self._judged[step]

    def _judge(self, step: int | None) -> Judged:
        last = {}
        for name, steps in self.steps.items():
            upto = [each for each in steps if step is None or each <= step]
            if upto:
                last[name] = upto[-1]
        return Judged(self.recording, self.modules, self.lag, last)

    def with_beginnings(self) -> list[Finding]:
        """The findings at the last step; trouble says since when, and brings what led to it.

        Returns
        -------
        list of Finding
            What led to a trouble and is gone at the last step stands in it too, with its own step.
        """
        found = list(self.last.found)
        probed = self._probed()
        if len(probed) < 2:
            return found
        found = [replace(f, since=self._since(f, probed)) if f.is_trouble else f for f in found]
        return [*found, *self._forerunners(found, probed)]

    @property
    def recorded(self) -> list[int]:
        """The recorded steps of the modules that can be judged."""
        return sorted({step for name in self.modules for step in self.steps.get(name, ())})

    def _probed(self) -> list[int]:
        every = self.recorded
        if not every:
            return []
        places = np.unique(np.linspace(0, len(every) - 1, _PROBED).round().astype(int))
        return [every[place] for place in places]

    def _since(self, finding: Finding, probed: Sequence[int]) -> int:
        """The earliest of the steps from which on a finding is there at every one."""
        since = probed[-1]
        for step in reversed(probed[:-1]):
            if not self.at(step).has_trouble(finding.kind, finding.where.module):
                break
            since = step
        return since

    def _forerunners(self, found: Sequence[Finding], probed: Sequence[int]) -> list[Finding]:
        """Trouble that was there just before another one that it may have left behind, and is gone."""
        there = {(finding.kind, finding.where.module) for finding in found}
        led = {}
        for finding in found:
            place = probed.index(finding.since) if finding.since in probed else 0
            before = LASTING.get(finding.kind, ())
            if not finding.is_trouble or place == 0 or not before:
                continue
            for other in self.at(probed[place - 1]).found:
                key = other.kind, other.where.module
                if other.is_trouble and other.kind in before and key not in there:
                    led[key] = replace(other, since=probed[place - 1])
        return list(led.values())
