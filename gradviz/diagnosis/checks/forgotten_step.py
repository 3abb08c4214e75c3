"""A training that never calls ``tape.step``."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Finding, Place, Remedy, training_amount
from gradviz.measures.forgotten_steps import FORGOTTEN, forgotten_steps
from gradviz.vocabulary import STEPS_WITHOUT_TAPE_STEP


def step_forgotten(recording: xr.DataTree) -> Iterator[Finding]:
    """The optimizer has made many steps without ``tape.step``."""
    steps = training_amount("forgotten_steps", forgotten_steps(recording), FORGOTTEN)
    if not steps.value > 0:
        return
    yield Finding(
        kind=kinds.STEP_FORGOTTEN,
        severity="warning",
        what=f"The optimizer made {steps.value:.0f} updates without tape.step, which tells the training "
        "steps apart and stores the loss. So only the newest one was kept, every= had no effect, and nothing "
        "about the course of the training (the loss, jumps of it, what came first) can be judged.",
        where=Place(),
        amounts=(steps,),
        variables=(STEPS_WITHOUT_TAPE_STEP,),
        plot="",
        remedy=Remedy(
            "Call tape.step at the end of every training iteration.",
            "optimizer.step()\ntape.step(loss, output=output, target=y)",
        ),
    )
