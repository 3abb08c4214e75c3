"""Names of recordings: dimensions, variables, gates, paths and attributes, with long names and units.

The rest of the package imports these names and does not repeat them as literals.
"""

from __future__ import annotations

from typing import NamedTuple

STEP = "step"
CALL = "call"
ITERATION = "iteration"
LAYER = "layer"
DIRECTION = "direction"
TIME = "time"
SAMPLE = "sample"
UNIT = "unit"
GATE = "gate"
PATH = "path"
LAG = "lag"
FIXED_LAG = "fixed_lag"

DIRECT_PATH, CARRY_PATH = "direct", "carry"

FORWARD, REVERSE = "forward", "reverse"

LOG10_GRAD_H = "log10_grad_h"
LOG10_GRAD_H_DIRECT = "log10_grad_h_direct"
LOG10_GRAD_C = "log10_grad_c"
LOG10_GRAD_GATE = "log10_grad_gate"
LOG10_GRAD_WEIGHT = "log10_grad_weight"
LOG10_GRAD_PATH = "log10_grad_path"
LOG10_GRAD_STATE = "log10_grad_state"
CUT = "cut"
STATE_H, STATE_C = "state_h", "state_c"
GATE_MEAN, GATE_LEFT, GATE_RIGHT = "gate_mean", "gate_left", "gate_right"
UNIT_MEAN, UNIT_LEFT, UNIT_RIGHT = "unit_mean", "unit_left", "unit_right"
SPECTRAL_RADIUS = "spectral_radius"
LARGEST_SINGULAR_VALUE = "largest_singular_value"
RECURRENT_WEIGHT_NORM = "recurrent_weight_norm"
UNDERFLOW = "underflow"
INPUT_NORM, INPUT_CHANGE, INPUT_SPREAD = "input_norm", "input_change", "input_spread"
TIME_OFFSET = "time_offset"
CALLS_WITHOUT_GRADIENT = "calls_without_gradient"
STEPS_WITHOUT_TAPE_STEP = "steps_without_tape_step"
CALLS_FROM_ONE_STATE = "calls_from_one_state"
SOFTMAX_BEFORE_LOG_SOFTMAX = "softmax_before_log_softmax"
SIGMOID_BEFORE_LOGITS_LOSS = "sigmoid_before_logits_loss"
TARGET_BROADCAST = "target_broadcast"
INPUT_SCRAMBLED, STATE_SCRAMBLED = "input_scrambled", "state_scrambled"
CONTINUES_STEP, STEP_UNFINISHED = "continues_step", "step_unfinished"
LOSS = "loss"
GRAD_NORM, GRAD_NORM_CLIPPED = "grad_norm", "grad_norm_clipped"
UPDATE_RATIO = "update_ratio"
PARAMETERS_NOT_ZEROED = "parameters_not_zeroed"
PARAMETERS_NOT_IN_OPTIMIZER = "parameters_not_in_optimizer"
OUTPUT_SPREAD, TARGET_SPREAD = "output_spread", "target_spread"
GATES, H, C = "gates", "h", "c"
GRAD_GATES, GRAD_H, GRAD_C = "grad_gates", "grad_h", "grad_c"

# Facts of a call: variables, and also attributes if they are the same in the whole recording.
BATCH_SIZE, LENGTH = "batch_size", "length"
RANK = "rank"  # coordinate along ``sample``: which process of a distributed training had the sequence
# Attributes of the root: how many processes of a distributed training it joins; which were to record.
RANKS, RECORDED_RANKS = "ranks", "recorded_ranks"

# Attributes of a module's recording.
MODULE = "module"
DETAIL = "detail"
NORMS, FULL, FORWARD_ONLY = "norms", "full", "forward"  # levels of detail
CONTINUES = "continues"
INPUT_SIZE, HIDDEN_SIZE, PROJ_SIZE, NUM_LAYERS = "input_size", "hidden_size", "proj_size", "num_layers"
BIDIRECTIONAL, BATCH_FIRST, BIAS, TRAINABLE = "bidirectional", "batch_first", "bias", "trainable"
# Attributes of a run; its lag has the name of the dimension.
CONFIG, SEED = "config", "seed"
BASELINE, BASELINE_MEANING, INFORMATIVE = "baseline", "baseline_meaning", "informative"
TEXT = "text"

