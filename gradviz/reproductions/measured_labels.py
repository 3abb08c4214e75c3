"""What measured numbers are called for readers, with their units.

Apart from the measures themselves: what a measure has found is measured again when its file changes.
"""

from __future__ import annotations

from collections.abc import Mapping

LYAPUNOV = {
    "lyapunov_before": "largest Lyapunov exponent before training (nats per step)",
    "lyapunov_after": "largest Lyapunov exponent after training (nats per step)",
    "lyapunov_neutral_before": "Lyapunov exponents within 0.05 of zero before training",
    "lyapunov_neutral_after": "Lyapunov exponents within 0.05 of zero after training",
    "lyapunov_change": "rise of the largest Lyapunov exponent (nats per step)",
    "lyapunov_towards_zero": "approach to zero of the largest Lyapunov exponent (nats per step)",
}
SATURATION = {
    "left_*": "{}: below 0.1 (share of the time)",
    "right_*": "{}: above 0.9 (share of the time)",
    "often_left_*": "{}: nearly always below 0.1 (share of units)",
    "often_right_*": "{}: nearly always above 0.9 (share of units)",
    "saturated_*": "all gates, {}: below 0.1 or above 0.9 (share of the time)",
    "saturation_above_first": "saturation of higher layers above the first (share of the time)",
}
COST = {
    "parameters": "weights and biases of the recurrent layers",
    "multiply_adds": "multiplications for a time step",
    "cpu_milliseconds": "processor time for a training step (ms)",
}
ACROSS_DELAY = {
    "lost_across_delay_before": "decades lost from answer to letter, before training",
    "lost_across_delay_after": "decades lost from answer to letter, after training",
}
ACROSS_SEQUENCE = {
    f"lost_across_sequence_{state}_{moment}": f"decades lost from last to first time steps, {name}, {when}"
    for state, name in (("h", "hidden state"), ("c", "cell state"))
    for moment, when in (("start", "at the start"), ("middle", "half way"), ("end", "at the end"))
}
RECURRENT_RADIUS = {
    "recurrent_radius_before": "spectral radius of recurrent weights before training",
    "recurrent_radius_after": "spectral radius of recurrent weights after training",
}
STEEPEST = {
    "steepest": "largest norm of the gradient before clipping",
    "steepest_applied": "largest norm of the gradient after clipping",
    "steepest_over_median": "largest norm of the gradient (times the median)",
}
LABELS: Mapping[str, Mapping[str, str]] = {
    "lyapunov": LYAPUNOV,
    "saturation": SATURATION,
    "cost": COST,
    "across_sequence": ACROSS_SEQUENCE,
    "across_delay": ACROSS_DELAY,
    "recurrent_radius": RECURRENT_RADIUS,
    "steepest": STEEPEST,
}
"""By measure and by the name of the number; a name that ends with ``*`` is of all that begin so."""

_LAYERS = ("first", "second", "third", "fourth")


def label_of(name: str) -> str:
    """The label of a measured number; its name in words if it has none.

    Examples
    --------
    >>> from gradviz.reproductions.measured_labels import label_of
    >>> label_of("often_right_forget_1")
    'forget gate, second layer: nearly always above 0.9 (share of units)'
    >>> label_of("saturated_0"), label_of("some_number")
    ('all gates, first layer: below 0.1 or above 0.9 (share of the time)', 'some number')
    """
    known = {pattern: label for labels in LABELS.values() for pattern, label in labels.items()}
    if name in known:
        return known[name]
    families = [one for one in known if one.endswith("*") and name.startswith(one[:-1])]
    if not families:
        return name.replace("_", " ")
    family = max(families, key=len)
    return known[family].format(_gate_and_layer(name.removeprefix(family[:-1])))


def label_and_unit(name: str) -> tuple[str, str]:
    """The label without its unit, and the unit; empty if it has none.

    Examples
    --------
    >>> from gradviz.reproductions.measured_labels import label_and_unit
    >>> label_and_unit("cpu_milliseconds"), label_and_unit("parameters")
    (('processor time for a training step', 'ms'), ('weights and biases of the recurrent layers', ''))
    """
    label, _, unit = label_of(name).partition(" (")
    return label, unit.removesuffix(")")


def _gate_and_layer(rest: str) -> str:
    """ "forget_1" and "1" in words; the layers are counted from 0."""
    gate, _, number = rest.rpartition("_")
    layer = f"layer {number}"
    if number.isdigit() and int(number) < len(_LAYERS):
        layer = f"{_LAYERS[int(number)]} layer"
    return f"{gate.replace('_', ' ')} gate, {layer}" if gate else layer
