"""The slow twin of a sequence that many calls make: the user's own model in float64, run twice.

Nothing here is shared with the package.  The first run keeps the gradient of every state: the totals.  In
the second run every state is a leaf and every call is cut from the states that it is given, so that each way
from a state ends at the next call; what a call sends back to its *input* is added with the totals of the
first run.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from capture.slow_recurrence import SlowRecurrence


class SequenceTwin:
    """The gradients at every step of the module ``name`` of ``model``.

    Parameters
    ----------
    model : Module
        It is copied, and is not changed.
    name : str
        Dotted; "" where the model is the recurrent module itself.
    run : callable
        ``run(model)`` returns the loss, on the dtype of the model's parameters.
    seed : int
        Torch's seed before each of the two runs.
    """

    def __init__(self, model, name, run, *, seed=0):
        self.loss, self._first, self.model = _run(model, name, run, seed)
        self.loss.backward()
        totals = {
            where: [(_gradient(step.h), _gradient(step.c_given)) for step in steps]
            for where, steps in self._first.steps.items()
        }
        loss, self._second, _ = _run(model, name, run, seed, totals)
        (loss + self._second.through_inputs).backward()

    def table(self, kind, layer=0, direction=0, *, calls=None, rows=None, samples=None):
        """Gradients of one layer, or its states.

        Parameters
        ----------
        kind : {"h", "c", "direct", "state", "value_h", "value_c"}
            Totals at h and c, the direct gradient at h, the total at the state handed on after the step.
        calls : sequence of int, optional
            The calls that make the sequence; all by default.
        rows : sequence of sequence of int, optional
            For every one of these calls, the sample of every row of its batch; by default its number.
        samples : int, optional
            Number of samples; by default as many as the first call has rows.

        Returns
        -------
        array, shape (time, sample, unit), NaN where a sequence is not there.
        """
        where = layer, direction
        calls = list(range(self._first.calls + 1)) if calls is None else list(calls)
        numbers = [k for k, step in enumerate(self._first.steps[where]) if step.call in calls]
        numbers.sort(key=lambda k: (self._first.steps[where][k].call, self._first.steps[where][k].time))
        steps = [self._first.steps[where][k] for k in numbers]
        samples = 1 + max(steps[0].rows) if samples is None else samples
        found = np.full((len(numbers), samples, steps[0].h.shape[-1]), np.nan)
        for t, (number, step) in enumerate(zip(numbers, steps, strict=True)):
            after = self._first.steps[where][numbers[t + 1]] if t + 1 < len(numbers) else None
            columns = step.rows if rows is None else [rows[calls.index(step.call)][row] for row in step.rows]
            found[t, columns] = self._values(kind, step, self._second.steps[where][number], after)
        return found

    def _values(self, kind, step, again, after):
        if kind.startswith("value"):
            return (step.h if kind == "value_h" else step.c).detach()
        if kind == "direct":
            return _gradient(again.h)
        if kind == "state" and after is not None and after.handed is not None:
            gradient = _gradient(after.handed)
            return gradient if after.handed_row is None else gradient[after.handed_row]
        return _gradient(step.c if kind == "c" else step.h)


def _run(model, name, run, seed, totals=None):
    model = copy.deepcopy(model).double()
    slow = SlowRecurrence(model.get_submodule(name), totals)
    if name:
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, slow)
    torch.manual_seed(seed)
    return run(model if name else slow), slow, model


def _gradient(tensor):
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad.detach()


def log10_norm(values):
    """Of the 2-norm over units; -inf for zero."""
    with np.errstate(divide="ignore"):
        return np.log10(np.linalg.norm(values, axis=-1))