NAMES_NOT_ZEROED = "names_not_zeroed"
NAMES_NOT_IN_OPTIMIZER = "names_not_in_optimizer"
REPLAY_ERROR = "replay_error"
CELL = "cell"
OBSERVED = "observed"
GATE_SQUASH, KEEPS = "gate_squash", "keeps"  # of a recurrence written by hand
DTYPE, COMPUTE_DTYPE = "dtype", "compute_dtype"  # of the input, and of the arithmetic (autocast)
PROBE_INPUT = "probe_input"
PROBE_KIND = "probe_kind"  # of the input: PROBE_RANDOM or PROBE_GIVEN
PROBE_RANDOM, PROBE_GIVEN = "random", "given"
PROBE_LOSS = "probe_loss"
PROBE_LOSS_KIND = "probe_loss_kind"  # PROBE_LAST_STEP or PROBE_GIVEN
PROBE_LAST_STEP = "last_step"
PROBE_PICKED_STEP = "probe_picked_step"
MODEL_IS_LAYER = "model_is_layer"
NOTHING_RECORDED = "nothing_recorded"
IN_A_LOOP = "in_a_loop"

# Begins the name of a training curve, which ends with the name of a module; `frozen_modules` reads it.
FROZEN_MODULE = "frozen_module"


class Dimension(NamedTuple):
    long_name: str
    units: str


class Variable(NamedTuple):
    dims: tuple[str, ...]
    long_name: str
    units: str


DIMENSIONS = {
    STEP: Dimension("training step", "1"),
    CALL: Dimension("call within the training step", "1"),
    ITERATION: Dimension("training step", "1"),
    LAYER: Dimension("layer", "1"),
    DIRECTION: Dimension("direction", "1"),
    TIME: Dimension("time step", "1"),
    SAMPLE: Dimension("sequence in the batch", "1"),
    UNIT: Dimension("hidden unit", "1"),
    GATE: Dimension("gate", "1"),
    PATH: Dimension("path of the gradient", "1"),
}

_EVERY_STATE = (STEP, LAYER, DIRECTION, TIME, SAMPLE)
_EVERY_GATE = (STEP, LAYER, DIRECTION, TIME, GATE)
_EVERY_UNIT = (STEP, LAYER, DIRECTION, GATE, UNIT)
_EVERY_INPUT = (STEP, TIME, SAMPLE)  # of the first layer: of a module, not of a layer
_EVERY_SEQUENCE = (STEP, SAMPLE)
_EVERY_WEIGHT = (STEP, LAYER, DIRECTION, GATE)  # the RNN's only weight is that of its gate ``hidden``

LEFT_MEANING = "below 0.1 (tanh: below -0.9; relu: zero)"
RIGHT_MEANING = "above 0.9"

