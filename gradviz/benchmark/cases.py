"""Table of the cases that are timed, their native counterparts and their limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial

from gradviz.benchmark.floor import floor_products
from gradviz.benchmark.jacobian_norms import by_autograd, in_closed_form
from gradviz.benchmark.python_loop import with_hooks, with_retain_grad
from gradviz.benchmark.settings import LIMIT_LENGTH, Settings
from gradviz.benchmark.steps import Step, Workload, native, recorded

StepFactory = Callable[[Workload], AbstractContextManager[Step]]


@dataclass(frozen=True)
class Case:
    """A case that is timed against its native counterpart.

    Parameters
    ----------
    title : str
        Short description.
    measured, native : callable ``Workload -> context manager of a step``
    floor : callable ``Workload -> context manager of a step``, optional
        What the measured step cannot do without, beside the native one; timed on the CPU.
    steps_per_run : int
        Number of steps that are timed together.
    limits : mapping of device to float
        Largest allowed ratio from `LIMIT_LENGTH` time steps on: to the native step and the floor if the case
        has a floor and runs on the CPU, else to the native step.
    max_length : int, optional
        Longest sequence on which the case is measured.
    max_pairs : int, optional
        Largest number of pairs, for cases whose runs take seconds.
    batch_size : int, optional
        Number of sequences that the case uses, if not the whole batch.
    """

    title: str
    measured: StepFactory
    native: StepFactory = native
    floor: StepFactory | None = None
    steps_per_run: int = 1
    limits: Mapping[str, float] = field(default_factory=dict)
    max_length: int | None = None
    max_pairs: int | None = None
    batch_size: int | None = None

    @property
    def is_training(self) -> bool:
        """Whether the case is a training step that is compared with the native one."""
        return self.native is native

    def pairs(self, settings: Settings) -> int:
        """Number of pairs of runs."""
        return settings.pairs if self.max_pairs is None else min(self.max_pairs, settings.pairs)

    def limit(self, length: int, settings: Settings) -> float | None:
        """Largest allowed ratio; None if there is no limit."""
        if length < LIMIT_LENGTH or not settings.limits_apply:
            return None
        return self.limits.get(settings.device)

    def covers(self, length: int) -> bool:
        """Whether the case is measured on sequences of that length."""
        return self.max_length is None or length <= self.max_length


CASES = {
    "samples_16": Case(
        "recorded, 16 samples", recorded, floor=floor_products, limits={"cpu": 1.2, "cuda": 3.0}
    ),
    "samples_all": Case(
        "recorded, all samples",
        partial(recorded, samples=None),
        floor=partial(floor_products, samples=None),
        limits={"cpu": 1.3},
    ),
    "every_20": Case(
        "recorded, every=20",
        partial(recorded, every=20),
        steps_per_run=20,
        limits={"cpu": 1.03},
        max_length=LIMIT_LENGTH,
        max_pairs=9,
    ),
    "loop_retain_grad": Case("cell in a loop, retain_grad", with_retain_grad),
    "loop_hooks": Case("cell in a loop, hooks", with_hooks),
    "step_jacobian_norms": Case(
        "Frobenius norms of step Jacobians, 1 sequence; native: torch.autograd.functional.jacobian",
        in_closed_form,
        native=by_autograd,
        limits={"cpu": 0.01},
        max_length=LIMIT_LENGTH,
        max_pairs=3,
        batch_size=1,
    ),
}
