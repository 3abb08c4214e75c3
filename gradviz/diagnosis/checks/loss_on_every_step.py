"""A loss on most time steps, whose gradient does not show how far the network remembers."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.measures.gradient_reach import STEPS_SEEN
from gradviz.vocabulary import LOG10_GRAD_H, PROBE_LAST_STEP, PROBE_LOSS_KIND


def loss_on_every_step(context: DiagnosisContext) -> Iterator[Finding]:
    """The loss enters at most time steps, so the total gradient does not show the memory."""
    if not context.has_loss_on_most_steps or context.length < 2:
        return
    layer = context.layers[-1]
    is_last_step_loss = context.recording.attrs.get(PROBE_LOSS_KIND) == PROBE_LAST_STEP
    yield Finding(
        kind=kinds.EVERY_STEP,
        severity="note",
        what="The loss sends gradient into most time steps directly, which means not through later calls of "
        "the layer. So the gradient at a step does not show how much comes from later steps. It is therefore "
        "not used to judge how far this network remembers.",
        where=context.place(layer),
        amounts=(context.amount("gradient_reach", STEPS_SEEN, layer, context.directions[0]),),
        variables=(LOG10_GRAD_H,),
        plot=context.plot("gradient_norms")
        if is_last_step_loss
        else "gv.plot_connectivity(gv.connectivity(model, x, targets))",
        remedy=_pooled(context) if is_last_step_loss else _single_loss(context),
    )


def _pooled(context: DiagnosisContext) -> Remedy:
    return Remedy(
        "The model combines all time steps itself (attention, pooling). That gives the gradient a short "
        "path, so a long memory may not be needed. To judge the layer alone, probe the layer.",
        f"print(gv.diagnose(gv.probe({context.layer_code}), lag={context.required_lag or 50}))",
    )


def _single_loss(context: DiagnosisContext) -> Remedy:
    return Remedy(
        "That is as it should be where each answer depends on the last few steps. If some depend on an "
        "input far back, probe the model with a loss at its last step only, and give that distance as lag.",
        f"print(gv.diagnose(gv.probe(model), lag={max(context.measured_lag, 1)}))  # lag: that distance",
    )
