"""The types of what `__init__.py` loads at its first use; a test keeps the two in step."""

from gradviz import integrations as integrations
from gradviz import tasks as tasks
from gradviz.capture.record import record as record
from gradviz.capture.schedule import every as every
from gradviz.capture.schedule import logspaced as logspaced
from gradviz.diagnosis.diagnose import diagnose as diagnose
from gradviz.dynamics.cliff import cliff as cliff
from gradviz.dynamics.cliff_descent import cliff_descent as cliff_descent
from gradviz.dynamics.connectivity import connectivity as connectivity
from gradviz.dynamics.eigenvalues import hidden_eigenvalues as hidden_eigenvalues
from gradviz.dynamics.jacobian_products import jacobian_products as jacobian_products
from gradviz.dynamics.lyapunov import lyapunov_exponents as lyapunov_exponents
from gradviz.dynamics.lyapunov import lyapunov_spectrum as lyapunov_spectrum
from gradviz.dynamics.step_jacobian_norms import step_jacobian_norms as step_jacobian_norms
from gradviz.dynamics.step_jacobians import step_jacobians as step_jacobians
from gradviz.experiment.alert import alert as alert
from gradviz.experiment.probe.probe import probe as probe
from gradviz.experiment.python_run import run as run
from gradviz.experiment.python_sweep import sweep as sweep
from gradviz.experiment.run.trained import load_trained as load_trained
from gradviz.integrations.tensorboard import tensorboard_log as tensorboard_log
from gradviz.integrations.tensorboard import to_tensorboard as to_tensorboard
from gradviz.measures.batch_variation import batch_variation as batch_variation
from gradviz.measures.clipping import clipping as clipping
from gradviz.measures.constant_tail import constant_tail as constant_tail
from gradviz.measures.dead_units import dead_units as dead_units
from gradviz.measures.decay_rate import decay_rate as decay_rate
from gradviz.measures.divergence import divergence as divergence
from gradviz.measures.forgotten_steps import forgotten_steps as forgotten_steps
from gradviz.measures.gate_histogram import gate_histogram as gate_histogram
from gradviz.measures.gradient_across_lag import gradient_across_lag as gradient_across_lag
from gradviz.measures.gradient_along_path import gradient_along_path as gradient_along_path
from gradviz.measures.gradient_noise import gradient_noise as gradient_noise
from gradviz.measures.gradient_paths import gradient_paths as gradient_paths
from gradviz.measures.gradient_reach import gradient_reach as gradient_reach
from gradviz.measures.gradients_not_zeroed import gradients_not_zeroed as gradients_not_zeroed
from gradviz.measures.horizon import horizon as horizon
from gradviz.measures.input_variation import input_variation as input_variation
from gradviz.measures.lag_across import lag_across as lag_across
from gradviz.measures.loss_course import loss_course as loss_course
from gradviz.measures.loss_mistakes import loss_mistakes as loss_mistakes
from gradviz.measures.not_finite import finite_losses as finite_losses
from gradviz.measures.not_finite import not_finite as not_finite
from gradviz.measures.parameters_not_in_optimizer import (
    parameters_not_in_optimizer as parameters_not_in_optimizer,
)
from gradviz.measures.recurrent_weight_size import recurrent_weight_size as recurrent_weight_size
from gradviz.measures.replay_error import replay_error as replay_error
from gradviz.measures.saturation import saturation as saturation
from gradviz.measures.scalars import scalars as scalars
from gradviz.measures.scrambled_input import scrambled_input as scrambled_input
from gradviz.measures.scrambled_state import scrambled_state as scrambled_state
from gradviz.measures.steps_from_one_state import steps_from_one_state as steps_from_one_state
from gradviz.measures.stuck_units import stuck_units as stuck_units
from gradviz.measures.time_constants import time_constants as time_constants
from gradviz.measures.underflow_fraction import underflow_fraction as underflow_fraction
from gradviz.measures.undetached_steps import undetached_steps as undetached_steps
from gradviz.measures.unit_saturation import unit_saturation as unit_saturation
from gradviz.measures.update_size import update_size as update_size
from gradviz.measures.write_weight import write_weight as write_weight
from gradviz.models.char import CharModel as CharModel
from gradviz.models.initialise import initialise as initialise
from gradviz.models.language import LanguageModel as LanguageModel
from gradviz.models.sample import sample as sample
from gradviz.models.sequence import SequenceModel as SequenceModel
from gradviz.plots.characters import label_characters as label_characters
from gradviz.plots.comparison import figure_comparison as figure_comparison
from gradviz.plots.connectivity import plot_connectivity as plot_connectivity
from gradviz.plots.drawing.style import use_style as use_style
from gradviz.plots.eigenvalues import plot_eigenvalues as plot_eigenvalues
from gradviz.plots.gate_heatmap import plot_gate_heatmap as plot_gate_heatmap
from gradviz.plots.gate_histogram import plot_gate_histogram as plot_gate_histogram
from gradviz.plots.gate_saturation import plot_gate_saturation as plot_gate_saturation
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap as plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms as plot_gradient_norms
from gradviz.plots.gradient_paths import plot_gradient_paths as plot_gradient_paths
from gradviz.plots.learning_curve import plot_learning_curve as plot_learning_curve
from gradviz.plots.lyapunov import plot_lyapunov as plot_lyapunov
from gradviz.plots.saturation_heatmap import plot_saturation_heatmap as plot_saturation_heatmap
from gradviz.plots.shared_limits import shared_limits as shared_limits
from gradviz.plots.text import plot_text as plot_text
from gradviz.plots.time_constants import plot_time_constants as plot_time_constants
from gradviz.plots.unit_order import units_by_time_constant as units_by_time_constant
from gradviz.plots.unit_saturation import plot_unit_saturation as plot_unit_saturation
from gradviz.recording.load import load as load
from gradviz.recording.storage import storage as storage
from gradviz.remedies.try_remedies import try_remedies as try_remedies
from gradviz.report.explore_run import explore_run as explore_run
from gradviz.report.recording_summary import summary as summary
from gradviz.runs.load_runs import load_runs as load_runs

__version__: str
_HOME_OF: dict[str, str]

# nothing else: a name that does not exist is an error of the type checker too
