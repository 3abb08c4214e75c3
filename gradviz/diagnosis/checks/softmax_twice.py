"""A softmax or sigmoid before a loss that applies it itself."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Change, Finding, Place, Remedy, training_amount
from gradviz.diagnosis.learning import has_learned
from gradviz.measures.loss_mistakes import SIGMOID, SOFTMAX, loss_mistakes
from gradviz.measures.values_of_steps import has_values
from gradviz.vocabulary import SIGMOID_BEFORE_LOGITS_LOSS, SOFTMAX_BEFORE_LOG_SOFTMAX

_WHAT = {
    SOFTMAX: "The loss takes the softmax of what is a softmax already: cross_entropy (CrossEntropyLoss) "
    "expects the raw outputs, not probabilities. Even a perfect model then has a large loss, and the "
    "gradient is small just where the model is wrong and sure of it.",
    SIGMOID: "The loss takes the sigmoid of what is a sigmoid already: BCEWithLogitsLoss expects the raw "
    "outputs, not probabilities. With them between 0 and 1 no probability below one half can be reached, and "
    "the gradient is small just where the model is wrong and sure of it.",
}
_REMEDY = {
    SOFTMAX: Remedy(
        "Take the softmax out of the model's forward, or from in front of the loss, which stays as it is. "
        "Apply it only where you need probabilities.",
        "probabilities = output.softmax(dim=-1)  # only in use, never in front of this loss",
        (Change("remove_softmax"),),
    ),
    SIGMOID: Remedy(
        "Take the sigmoid out of the model's forward, or from in front of the loss, which stays as it is. "
        "Apply it only where you need probabilities.",
        "probabilities = output.sigmoid()  # only in use, never in front of this loss",
        (Change("remove_softmax"),),
    ),
}
_VARIABLE = {SOFTMAX: SOFTMAX_BEFORE_LOG_SOFTMAX, SIGMOID: SIGMOID_BEFORE_LOGITS_LOSS}


def softmax_twice(recording: xr.DataTree) -> Iterator[Finding]:
    """The graph of the loss holds a softmax before a log-softmax, or a sigmoid before a loss of logits."""
    for mistake, variable in _VARIABLE.items():
        if not has_values(recording, variable):
            continue
        fraction = training_amount("loss_mistakes", loss_mistakes(recording), mistake)
        if not fraction.value > 0:
            continue
        yield Finding(
            kind=kinds.SOFTMAX_TWICE,
            # many models learn in spite of it, only slowly
            severity="trouble" if has_learned(recording) is False else "warning",
            what=_WHAT[mistake],
            where=Place(),
            amounts=(fraction,),
            variables=(variable,),
            plot="",
            remedy=_REMEDY[mistake],
        )
