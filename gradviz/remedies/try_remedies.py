"""`gradviz.try_remedies`: train copies of a model, each with a remedy that its diagnosis advises."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch

from gradviz.arguments import check_finite, check_whole_number
from gradviz.diagnosis.finding import Change
from gradviz.diagnosis.plural import counted
from gradviz.experiment.run.interrupt import Interrupt, deferred_interrupt
from gradviz.remedies.attempt import Attempts
from gradviz.remedies.default_steps import default_steps
from gradviz.remedies.one_try import Try
from gradviz.remedies.original_model import original_model_unchanged
from gradviz.remedies.proposals import Proposal, only_by_author, proposals, together
from gradviz.remedies.replayed_batches import ReplayedBatches
from gradviz.remedies.seeded import seeded
from gradviz.remedies.training_case import WHAT_TO_RETURN, TrainingCase, training_case
from gradviz.remedies.tries import Tries
from gradviz.remedies.tries_bar import tries_bar

Progress = Callable[[str, int, int], None]


def try_remedies(
    factory: Callable[[], Any],
    *,
    steps: int | None = None,
    lag: int | None = None,
    seconds: float = 60,
    seed: int = 0,
    progress: Progress | None = None,
) -> Tries:
    """Train copies of a model, one untouched and one for each remedy of its diagnosis, and compare them.

    The untouched copy is trained and diagnosed first.  Each remedy of a trouble or a warning is then applied
    to a fresh copy, and the two best remedies to another.  All copies see the same batches in the same order
    and start from the same seed.  Neither the model nor its optimizer nor the state of any random generator
    is changed.

    Parameters
    ----------
    factory : callable
        Without arguments; it returns ``(model, batches, loss_fn)`` or ``(model, batches, loss_fn,
        optimizer)``.  ``batches`` gives pairs ``(inputs, targets)``: a list, a data loader, or a generator.
        Inputs are a tensor, or a tuple or dict of the model's arguments.  ``loss_fn(output,
        target)`` is given what the model returns.  ``optimizer`` is the one that trains the model, or a
        function of the parameters that makes it, such as ``torch.optim.Adam``; by default Adam with a
        learning rate of 0.001.
    steps : int, optional
        Training steps of each copy.  By default 20 to 1000, chosen from the time that a step takes.
    lag : int, optional
        Time steps over which the task must remember; see `gradviz.diagnose`.
    seconds : float
        The time for all.  What cannot be expected to end in it is not begun, and is listed.
    seed : int
        Of the factory, the batches and the training, for torch, numpy and Python.
    progress : callable ``(name, done, total)``, optional
        Called after each training step, with what is being tried and steps.  By default a progress bar, on a
        terminal or in a notebook, for what takes over two seconds.

    Returns
    -------
    Tries
        A sequence of `Try`, with the untouched copy beside it.  It prints as a table.

    Raises
    ------
    NoTraining
        If the factory returns something else, there are no batches or one is not a pair, or the untouched
        model cannot be copied or trained. What the factory itself raises is passed on.
    CannotWatch
        If the model has no recurrent module.
    ValueError
        If an option is outside of its range.
    TypeError
        If the factory cannot be called.

    Notes
    -----
    Ctrl-C ends it after the current step, and pressed again at once; what is known until then is returned.

    A training of a few steps shows whether a remedy lets learning start, not what it ends in.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.delayed_recall(length=12)
    >>> def make():
    ...     model = gv.SequenceModel("rnn", task.input_size, 8, task.output_size)
    ...     generator = torch.Generator().manual_seed(0)
    ...     batches = (task.batch(16, generator) for _ in range(20))
    ...     return model, batches, task.loss, torch.optim.Adam
    >>> tries = gv.try_remedies(make, steps=20, lag=task.lag)
    >>> tries.untouched.name, tries.untouched.steps
    ('untouched', 20)
    """
    if not callable(factory):
        raise TypeError(
            f"the factory is a function without arguments; got a {type(factory).__name__}; {WHAT_TO_RETURN}"
        )
    if steps is not None:
        check_whole_number("steps", steps, at_least=1)
    if lag is not None:
        check_whole_number("lag", lag, at_least=1)
    check_finite("seconds", seconds, above=0)
    check_whole_number("seed", seed, at_least=0, at_most=2**32 - 1)
    ends = time.monotonic() + seconds
    with seeded(seed), torch.inference_mode(False), torch.enable_grad():
        case = training_case(factory(), "the factory")
        bar = tries_bar() if progress is None else nullcontext(progress)
        with original_model_unchanged(case.model), bar as show:
            return _tries(case, steps, lag=lag, ends=ends, seed=seed, progress=show)


def _tries(
    case: TrainingCase,
    steps: int | None,
    *,
    lag: int | None,
    ends: float,
    seed: int,
    progress: Progress,
) -> Tries:
    batches = ReplayedBatches(case.batches, next(case.model.parameters()).device)
    if steps is None:
        steps = default_steps(case, batches, seconds=ends - time.monotonic(), seed=seed)
    with deferred_interrupt() as interrupt:
        attempts = Attempts(case, batches, steps, lag=lag, seed=seed, progress=progress)
        limit = _Limit(interrupt, ends)
        untouched = attempts.untouched(limit)
        advised = proposals(untouched.diagnosis)
        attempts.expected = 1 + len(advised) + (len(advised) > 1)
        tried: list[Try] = []
        not_tried: list[tuple[Change, ...]] = []
        for proposal in itertools.chain(advised, _pair(advised, tried)):
            needed = min(each.seconds for each in (untouched, *tried) if not each.failed)
            has_time = time.monotonic() + needed < ends
            if not has_time or interrupt.requested or limit.was_reached:
                not_tried.append(proposal.changes)
                continue
            try:
                done = attempts.one(proposal, untouched, lambda: interrupt.requested)
            except KeyboardInterrupt:
                if not interrupt.requested:
                    raise
                not_tried.append(proposal.changes)
                continue
            if done.steps < steps and interrupt.requested:
                not_tried.append(proposal.changes)
            else:
                tried.append(done)
        return Tries(
            untouched=untouched,
            tried=tuple(tried),
            not_tried=tuple(not_tried),
            only_by_author=only_by_author(untouched.diagnosis),
            lag=lag,
            steps=steps,
            seed=seed,
            interrupted=interrupt.requested,
            notes=_notes(batches, untouched, steps),
        )


class _Limit:
    """Whether a training has to stop, as Ctrl-C was pressed or the time is over; it remembers that it had."""

    def __init__(self, interrupt: Interrupt, ends: float):
        self._interrupt, self._ends = interrupt, ends
        self.was_reached = False

    def __call__(self) -> bool:
        self.was_reached = self._interrupt.requested or time.monotonic() > self._ends
        return self.was_reached


def _pair(advised: tuple[Proposal, ...], tried: list[Try]) -> Any:
    """The two best of those that were tried, together, once each has been tried."""
    if len(tried) == len(advised):
        yield from together(tried)


def _notes(batches: ReplayedBatches, untouched: Try, steps: int) -> tuple[str, ...]:
    found = []
    if batches.ended_after is not None and batches.ended_after < steps:
        found.append(f"The batches ended after {batches.ended_after}; they were used again from the first.")
    if batches.full_after is not None and batches.full_after < steps:
        found.append(
            f"The first {batches.full_after} batches were used again and again, as more do not fit in memory."
        )
    if untouched.steps < steps:
        found.append(f"The untouched copy was trained for {counted(untouched.steps, 'step')} only.")
    return tuple(found)
