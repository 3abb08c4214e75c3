"""How many steps copies are trained for, if nobody says so."""

from __future__ import annotations

import time

from gradviz.remedies.original_model import check_not_trained
from gradviz.remedies.replayed_batches import ReplayedBatches
from gradviz.remedies.seeded import seed_generators
from gradviz.remedies.training_case import TrainingCase, untrainable
from gradviz.remedies.training_copy import BackwardFailed, TrainingCopy

_COPIES = 8  # for which the time should be enough
_CHOICES = (20, 50, 100, 200, 500, 1000)
_TIMED_STEPS = 4


def default_steps(case: TrainingCase, batches: ReplayedBatches, *, seconds: float, seed: int) -> int:
    """A round number of steps, of which eight trainings should end in time.

    Parameters
    ----------
    case : TrainingCase
    batches : ReplayedBatches
    seconds : float
        For all of them.
    seed : int

    Returns
    -------
    int
        From 20 to 1000.

    Raises
    ------
    NoTraining
        If the model cannot be trained.
    """
    seed_generators(seed)
    training = TrainingCopy(case, batches)
    taken: list[float] = []
    for step in range(_TIMED_STEPS):
        started = time.perf_counter()
        with untrainable():
            try:
                training.step(step)
            except BackwardFailed as error:
                if not taken:
                    raise error.reason from error
                break  # the recorded training will end here too, and its recording may tell why
        taken.append(time.perf_counter() - started)
        if sum(taken) > seconds / _COPIES:
            break
    check_not_trained(case.model)
    return max((each for each in _CHOICES if each * min(taken) <= seconds / _COPIES), default=_CHOICES[0])
