"""Gradients that are not zeroed between the updates."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Change, Finding, Place, Remedy, Severity, training_amount
from gradviz.diagnosis.learning import has_learned
from gradviz.diagnosis.plural import counted
from gradviz.measures.gradients_not_zeroed import FRACTION, MOST, gradients_not_zeroed
from gradviz.measures.values_of_steps import has_values
from gradviz.recording.join_attributes import NAMES_SEPARATOR
from gradviz.vocabulary import NAMES_NOT_ZEROED, PARAMETERS_NOT_ZEROED

_MOST_NAMES = 3


def gradients_accumulate(recording: xr.DataTree) -> Iterator[Finding]:
    """A backward pass adds to gradients that the optimizer has used already."""
    if not has_values(recording, PARAMETERS_NOT_ZEROED):
        return
    found = gradients_not_zeroed(recording)
    fraction, most = (training_amount("gradients_not_zeroed", found, name) for name in (FRACTION, MOST))
    if not fraction.value > 0:
        return
    yield Finding(
        kind=kinds.ACCUMULATE,
        severity=_severity(recording, fraction.value),
        what=f"At {fraction.value:.3g} of the recorded training steps (1 is all) backward() adds the new "
        f"gradient to one that the optimizer has used already, for {counted(most.value, 'parameter')}"
        f"{_named(recording)}. So every update repeats all earlier ones, and the loss swings or grows "
        "instead of settling. Adding up gradients over several batches is fine, if zero_grad follows each "
        "update.",
        where=Place(),
        amounts=(fraction, most),
        variables=(PARAMETERS_NOT_ZEROED,),
        plot="gv.plot_learning_curve(tree)",
        remedy=Remedy(
            "Zero the gradients after every update.",
            "loss.backward()\noptimizer.step()\noptimizer.zero_grad()  # was missing",
            (Change("zero_grad"),),
        ),
    )


def _severity(recording: xr.DataTree, fraction: float) -> Severity:
    """Trouble where most updates are wrong and nothing was learned: Adam may learn in spite of it."""
    return "trouble" if fraction >= 0.5 and has_learned(recording) is False else "warning"


def _named(recording: xr.DataTree) -> str:
    """The parameters that are known by name, in brackets; empty if none is."""
    listed = (str(module.attrs.get(NAMES_NOT_ZEROED, "")) for module in recording.children.values())
    names = list(dict.fromkeys(name for each in listed for name in each.split(NAMES_SEPARATOR) if name))
    if not names:
        return ""
    more = ", ..." if len(names) > _MOST_NAMES else ""
    return f" ({', '.join(names[:_MOST_NAMES])}{more})"