VARIABLES = {
    LOG10_GRAD_H: Variable(_EVERY_STATE, "total gradient ‖dL/dh‖", "decades"),
    LOG10_GRAD_H_DIRECT: Variable(_EVERY_STATE, "direct gradient ‖∂L/∂h‖", "decades"),
    LOG10_GRAD_C: Variable(_EVERY_STATE, "cell-state gradient ‖dL/dc‖", "decades"),
    LOG10_GRAD_GATE: Variable((*_EVERY_STATE, GATE), "gate gradient ‖dL/da‖", "decades"),
    LOG10_GRAD_WEIGHT: Variable(
        (*_EVERY_STATE, GATE), "step's share of the weight gradient ‖∂L/∂U‖", "decades"
    ),
    LOG10_GRAD_PATH: Variable((*_EVERY_STATE, PATH), "gradient contributed to step t", "decades"),
    LOG10_GRAD_STATE: Variable(_EVERY_STATE, "total gradient at the state handed on", "decades"),
    CUT: Variable(_EVERY_STATE, "1 where the incoming state brings no gradient back to the step before", "1"),
    STATE_H: Variable(_EVERY_STATE, "hidden state ‖h‖", "1"),
    STATE_C: Variable(_EVERY_STATE, "cell state ‖c‖", "1"),
    GATE_MEAN: Variable(_EVERY_GATE, "mean gate activation", "1"),
    GATE_LEFT: Variable(_EVERY_GATE, f"fraction of activations {LEFT_MEANING}", "1"),
    GATE_RIGHT: Variable(_EVERY_GATE, f"fraction of activations {RIGHT_MEANING}", "1"),
    UNIT_MEAN: Variable(_EVERY_UNIT, "mean gate activation", "1"),
    UNIT_LEFT: Variable(_EVERY_UNIT, f"fraction of time {LEFT_MEANING}", "1"),
    UNIT_RIGHT: Variable(_EVERY_UNIT, f"fraction of time {RIGHT_MEANING}", "1"),
    SPECTRAL_RADIUS: Variable(_EVERY_WEIGHT, "spectral radius of the recurrent weight", "1"),
    LARGEST_SINGULAR_VALUE: Variable(_EVERY_WEIGHT, "largest singular value of the recurrent weight", "1"),
    RECURRENT_WEIGHT_NORM: Variable(_EVERY_WEIGHT, "Frobenius norm of the recurrent weight ‖U‖", "1"),
    UNDERFLOW: Variable(_EVERY_STATE, "gradient below the float range of training", "1"),
    INPUT_NORM: Variable(_EVERY_INPUT, "input ‖x‖", "1"),
    INPUT_CHANGE: Variable(_EVERY_INPUT, "change of the input since the step before", "1"),
    INPUT_SPREAD: Variable((STEP, TIME), "distance of the inputs of neighbouring sequences", "1"),
    LENGTH: Variable((STEP,), "time steps of the longest sequence", "time steps"),
    BATCH_SIZE: Variable((STEP,), "sequences in the batch, recorded or not", "1"),
    TIME_OFFSET: Variable(
        _EVERY_SEQUENCE, "time steps before the first, in the module that this one continues", "time steps"
    ),
    CALLS_WITHOUT_GRADIENT: Variable((STEP,), "calls left out because no gradient reached them", "1"),
    CALLS_FROM_ONE_STATE: Variable((STEP,), "calls of one time step that began with one state", "1"),
    STEPS_WITHOUT_TAPE_STEP: Variable((STEP,), "optimizer steps in this training step", "1"),
    SOFTMAX_BEFORE_LOG_SOFTMAX: Variable(
        (STEP,), "1 if the loss takes the log-softmax of what a softmax computed", "1"
    ),
    SIGMOID_BEFORE_LOGITS_LOSS: Variable((STEP,), "1 if a loss of logits takes what a sigmoid computed", "1"),
    TARGET_BROADCAST: Variable((STEP,), "1 if the loss compares every output with every target", "1"),
    INPUT_SCRAMBLED: Variable(
        (STEP,), "1 if the input is a view that exchanges the sizes of its axes and moves no number", "1"
    ),
    STATE_SCRAMBLED: Variable((STEP,), "1 if the last states are read in a shape that mixes sequences", "1"),
    CONTINUES_STEP: Variable(
        (STEP,), "1 if a first state leads back, undetached, to an earlier training step", "1"
    ),
    STEP_UNFINISHED: Variable((STEP,), "1 if tape.step had not yet ended the training step", "1"),
    LOSS: Variable((STEP,), "loss", "1"),
    GRAD_NORM: Variable((STEP,), "gradient norm before clipping", "1"),
    GRAD_NORM_CLIPPED: Variable((STEP,), "gradient norm after clipping", "1"),
    UPDATE_RATIO: Variable((STEP,), "change of the weights in an optimizer step ‖Δw‖/‖w‖", "1"),
    PARAMETERS_NOT_ZEROED: Variable(
        (STEP,), "parameters whose gradient was added to that of an earlier optimizer step", "1"
    ),
    PARAMETERS_NOT_IN_OPTIMIZER: Variable(
        (STEP,), "parameters with a gradient that no optimizer has changed", "1"
    ),
    OUTPUT_SPREAD: Variable((STEP,), "spread of the outputs over the batch", "1"),
    TARGET_SPREAD: Variable((STEP,), "spread of the targets over the batch", "1"),
    H: Variable((*_EVERY_STATE, UNIT), "hidden state h", "1"),
    C: Variable((*_EVERY_STATE, UNIT), "cell state c", "1"),
    GATES: Variable((*_EVERY_STATE, GATE, UNIT), "gate activation", "1"),
    GRAD_H: Variable((*_EVERY_STATE, UNIT), "total gradient dL/dh", "1"),
    GRAD_C: Variable((*_EVERY_STATE, UNIT), "cell-state gradient dL/dc", "1"),
    GRAD_GATES: Variable((*_EVERY_STATE, GATE, UNIT), "gate gradient dL/da", "1"),
}

