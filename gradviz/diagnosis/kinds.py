"""Every kind of finding, causes before the effects that they have: one table."""

from __future__ import annotations

NOTHING_RECORDED = "nothing_recorded"
NOT_FINITE = "not_finite"
REPLAY_ERROR = "replay_error"
NO_GRADIENT = "no_gradient"
WRONG_BATCH_FIRST = "wrong_batch_first"
CONSTANT_INPUT = "constant_input"
DIRECT_ONLY = "direct_gradient_only"
DETACHED = "detached"
DEAD_RELU = "dead_relu"
EXPLODING = "exploding"
SATURATED = "saturated_gates"
FORGET_BIAS = "forget_bias_too_low"
CLOSED_GATE = "closed_gate"
FROZEN = "frozen_state"
NON_NORMAL = "non_normal_transient"
VANISHING = "vanishing"
BELOW_RANGE = "below_float_range"
CLIPPING = "clipping_always"
REVERSE_UNUSED = "reverse_direction_unused"
TIME_AND_BATCH = "time_and_batch_look_swapped"
EVERY_STEP = "loss_on_every_step"
PIECE_BY_PIECE = "called_piece_by_piece"
READS_PADDING = "reads_padding"
FROZEN_WEIGHTS = "frozen_weights"

KINDS = {
    NOTHING_RECORDED: "No gradient was recorded",
    NOT_FINITE: "Losses, states or gradients are not finite",
    REPLAY_ERROR: "The recording does not agree with the model",
    NO_GRADIENT: "The loss does not reach this module",
    WRONG_BATCH_FIRST: "Time and batch are swapped",
    REVERSE_UNUSED: "The reverse direction is read at its first step",
    TIME_AND_BATCH: "Time and batch may be swapped",
    READS_PADDING: "The loss reads padding",
    CONSTANT_INPUT: "The input never changes",
    DIRECT_ONLY: "No step hands gradient to the one before",
    DETACHED: "The gradient is cut before it has crossed the lag",
    DEAD_RELU: "Units are always zero",
    SATURATED: "Gates are saturated on both sides",
    FORGET_BIAS: "The gate that keeps the state lets go too soon",
    CLOSED_GATE: "A gate is closed",
    FROZEN: "The state hardly takes anything in",
    EXPLODING: "The gradient explodes on its way back",
    NON_NORMAL: "The gradient swells before it fades",
    VANISHING: "The gradient vanishes on its way back",
    BELOW_RANGE: "The gradient falls below the range of floats",
    CLIPPING: "The gradient is clipped at nearly every step",
    EVERY_STEP: "The loss sees every step",
    PIECE_BY_PIECE: "The layer is called piece by piece",
    FROZEN_WEIGHTS: "The weights are frozen",
}

ORDER = {kind: place for place, kind in enumerate(KINDS)}
