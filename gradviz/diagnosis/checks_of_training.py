"""The checks of a whole training, which are of no single module: one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import xarray as xr

from gradviz.diagnosis.checks.constant_labels import labels_constant
from gradviz.diagnosis.checks.forgotten_step import step_forgotten
from gradviz.diagnosis.checks.frozen_weights import frozen_without_gradient
from gradviz.diagnosis.checks.gradients_accumulate import gradients_accumulate
from gradviz.diagnosis.checks.learning_rate import learning_rate
from gradviz.diagnosis.checks.learning_rate_low import learning_rate_low
from gradviz.diagnosis.checks.not_in_optimizer import not_in_optimizer
from gradviz.diagnosis.checks.predicts_the_mean import predicts_the_mean
from gradviz.diagnosis.checks.softmax_twice import softmax_twice
from gradviz.diagnosis.checks.state_not_detached import state_not_detached
from gradviz.diagnosis.checks.target_shape import target_broadcast
from gradviz.diagnosis.finding import Finding

CHECKS_OF_TRAINING: tuple[Callable[[xr.DataTree], Iterator[Finding]], ...] = (
    step_forgotten,
    state_not_detached,
    target_broadcast,
    softmax_twice,
    labels_constant,
    not_in_optimizer,
    frozen_without_gradient,
    gradients_accumulate,
    learning_rate,
    learning_rate_low,
    predicts_the_mean,
)
