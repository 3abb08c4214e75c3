"""Parameters that were not given to the optimizer."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Finding, Place, Remedy, Severity, training_amount
from gradviz.diagnosis.learning import has_learned
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.thresholds import HARDLY_LEARNED
from gradviz.measures.parameters_not_in_optimizer import LEFT_OUT, parameters_not_in_optimizer
from gradviz.measures.values_of_steps import has_values
from gradviz.recording.join_attributes import NAMES_SEPARATOR
from gradviz.vocabulary import NAMES_NOT_IN_OPTIMIZER, PARAMETERS_NOT_IN_OPTIMIZER

_MOST_NAMES = 4


def not_in_optimizer(recording: xr.DataTree) -> Iterator[Finding]:
    """Parameters get a gradient, but no optimizer changes them."""
    if not has_values(recording, PARAMETERS_NOT_IN_OPTIMIZER):
        return
    found = parameters_not_in_optimizer(recording)
    left_out = training_amount("parameters_not_in_optimizer", found, LEFT_OUT)
    if not left_out.value > 0:
        return
    yield Finding(
        kind=kinds.NOT_IN_OPTIMIZER,
        severity=_severity(recording),
        what=f"{counted(left_out.value, 'parameter')} of the model{_named(recording)} got gradients, but "
        "the optimizer does not hold them and nothing else has changed them. They still have the "
        "values that they began with.",
        where=Place(),
        amounts=(left_out,),
        variables=(PARAMETERS_NOT_IN_OPTIMIZER,),
        plot="",
        remedy=Remedy(
            "Give the optimizer all parameters of the model. If some are meant to stay as they are, turn "
            "their gradients off: requires_grad_(False).",
            "optimizer = torch.optim.Adam(model.parameters())",
        ),
    )


def _severity(recording: xr.DataTree) -> Severity:
    """Trouble where little was learned: a part may be left at its values on purpose."""
    return "trouble" if has_learned(recording, below=HARDLY_LEARNED) is False else "warning"


def _named(recording: xr.DataTree) -> str:
    """The parameters that are known by name, in brackets; empty if none is."""
    listed = (str(module.attrs.get(NAMES_NOT_IN_OPTIMIZER, "")) for module in recording.children.values())
    names = list(dict.fromkeys(name for each in listed for name in each.split(NAMES_SEPARATOR) if name))
    if not names:
        return ""
    more = ", ..." if len(names) > _MOST_NAMES else ""
    return f" ({', '.join(names[:_MOST_NAMES])}{more})"
