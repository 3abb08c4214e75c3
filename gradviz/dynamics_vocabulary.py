"""What is computed from a model itself: dimension and variable names, with their long names and units."""

from __future__ import annotations

from gradviz.vocabulary import (
    DIMENSIONS,
    DIRECTION,
    GATE,
    ITERATION,
    LARGEST_SINGULAR_VALUE,
    LAYER,
    SAMPLE,
    SPECTRAL_RADIUS,
    TIME,
    Dimension,
    Variable,
)

STATE = "state"
STATE_FROM = "state_from"
PART = "part"
EXPONENT = "exponent"
EIGENVALUE = "eigenvalue"
LOSS_TIME = "loss_time"
CLIFF_W = "w"
CLIFF_B = "b"

STEP_JACOBIAN = "step_jacobian"
FROBENIUS_NORM = "frobenius_norm"
SPECTRAL_NORM = "spectral_norm"
LOG10_LARGEST_SINGULAR_VALUE = "log10_largest_singular_value"
LOG10_SMALLEST_SINGULAR_VALUE = "log10_smallest_singular_value"
LYAPUNOV_EXPONENT = "lyapunov_exponent"
STANDARD_ERROR = "standard_error"
EIGENVALUE_REAL = "eigenvalue_real"
EIGENVALUE_IMAG = "eigenvalue_imag"
HENRICI_DEPARTURE = "henrici_departure"
TRANSIENT_GROWTH_BOUND = "transient_growth_bound"
TRANSIENT_GROWTH_POWER = "transient_growth_power"
LOG10_CONNECTIVITY = "log10_connectivity"
ERROR = "error"
LOG10_GRAD_NORM = "log10_grad_norm"

_EVERY_MATRIX = (LAYER, DIRECTION, GATE)

DYNAMICS_DIMENSIONS = {
    **{dim: DIMENSIONS[dim] for dim in (LAYER, DIRECTION, TIME, SAMPLE, GATE, ITERATION)},
    STATE: Dimension("element of the state after the step", "1"),
    STATE_FROM: Dimension("element of the state before the step", "1"),
    PART: Dimension("part of the state", "1"),
    EXPONENT: Dimension("rank of the exponent", "1"),
    EIGENVALUE: Dimension("rank of the eigenvalue, the largest modulus first", "1"),
    LOSS_TIME: Dimension("time step of the loss", "1"),
    CLIFF_W: Dimension("recurrent weight w", "1"),
    CLIFF_B: Dimension("bias b", "1"),
}

DYNAMICS = {
    STEP_JACOBIAN: Variable(
        (TIME, SAMPLE, STATE, STATE_FROM), "Jacobian of a step: its state by the state before", "1"
    ),
    FROBENIUS_NORM: Variable((TIME, SAMPLE), "Frobenius norm of the step's Jacobian", "1"),
    SPECTRAL_NORM: Variable((TIME, SAMPLE), "largest singular value of the step's Jacobian", "1"),
    LOG10_LARGEST_SINGULAR_VALUE: Variable(
        (TIME, SAMPLE), "largest singular value from step t to the last", "decades"
    ),
    LOG10_SMALLEST_SINGULAR_VALUE: Variable(
        (TIME, SAMPLE), "smallest singular value from step t to the last", "decades"
    ),
    LYAPUNOV_EXPONENT: Variable((EXPONENT,), "Lyapunov exponent", "nats per time step"),
    STANDARD_ERROR: Variable((EXPONENT,), "standard error of the exponent", "nats per time step"),
    EIGENVALUE_REAL: Variable((*_EVERY_MATRIX, EIGENVALUE), "real part of the eigenvalue", "1"),
    EIGENVALUE_IMAG: Variable((*_EVERY_MATRIX, EIGENVALUE), "imaginary part of the eigenvalue", "1"),
    SPECTRAL_RADIUS: Variable(_EVERY_MATRIX, "spectral radius of the recurrent weight", "1"),
    LARGEST_SINGULAR_VALUE: Variable(_EVERY_MATRIX, "largest singular value of the recurrent weight", "1"),
    HENRICI_DEPARTURE: Variable(_EVERY_MATRIX, "departure from normality √(‖U‖² - Σ|λ|²)", "1"),
    TRANSIENT_GROWTH_BOUND: Variable(_EVERY_MATRIX, "largest norm of any power of the recurrent weight", "1"),
    TRANSIENT_GROWTH_POWER: Variable(_EVERY_MATRIX, "power of the recurrent weight with that norm", "1"),
    LOG10_CONNECTIVITY: Variable(
        (LOSS_TIME, TIME), "gradient of one step's loss at the state ‖dL_s/dh_t‖", "decades"
    ),
    ERROR: Variable((CLIFF_W, CLIFF_B), "error E", "1"),
    LOG10_GRAD_NORM: Variable((CLIFF_W, CLIFF_B), "gradient of the error by w and b ‖∇E‖", "decades"),
}
