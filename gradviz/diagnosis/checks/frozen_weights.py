"""Weights that are not trained."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Amount, Change, Finding, Place, Remedy, Severity, training_amount
from gradviz.diagnosis.learning import has_learned, is_untrained
from gradviz.diagnosis.names_in_code import in_model
from gradviz.diagnosis.thresholds import HARDLY_LEARNED
from gradviz.measures.loss_course import RELATIVE_END, loss_course
from gradviz.recording.frozen_modules import frozen_modules
from gradviz.vocabulary import LOSS, MODEL_IS_LAYER, TRAINABLE

_NO_GRADIENT = (
    "No weight of this layer needs a gradient (requires_grad is False), so training does not change the "
    "layer. "
)


def frozen_weights(context: DiagnosisContext) -> Iterator[Finding]:
    """No weight of a module is trained, though gradients go through it."""
    if context.attributes.get(TRAINABLE, 1):
        return
    yield _finding(
        context.recording,
        context.module,
        "If another finding advises initialising its weights, that would overwrite what it has learned.",
    )


def frozen_without_gradient(recording: xr.DataTree) -> Iterator[Finding]:
    """Modules of which nothing is recorded, since no gradient is needed in them."""
    for module in frozen_modules(recording):
        yield _finding(recording, module, "So no gradient of it could be recorded.")


def _finding(recording: xr.DataTree, module: str, more: str) -> Finding:
    severity = _severity(recording)
    is_root = bool(recording.attrs.get(MODEL_IS_LAYER))
    layer = "model" if is_root else in_model(module)
    learns = () if has_learned(recording) is None else (_end(recording),)
    what = _NO_GRADIENT
    if learns and severity != "note":
        what += f"The loss has ended at {learns[0].value:.2g} times its first value. "
    return Finding(
        kind=kinds.FROZEN_WEIGHTS,
        severity=severity,
        what=what + more,
        where=Place(module),
        amounts=learns,
        variables=(LOSS,) if learns else (),
        plot="gv.plot_learning_curve(tree)" if learns else "",
        remedy=Remedy(
            "If the layer was meant to be trained, turn its gradients on, and give its parameters to the "
            "optimizer.",
            f"{layer}.requires_grad_(True)\noptimizer = torch.optim.Adam(model.parameters())",
            (Change("unfreeze", {"module": module}),),
        ),
    )


def _end(recording: xr.DataTree) -> Amount:
    return training_amount("loss_course", loss_course(recording), RELATIVE_END)


def _severity(recording: xr.DataTree) -> Severity:
    """Trouble where no recurrent module is trained and nothing was learned; it may be frozen on purpose."""
    learned = has_learned(recording)
    if learned is None:  # then a recording without any gradient is of no use
        return "note" if recording.children else "trouble"
    learned = learned and not is_untrained(recording)  # by a head alone that has learned the mean
    if learned and has_learned(recording, below=HARDLY_LEARNED):
        return "note"
    trains = any(module.attrs.get(TRAINABLE, 1) for module in recording.children.values())
    return "warning" if learned or trains else "trouble"
