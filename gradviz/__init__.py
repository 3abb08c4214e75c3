"""Gradient flow in recurrent networks: recorded exactly, measured, drawn.

Every public name is loaded at its first use, so ``import gradviz`` does not import torch,
matplotlib or xarray.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.2.0"

_HOME_OF = {
    "record": "gradviz.capture.record",
    "every": "gradviz.capture.schedule",
    "logspaced": "gradviz.capture.schedule",
    "storage": "gradviz.recording.storage",
    "load": "gradviz.recording.load",
    "load_runs": "gradviz.runs.load_runs",
    "SequenceModel": "gradviz.models.sequence",
    "CharModel": "gradviz.models.char",
    "LanguageModel": "gradviz.models.language",
    "sample": "gradviz.models.sample",
    "initialise": "gradviz.models.initialise",
    "run": "gradviz.experiment.python_run",
    "sweep": "gradviz.experiment.python_sweep",
    "load_trained": "gradviz.experiment.run.trained",
    "probe": "gradviz.experiment.probe.probe",
    "diagnose": "gradviz.diagnosis.diagnose",
    "summary": "gradviz.report.recording_summary",
    "try_remedies": "gradviz.remedies.try_remedies",
    "alert": "gradviz.experiment.alert",
    "gradient_reach": "gradviz.measures.gradient_reach",
    "gradient_across_lag": "gradviz.measures.gradient_across_lag",
    "gradient_along_path": "gradviz.measures.gradient_along_path",
    "not_finite": "gradviz.measures.not_finite",
    "finite_losses": "gradviz.measures.not_finite",
    "constant_tail": "gradviz.measures.constant_tail",
    "input_variation": "gradviz.measures.input_variation",
    "write_weight": "gradviz.measures.write_weight",
    "replay_error": "gradviz.measures.replay_error",
    "clipping": "gradviz.measures.clipping",
    "gradients_not_zeroed": "gradviz.measures.gradients_not_zeroed",
    "parameters_not_in_optimizer": "gradviz.measures.parameters_not_in_optimizer",
    "recurrent_weight_size": "gradviz.measures.recurrent_weight_size",
    "loss_mistakes": "gradviz.measures.loss_mistakes",
    "batch_variation": "gradviz.measures.batch_variation",
    "loss_course": "gradviz.measures.loss_course",
    "divergence": "gradviz.measures.divergence",
    "update_size": "gradviz.measures.update_size",
    "forgotten_steps": "gradviz.measures.forgotten_steps",
    "scrambled_input": "gradviz.measures.scrambled_input",
    "scrambled_state": "gradviz.measures.scrambled_state",
    "steps_from_one_state": "gradviz.measures.steps_from_one_state",
    "undetached_steps": "gradviz.measures.undetached_steps",
    "dead_units": "gradviz.measures.dead_units",
    "step_jacobians": "gradviz.dynamics.step_jacobians",
    "step_jacobian_norms": "gradviz.dynamics.step_jacobian_norms",
    "jacobian_products": "gradviz.dynamics.jacobian_products",
    "lyapunov_spectrum": "gradviz.dynamics.lyapunov",
    "lyapunov_exponents": "gradviz.dynamics.lyapunov",
    "hidden_eigenvalues": "gradviz.dynamics.eigenvalues",
    "connectivity": "gradviz.dynamics.connectivity",
    "cliff": "gradviz.dynamics.cliff",
    "cliff_descent": "gradviz.dynamics.cliff_descent",
    "decay_rate": "gradviz.measures.decay_rate",
    "gate_histogram": "gradviz.measures.gate_histogram",
    "gradient_noise": "gradviz.measures.gradient_noise",
    "gradient_paths": "gradviz.measures.gradient_paths",
    "horizon": "gradviz.measures.horizon",
    "lag_across": "gradviz.measures.lag_across",
    "saturation": "gradviz.measures.saturation",
    "scalars": "gradviz.measures.scalars",
    "stuck_units": "gradviz.measures.stuck_units",
    "time_constants": "gradviz.measures.time_constants",
    "underflow_fraction": "gradviz.measures.underflow_fraction",
    "unit_saturation": "gradviz.measures.unit_saturation",
    "plot_gradient_heatmap": "gradviz.plots.gradient_heatmap",
    "plot_gradient_norms": "gradviz.plots.gradient_norms",
    "plot_gate_heatmap": "gradviz.plots.gate_heatmap",
    "plot_saturation_heatmap": "gradviz.plots.saturation_heatmap",
    "plot_learning_curve": "gradviz.plots.learning_curve",
    "plot_unit_saturation": "gradviz.plots.unit_saturation",
    "units_by_time_constant": "gradviz.plots.unit_order",
    "label_characters": "gradviz.plots.characters",
    "plot_gate_saturation": "gradviz.plots.gate_saturation",
    "plot_gate_histogram": "gradviz.plots.gate_histogram",
    "plot_gradient_paths": "gradviz.plots.gradient_paths",
    "plot_time_constants": "gradviz.plots.time_constants",
    "plot_eigenvalues": "gradviz.plots.eigenvalues",
    "plot_connectivity": "gradviz.plots.connectivity",
    "plot_lyapunov": "gradviz.plots.lyapunov",
    "plot_text": "gradviz.plots.text",
    "figure_comparison": "gradviz.plots.comparison",
    "shared_limits": "gradviz.plots.shared_limits",
    "explore_run": "gradviz.report.explore_run",
    "to_tensorboard": "gradviz.integrations.tensorboard",
    "tensorboard_log": "gradviz.integrations.tensorboard",
    "use_style": "gradviz.plots.drawing.style",
}
_SUBPACKAGES = ("tasks", "integrations")

__all__ = ["__version__", *_HOME_OF, *_SUBPACKAGES]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(importlib.import_module(_HOME_OF[name]), name)
    if name in _SUBPACKAGES:
        return importlib.import_module(f"gradviz.{name}")
    raise AttributeError(f"module 'gradviz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
