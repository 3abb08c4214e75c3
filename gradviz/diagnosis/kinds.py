"""Every kind of finding with its title, causes before their effects: one table."""

from __future__ import annotations

NOTHING_RECORDED = "nothing_recorded"
STEP_FORGOTTEN = "step_forgotten"
NOT_DETACHED = "state_not_detached"
TARGET_BROADCAST = "target_broadcast"
SOFTMAX_TWICE = "softmax_twice"
LABELS_CONSTANT = "labels_constant"
SCRAMBLED_VIEW = "scrambled_view"
INPUT_NOT_NORMALISED = "input_not_normalised"
INPUT_GROWS = "input_grows"
NOT_IN_OPTIMIZER = "not_in_optimizer"
ACCUMULATE = "gradients_accumulate"
LEARNING_RATE = "learning_rate_too_high"
LEARNING_RATE_LOW = "learning_rate_too_low"
NOT_FINITE = "not_finite"
REPLAY_ERROR = "replay_error"
NO_GRADIENT = "no_gradient"
WRONG_BATCH_FIRST = "wrong_batch_first"
CONSTANT_INPUT = "constant_input"
NOT_HANDED_ON = "state_not_handed_on"
WEIGHTS_VANISH = "recurrent_weights_vanish"
DIRECT_ONLY = "direct_gradient_only"
DETACHED = "detached"
DEAD_RELU = "dead_relu"
EXPLODING = "exploding"
SATURATED = "saturated_gates"
FORGET_BIAS = "forget_bias_too_low"
CLOSED_GATE = "closed_gate"
OPEN_GATE = "open_gate"
FROZEN = "frozen_state"
NON_NORMAL = "non_normal_transient"
VANISHING = "vanishing"
BELOW_RANGE = "below_float_range"
CLIPPING = "clipping_always"
REVERSE_UNUSED = "reverse_direction_unused"
TIME_AND_BATCH = "time_and_batch_look_swapped"
PREDICTS_MEAN = "predicts_the_mean"
EVERY_STEP = "loss_on_every_step"
PIECE_BY_PIECE = (
    "called_piece_by_piece"  # of version 0.1; no check finds it, since such calls are one sequence
)
READS_PADDING = "reads_padding"
FROZEN_WEIGHTS = "frozen_weights"
GRADIENTS_UNSEEN = "gradients_not_recorded"
AT_ONCE = "computed_at_once"
LAYER_UNREACHED = "layer_unreached"
DIRECTION_UNREACHED = "direction_unreached"
NOT_PACKED = "padding_not_packed"
SEQUENCES_UNREACHED = "sequences_unreached"

KINDS = {
    NOTHING_RECORDED: "No gradient was recorded",
    STEP_FORGOTTEN: "tape.step is never called",
    NOT_DETACHED: "The state is handed on to the next training step undetached",
    TARGET_BROADCAST: "Every output is compared with every target",
    SOFTMAX_TWICE: "Softmax or sigmoid is applied twice",
    LABELS_CONSTANT: "All targets of a batch are the same",
    SCRAMBLED_VIEW: "The data are reshaped where they should be transposed",
    INPUT_NOT_NORMALISED: "The input is too large",
    NOT_IN_OPTIMIZER: "Parameters are not in the optimizer",
    FROZEN_WEIGHTS: "The weights are frozen",
    ACCUMULATE: "Gradients are not zeroed between the updates",
    LEARNING_RATE: "The learning rate is too high",
    LEARNING_RATE_LOW: "The learning rate is too low",
    INPUT_GROWS: "The input of a layer has grown too large",
    NOT_FINITE: "Losses, states or gradients are not finite",
    REPLAY_ERROR: "The recording does not agree with the model",
    NO_GRADIENT: "No gradient reaches this module",
    LAYER_UNREACHED: "No gradient reaches a layer",
    DIRECTION_UNREACHED: "No gradient reaches one of the two directions",
    WRONG_BATCH_FIRST: "The time and batch axes are swapped",
    REVERSE_UNUSED: "The reverse direction is read at its first step",
    TIME_AND_BATCH: "The time and batch axes may be swapped",
    READS_PADDING: "The loss reads padding",
    NOT_PACKED: "The loss may read the end of padding",
    SEQUENCES_UNREACHED: "No gradient reaches part of the batch",
    CONSTANT_INPUT: "The input never changes",
    NOT_HANDED_ON: "A module never goes on from its own state",
    WEIGHTS_VANISH: "The recurrent weights have gone to zero",
    DIRECT_ONLY: "No gradient flows between time steps",
    DETACHED: "The path of the gradient is shorter than the lag",
    DEAD_RELU: "ReLU units are always zero",
    SATURATED: "Gates are saturated on both sides",
    FORGET_BIAS: "The state is forgotten too soon",
    CLOSED_GATE: "A gate is closed",
    OPEN_GATE: "A gate is always open",
    FROZEN: "The state takes in almost no input",
    EXPLODING: "The gradient explodes",
    NON_NORMAL: "The gradient grows before it decays",
    VANISHING: "The gradient vanishes",
    BELOW_RANGE: "The gradient falls below the float range",
    CLIPPING: "The gradient is clipped at most training steps",
    PREDICTS_MEAN: "The output hardly depends on the input",
    EVERY_STEP: "The loss reads most time steps",
    PIECE_BY_PIECE: "The sequence arrives in several calls",
    GRADIENTS_UNSEEN: "Gradients were not recorded",
    AT_ONCE: "Only direct gradients are known",
}

ORDER = {kind: place for place, kind in enumerate(KINDS)}
