"""Five kinds of faults that no rule and no threshold was chosen with.

They and the kinds of findings that name them were written down before any check of the diagnosis was read.
They are run at the end only; nothing may be tuned on them.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gradviz.benchmark.population.assignments import ONE_ANSWER
from gradviz.benchmark.population.fault import Fault, Random, between, log_between
from gradviz.benchmark.population.fitting import assigned
from gradviz.benchmark.population.setup import Setup


def _in_a_loop(setup: Setup, rng: Random) -> Setup:
    setup = assigned(setup, ONE_ANSWER, rng)
    return replace(setup, way="cells", directions=1, decodes=False, axes="batch_first", reads="last_step")


def _with_embedding(setup: Setup, rng: Random) -> Setup:
    return replace(assigned(setup, ONE_ANSWER, rng), embeds=True)


def _shuffled(inputs: Tensor, targets: Tensor, step: int, strength: float) -> tuple[Tensor, Tensor]:
    order = torch.randperm(len(targets), generator=torch.Generator().manual_seed(step))
    return inputs, targets[order]


HELD_OUT: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            "state_dropout",
            frozenset({"vanishing", "detached"}),
            fits=_in_a_loop,
            strength=between(0.9, 0.98),
            code=lambda setup, p: replace(setup, state_dropout=p),
        ),
        Fault(
            "targets_shuffled",
            frozenset({"predicts_the_mean"}),
            data=_shuffled,
        ),
        Fault(
            "embedding_zero",
            frozenset({"constant_input"}),
            fits=_with_embedding,
            code=lambda setup, _: replace(setup, embedding_zero=True),
        ),
        Fault(
            "state_data",
            frozenset({"direct_gradient_only", "detached"}),
            fits=_in_a_loop,
            strength=lambda setup, rng: float(rng.integers(1, 4)),
            code=lambda setup, k: replace(setup, detach_every=int(k), by_data=True),
        ),
        Fault(
            "loss_tiny",
            frozenset({"below_float_range", "gradient_too_small"}),
            strength=log_between(1e-14, 1e-9),
            code=lambda setup, factor: replace(setup, loss_factor=factor),
        ),
    )
}
