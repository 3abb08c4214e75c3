"""The public measures by name: those with one value for each run or each of its steps, and the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradviz.measures.batch_variation import batch_variation
from gradviz.measures.clipping import clipping
from gradviz.measures.constant_tail import constant_tail
from gradviz.measures.dead_units import dead_units
from gradviz.measures.decay_rate import decay_rate
from gradviz.measures.divergence import divergence
from gradviz.measures.forgotten_steps import forgotten_steps
from gradviz.measures.gradient_across_lag import gradient_across_lag
from gradviz.measures.gradient_along_path import gradient_along_path
from gradviz.measures.gradient_reach import gradient_reach
from gradviz.measures.gradients_not_zeroed import gradients_not_zeroed
from gradviz.measures.horizon import horizon
from gradviz.measures.input_variation import input_variation
from gradviz.measures.loss_course import loss_course
from gradviz.measures.loss_mistakes import loss_mistakes
from gradviz.measures.not_finite import finite_losses, not_finite
from gradviz.measures.parameters_not_in_optimizer import parameters_not_in_optimizer
from gradviz.measures.recurrent_weight_size import recurrent_weight_size
from gradviz.measures.replay_error import replay_error
from gradviz.measures.saturation import saturation
from gradviz.measures.scrambled_input import scrambled_input
from gradviz.measures.scrambled_state import scrambled_state
from gradviz.measures.steps_from_one_state import steps_from_one_state
from gradviz.measures.stuck_units import stuck_units
from gradviz.measures.time_constants import time_constants
from gradviz.measures.underflow_fraction import underflow_fraction
from gradviz.measures.undetached_steps import undetached_steps
from gradviz.measures.unit_saturation import unit_saturation
from gradviz.measures.update_size import update_size
from gradviz.measures.write_weight import write_weight

MEASURES: dict[str, Callable[..., Any]] = {
    "batch_variation": batch_variation,
    "clipping": clipping,
    "constant_tail": constant_tail,
    "dead_units": dead_units,
    "decay_rate": decay_rate,
    "divergence": divergence,
    "finite_losses": finite_losses,
    "forgotten_steps": forgotten_steps,
    "gradient_across_lag": gradient_across_lag,
    "gradient_along_path": gradient_along_path,
    "gradient_reach": gradient_reach,
    "gradients_not_zeroed": gradients_not_zeroed,
    "horizon": horizon,
    "input_variation": input_variation,
    "loss_course": loss_course,
    "loss_mistakes": loss_mistakes,
    "not_finite": not_finite,
    "parameters_not_in_optimizer": parameters_not_in_optimizer,
    "recurrent_weight_size": recurrent_weight_size,
    "replay_error": replay_error,
    "saturation": saturation,
    "scrambled_input": scrambled_input,
    "scrambled_state": scrambled_state,
    "steps_from_one_state": steps_from_one_state,
    "stuck_units": stuck_units,
    "time_constants": time_constants,
    "underflow_fraction": underflow_fraction,
    "undetached_steps": undetached_steps,
    "unit_saturation": unit_saturation,
    "update_size": update_size,
    "write_weight": write_weight,
}
# The result of these is a curve or a distribution, or of two modules.
NOT_REDUCED = ("gate_histogram", "gradient_noise", "gradient_paths", "lag_across", "scalars")