# Of the whole model: training curves, which ``tape.step`` may be given as well.
METRICS = frozenset(
    {
        *(LOSS, GRAD_NORM, GRAD_NORM_CLIPPED, UPDATE_RATIO, PARAMETERS_NOT_ZEROED),
        *(PARAMETERS_NOT_IN_OPTIMIZER, OUTPUT_SPREAD, TARGET_SPREAD, CONTINUES_STEP),
        STEP_UNFINISHED,
    }
)
OF_THE_LOSS = frozenset({SOFTMAX_BEFORE_LOG_SOFTMAX, SIGMOID_BEFORE_LOGITS_LOSS, TARGET_BROADCAST})
# Without the dim ``call``, which all other variables have where steps have several calls.
OF_A_WHOLE_STEP = (
    frozenset({CALLS_WITHOUT_GRADIENT, CALLS_FROM_ONE_STATE, STEPS_WITHOUT_TAPE_STEP}) | METRICS | OF_THE_LOSS
)


VALIDATION = "validation_"  # begins the name of a metric of a validation, which few training steps have


def is_metric(name: str) -> bool:
    """Whether a variable is a training curve, of the whole model, and not one of a module."""
    return name in METRICS or name not in VARIABLES


# An attribute of a module is the same in all its calls and steps; one that changes is left out.
ATTRIBUTES = {
    CELL: "kind of the recurrence: a key of CELLS",
    GATE_SQUASH: "JSON: for each gate of a recurrence written by hand, its squashing function",
    KEEPS: "the gate of a recurrence written by hand that keeps its state when it is near 1",
    MODULE: "name of the module in the model",
    DETAIL: "level of detail: norms, every unit (full), or every unit without gradients (forward)",
    REPLAY_ERROR: "largest difference of a replayed state from the model's own",
    BATCH_SIZE: "sequences in the batch, recorded or not",
    LENGTH: "time steps of the longest sequence",
    CALLS_FROM_ONE_STATE: "calls of one time step each that began with the very same computed state",
    STEPS_WITHOUT_TAPE_STEP: "optimizer steps made without tape.step, of which only the newest is kept",
    NAMES_NOT_ZEROED: "names of parameters whose gradient was not zeroed, at any step",
    NAMES_NOT_IN_OPTIMIZER: "names of parameters with a gradient and in no optimizer, at the last step",
    CONTINUES: "name of the module from whose last state this one starts",
    DTYPE: "dtype of the input",
    COMPUTE_DTYPE: "dtype of the arithmetic, which autocast may have made coarser",
    INPUT_SIZE: "features of the input",
    HIDDEN_SIZE: "hidden units",
    PROJ_SIZE: "units of the projected state, if there is a projection",
    NUM_LAYERS: "layers of the module",
    BIDIRECTIONAL: "1 if the module runs in both directions",
    BATCH_FIRST: "1 if the batch is the first axis of the input",
    BIAS: "1 if the module has biases",
    TRAINABLE: "1 if any weight of the module requires a gradient",
    IN_A_LOOP: "1 if the module was called once for every time step",
    NOTHING_RECORDED: "why nothing was recorded",
    MODEL_IS_LAYER: "1 if the model is the recurrent module itself",
    PROBE_INPUT: "input of a probe",
    PROBE_KIND: "whether the input of a probe was random or given",
    PROBE_LOSS: "loss of a probe",
    PROBE_LOSS_KIND: "whether the loss of a probe was on the last step or given",
    PROBE_PICKED_STEP: "1 if the probe picked the last time step of the model's output",
    CONFIG: "the resolved experiment",
    SEED: "seed of the run",
    LAG: "time steps that a solution of the task has to bridge",
    FIXED_LAG: "1 if the task has this one lag, 0 if it rewards shorter lags too",
    BASELINE: "loss of the trivial predictor",
    BASELINE_MEANING: "what the trivial predictor does",
    INFORMATIVE: "time steps whose input must be remembered",
    TEXT: "characters that the model read, one for each time step",
}

# The replay error that rounding explains, by the dtype in which the model computed.
TENSOR_FLOAT_32 = "tfloat32"  # float32 whose products on a GPU keep 10 bits of every factor
_REPLAY_ERROR_LIMIT = {
    "float64": 1e-8,
    "float32": 1e-4,
    TENSOR_FLOAT_32: 2**-6,
    "float16": 2**-6,
    "bfloat16": 2**-3,
}


def replay_error_limit(dtype: str) -> float:
    """Largest replay error that rounding explains; an unknown dtype counts as float32."""
    return _REPLAY_ERROR_LIMIT.get(dtype, _REPLAY_ERROR_LIMIT["float32"])
