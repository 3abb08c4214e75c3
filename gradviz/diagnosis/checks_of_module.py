"""What is found in one module at one training step: every check, and which of them make others void."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from gradviz.diagnosis.checks.below_float_range import below_float_range
from gradviz.diagnosis.checks.computed_at_once import computed_at_once
from gradviz.diagnosis.checks.constant_input import constant_input
from gradviz.diagnosis.checks.dead_relu import dead_relu
from gradviz.diagnosis.checks.forget_bias import forget_bias
from gradviz.diagnosis.checks.frozen_state import frozen_state
from gradviz.diagnosis.checks.frozen_weights import frozen_weights
from gradviz.diagnosis.checks.gradients_unseen import gradients_unseen
from gradviz.diagnosis.checks.growth import growth
from gradviz.diagnosis.checks.input_size import input_not_normalised
from gradviz.diagnosis.checks.loss_on_every_step import loss_on_every_step
from gradviz.diagnosis.checks.no_gradient import no_gradient, nothing_recorded
from gradviz.diagnosis.checks.open_gate import open_gate
from gradviz.diagnosis.checks.padding_not_packed import padding_not_packed
from gradviz.diagnosis.checks.reads_padding import reads_padding
from gradviz.diagnosis.checks.recurrent_weights import recurrent_weights_vanish
from gradviz.diagnosis.checks.replay_error import replay_error
from gradviz.diagnosis.checks.reshaped_input import scrambled_view
from gradviz.diagnosis.checks.reshaped_state import scrambled_states
from gradviz.diagnosis.checks.reverse_direction import reverse_unused
from gradviz.diagnosis.checks.saturated_gates import closed_gate, saturated
from gradviz.diagnosis.checks.state_not_handed_on import state_not_handed_on
from gradviz.diagnosis.checks.swapped_axes import time_and_batch, wrong_batch_first
from gradviz.diagnosis.checks.truncation import truncation
from gradviz.diagnosis.checks.unreached import direction_unreached, layer_unreached, sequences_unreached
from gradviz.diagnosis.checks.vanishing import vanishing
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding
from gradviz.diagnosis.kinds import DETACHED, DIRECT_ONLY, FORGET_BIAS, VANISHING
from gradviz.measures.gradient_across_lag import LOST
from gradviz.measures.gradient_along_path import LOST_ON_PATH
from gradviz.measures.gradient_reach import LENGTH
from gradviz.vocabulary import LOG10_GRAD_H

Check = Callable[[DiagnosisContext], Iterator[Finding]]

# If one of these finds anything in a module, the other checks are skipped: they would mean nothing.
_FIRST: tuple[Check, ...] = (no_gradient, wrong_batch_first)
_THEN: tuple[Check, ...] = (
    layer_unreached,
    direction_unreached,
    reads_padding,
    padding_not_packed,
    sequences_unreached,
    scrambled_view,
    scrambled_states,
    input_not_normalised,
    replay_error,
    constant_input,
    state_not_handed_on,
    time_and_batch,
    reverse_unused,
    recurrent_weights_vanish,
    truncation,
    dead_relu,
    saturated,
    closed_gate,
    open_gate,
    frozen_state,
    forget_bias,
    growth,
    vanishing,
    below_float_range,
    loss_on_every_step,
    frozen_weights,
)
# What can be said without gradients.
_OF_FORWARD: tuple[Check, ...] = (
    input_not_normalised,
    replay_error,
    constant_input,
    dead_relu,
    saturated,
    closed_gate,
    open_gate,
    frozen_state,
    frozen_weights,
)
# Of states that were computed all at once, only what they and the gates are is known.
_AT_ONCE: tuple[Check, ...] = (dead_relu, saturated, closed_gate, open_gate, computed_at_once)


def findings_of_module(context: DiagnosisContext) -> list[Finding]:
    """Everything that is found in a module at one training step, whose values are all finite.

    Parameters
    ----------
    context : DiagnosisContext

    Returns
    -------
    list of Finding
        In no particular order, without findings that others already explain.
    """
    if not context.has_gradients:
        return [*gradients_unseen(context), *(each for check in _OF_FORWARD for each in check(context))]
    if not context.has_total:
        return [finding for check in _AT_ONCE for finding in check(context)]
    if not context.dataset[LOG10_GRAD_H].notnull().any():
        return [nothing_recorded(context.recording)]
    for check in _FIRST:
        found = list(check(context))
        if found:
            return found
    return _without_consequences([finding for check in _THEN for finding in check(context)])


def _without_consequences(found: list[Finding]) -> list[Finding]:
    """The findings without the effects of others: a cut alone explains why no gradient arrives beyond it."""
    cuts = [each for each in found if each.kind in (DETACHED, DIRECT_ONLY) and not _is_too_short(each)]
    if any(finding.is_trouble for finding in cuts):
        return [finding for finding in found if finding.kind not in (VANISHING, FORGET_BIAS)]
    if cuts:  # what is exactly zero was cut off; what is small has vanished
        found = [finding for finding in found if not _lost_everything(finding)]
    kinds = {finding.kind for finding in found}
    if {VANISHING, FORGET_BIAS} <= kinds and not any(f.is_trouble and f.kind == VANISHING for f in found):
        return [finding for finding in found if finding.kind != VANISHING]  # the bias explains it
    return found


def _is_too_short(finding: Finding) -> bool:
    """Whether nothing was cut off: the sequences themselves are shorter than the lag."""
    return any(amount.variable == LENGTH for amount in finding.amounts)


def _lost_everything(finding: Finding) -> bool:
    return any(a.variable in (LOST, LOST_ON_PATH) and a.value == math.inf for a in finding.amounts)
