"""Train one copy with one remedy, and say what came of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gradviz.diagnosis.diagnose import diagnose
from gradviz.errors import GradvizError
from gradviz.remedies.gradient_kept import decades_lost, module_to_compare
from gradviz.remedies.one_try import Try
from gradviz.remedies.original_model import check_not_trained
from gradviz.remedies.proposals import Proposal
from gradviz.remedies.recorded_training import train_recorded
from gradviz.remedies.remedy_table import apply_changes, in_words
from gradviz.remedies.replayed_batches import ReplayedBatches
from gradviz.remedies.seeded import seed_generators
from gradviz.remedies.training_case import NoTraining, TrainingCase, untrainable
from gradviz.remedies.training_copy import TrainingCopy

_NOTHING = Proposal((), (), ())


class Attempts:
    """Trains copies of one case, all for the same steps from the same seed.

    Parameters
    ----------
    case : TrainingCase
    batches : ReplayedBatches
    steps : int
    lag : int or None
        Time steps that the task needs, if known.
    seed : int
    progress : callable ``(name, done, total)``

    Attributes
    ----------
    expected : int
        How many copies will be trained, as far as is known.
    """

    def __init__(
        self,
        case: TrainingCase,
        batches: ReplayedBatches,
        steps: int,
        *,
        lag: int | None,
        seed: int,
        progress: Callable[[str, int, int], None],
    ):
        self._case, self._batches, self._steps = case, batches, steps
        self._lag, self._seed, self._progress = lag, seed, progress
        self._module: str | None = None
        self._done = 0
        self._of_progress: Exception | None = None
        self.expected = 1

    def untouched(self, stop: Callable[[], bool]) -> Try:
        """Train a copy without any change.

        Parameters
        ----------
        stop : callable
            Asked after each step whether to stop.

        Raises
        ------
        NoTraining
            If it cannot be trained.
        CannotWatch
            If it has no recurrent module.
        """
        try:
            with untrainable():
                return self._trained(_NOTHING, stop)
        except NoTraining:
            if self._of_progress is not None:
                raise self._of_progress from None
            raise

    def one(self, proposal: Proposal, untouched: Try, stop: Callable[[], bool]) -> Try:
        """Train a copy with a remedy.

        Parameters
        ----------
        proposal : Proposal
        untouched : Try
            What it is compared with.
        stop : callable

        Returns
        -------
        Try
            With ``failed``, if the remedy cannot be applied or the changed model not be trained.
        """
        started = time.monotonic()
        try:
            found = self._trained(proposal, stop)
        except Exception as error:
            if error is self._of_progress:
                raise
            reason = str(error) if isinstance(error, GradvizError) else f"{type(error).__name__}: {error}"
            return Try(*proposal, seconds=time.monotonic() - started, failed=reason)
        finally:
            self._done += 1
        return replace(found, helped=found.lowers_loss(untouched) and found.mends(untouched))

    def _trained(self, proposal: Proposal, stop: Callable[[], bool]) -> Try:
        started = time.monotonic()
        seed_generators(self._seed)
        training = TrainingCopy(self._case, self._batches)
        apply_changes(training, proposal.changes)
        seed_generators(self._seed)
        name = in_words(proposal.changes) or "untouched"
        steps = iter(range(1, self._steps + 1))

        def on_step() -> None:
            self._tell(self._progress, name, self._done * self._steps + next(steps))

        recorded = train_recorded(training, self._steps, stop=stop, on_step=on_step)
        check_not_trained(self._case.model)
        found = diagnose(recorded.tree, lag=self._lag)
        if not proposal.changes:
            self._module, self._done = module_to_compare(recorded.tree, found), 1
        last = recorded.last_losses
        return Try(
            *proposal,
            steps=len(recorded.losses),
            seconds=time.monotonic() - started,
            loss=float(last.mean()),
            spread=float(last.std()) if np.isfinite(last).all() else math.nan,
            decades_lost=decades_lost(recorded.tree, self._module, lag=self._lag),
            diagnosis=found,
        )

    def _tell(self, progress: Callable[[str, int, int], None], name: str, done: int) -> None:
        """Call it; what it raises is not an error of the training."""
        try:
            progress(name, done, self.expected * self._steps)
        except Exception as error:
            self._of_progress = error
            raise
