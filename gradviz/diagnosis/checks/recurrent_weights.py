"""Recurrent weights that training has brought to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.truncation import unbroken_runs
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.extremes import largest
from gradviz.diagnosis.finding import Amount, Finding, Remedy
from gradviz.diagnosis.thresholds import WEIGHTS_GONE, WEIGHTS_LOST
from gradviz.diagnosis.what_follows import at_step, vanishing_severity
from gradviz.measures.recurrent_weight_size import LARGEST_BEFORE, SIZE, recurrent_weight_size
from gradviz.vocabulary import DIRECTION, LAYER, RECURRENT_WEIGHT_NORM, STEP


def recurrent_weights_vanish(context: DiagnosisContext) -> Iterator[Finding]:
    """The recurrent weights of a layer are almost zero, and were not at an earlier training step."""
    if not context.has_variables(RECURRENT_WEIGHT_NORM):
        return
    upto = int(context.dataset[STEP].item())
    module = context.recording.children[context.module].to_dataset(inherit=False)
    sizes = recurrent_weight_size(module, upto=upto)
    options = {"module": context.module, "upto": upto}
    for layer, direction in context.places:
        where = {LAYER: layer, DIRECTION: direction}
        now, before = (
            Amount(
                str(sizes[name].attrs["long_name"]),
                float(sizes[name].sel(where)),
                str(sizes[name].attrs["units"]),
                "recurrent_weight_size",
                name,
                options,
                where,
            )
            for name in (SIZE, LARGEST_BEFORE)
        )
        if now.value < WEIGHTS_GONE and now.value * WEIGHTS_LOST <= before.value:
            yield _finding(context, now, before)


def _finding(context: DiagnosisContext, now: Amount, before: Amount) -> Finding:
    return Finding(
        kind=kinds.WEIGHTS_VANISH,
        severity="trouble" if _carries_nothing(context) else "warning",
        what="Training has brought the recurrent weights to almost zero: their norm is "
        f"{now.value:.2g}{at_step(context)} and was {before.value:.2g} at an earlier step. So a state hardly "
        "depends on the state before it. A weight decay (weight_decay of the optimizer, or a penalty in "
        "the loss) does that where it is stronger than what the loss asks for.",
        where=context.place(now.where[LAYER], now.where[DIRECTION]),
        amounts=(now, before),
        variables=(RECURRENT_WEIGHT_NORM,),
        plot="",
        remedy=Remedy(
            "Train without weight decay, or with a much smaller one, from newly initialised weights.",
            "optimizer = torch.optim.Adam(model.parameters(), weight_decay=0)",
        ),
    )


def _carries_nothing(context: DiagnosisContext) -> bool:
    """Whether no gradient comes from later steps, or too little from one lag on."""
    if not context.has_gradients or not context.has_total:
        return False
    runs = unbroken_runs(context)
    if runs and largest(runs.values()).value == 0 < context.longest_lag:
        return True
    lost = context.gradient_lost
    return lost is not None and vanishing_severity(context, lost.value) == "trouble"
