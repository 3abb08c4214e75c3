"""All recurrences given to ``tape.observe``: their names, their gates, and their newest sequences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch.autograd.graph import Node

from gradviz.capture.backward_starts import listen, stop_listening
from gradviz.capture.observation import Observation
from gradviz.capture.observed import ObservedCall
from gradviz.capture.output_hook import in_backward
from gradviz.capture.recorded_call import CallContext
from gradviz.capture.warn_user import warn_user
from gradviz.cell_descriptions import CellDescription, gates_in_words
from gradviz.errors import DirectOnlyWarning, NothingRecordedWarning


class ObservedRecurrences:
    """Puts each observed time step into its sequence.

    Parameters
    ----------
    context : CallContext
    has_gradients : bool
        Whether gradients are recorded, and not states and gates only.

    Attributes
    ----------
    names : dict of str to None
        Of all steps, in their order, whether recorded or not.
    missing : dict of str to str
        By name, why something that was observed is not recorded; of all steps that have ended.
    """

    def __init__(self, context: CallContext, *, has_gradients: bool = True):
        self.names: dict[str, None] = {}
        self._context = context
        self._has_gradients = has_gradients
        self._described: dict[str, tuple[CellDescription, bool]] = {}
        self._newest: dict[tuple[str, bool], ObservedCall] = {}  # a checkpoint's backward pass observes again
        self._calls: list[ObservedCall] = []
        self.missing: dict[str, str] = {}
        self._told: set[str] = set()  # of which names it was said that they are computed at once

    def note(self, name: str, given: Observation) -> Observation:
        """Remember a name with its gates, and return the observation with these in their order.

        Raises
        ------
        ValueError
            If it had other gates before.
        """
        self.names[name] = None
        cell, has_cell_state = self._described.setdefault(name, (given.cell, given.cell_state is not None))
        if cell.squash != given.cell.squash or cell.keeps != given.cell.keeps:
            raise ValueError(
                f"tape.observe({name!r}): the gates were {_in_words(cell)} before, and are "
                f"{_in_words(given.cell)} now; give the same gates with the same functions at every time "
                "step, or observe the other recurrence under another name"
            )
        if has_cell_state != (given.cell_state is not None):
            came = "no cell_state before, and one" if not has_cell_state else "a cell_state before, and none"
            raise ValueError(
                f"tape.observe({name!r}): there was {came} now; give it at every time step or at none"
            )
        return given._replace(gates={gate: given.gates[gate] for gate in cell.gates}, cell=cell)

    def add(self, name: str, given: Observation, time: int | None) -> ObservedCall | None:
        """Add a time step; returns the sequence if it is a new one.  Time increases within a sequence."""
        if not self._has_gradients:
            given = given.detached()
        key = name, in_backward()
        call = self._newest.get(key)
        is_new = False
        if call is None or (time is not None and time < call.next_time):
            if call is not None and time is not None and time > call.first_time:
                raise ValueError(
                    f"tape.observe({name!r}, time={time}): time has been {call.next_time - 1} already, in "
                    f"a sequence that began at {call.first_time}; time increases within a sequence, and "
                    "another one begins where the first began or earlier; two sequences that run side by "
                    "side (two directions, two layers) need a name each"
                )
            call, is_new = self._new_call(name, given), True
        call.add(call.next_time if time is None else time, given)
        if is_new:
            self._newest[key] = call
            if self._has_gradients:
                if not self._calls:
                    listen(self._pass)
                self._calls.append(call)
        if call.is_at_once and name not in self._told:
            self._told.add(name)
            warn_user(
                f"the states given to tape.observe({name!r}) are parts of one tensor, and none was computed "
                "from the one before: a parallel scan has computed them all at once, or they were put "
                "together after a loop. Only their direct gradients can be had, and are recorded as "
                "log10_grad_h_direct. If a loop has computed them, observe each state within the loop.",
                DirectOnlyWarning,
            )
        return call if is_new else None

    def _new_call(self, name: str, given: Observation) -> ObservedCall:
        return ObservedCall(name, given.cell, self._context, records_gradients=self._has_gradients)

    @contextmanager
    def _pass(self, roots: list[Node]) -> Iterator[None]:
        """Note that a backward pass has run, also one that reaches none of the states."""
        yield
        for call in self._calls:
            call.saw_backward = True

    def discard(self, calls: Iterable[object]) -> None:
        """Forget sequences, and stop listening if no other is left."""
        gone = set(calls)
        had_calls = bool(self._calls)
        self._calls = [call for call in self._calls if call not in gone]
        if had_calls and not self._calls:
            stop_listening(self._pass)

    def let_none_go_on(self) -> None:
        """Let no later state continue a sequence."""
        self._newest.clear()

    def why_missing(self, name: str) -> str:
        """Why the recording lacks something that was observed, and what to do; empty if it does not."""
        if name in self.missing:
            return self.missing[name]
        calls = [call for call in self._calls if call.name == name]
        reached = [call for call in calls if call.has_gradient]
        found = dict.fromkeys(sentence for call in reached or calls for sentence in call.why_missing())
        return f"{name!r}: {'; '.join(found)}" if found else ""

    def tell_missing(self) -> None:
        """Warn of what the recording lacks, once for each name."""
        for name in dict.fromkeys(call.name for call in self._calls):
            why = self.why_missing(name)
            if why and name not in self.missing:
                self.missing[name] = why
                warn_user(f"not recorded: {why}", NothingRecordedWarning)


def _in_words(cell: CellDescription) -> str:
    keeps = f", kept by {cell.keeps}" if cell.keeps else ""
    return gates_in_words(cell) + keeps
