"""Gradients that grow on their way back."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.units import largest_saturation
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Amount, Finding, Remedy
from gradviz.diagnosis.thresholds import EXPLODING, SATURATED, TRANSIENT, severity
from gradviz.measures.gradient_across_lag import ABOVE_DIRECT, AFTER_PEAK, PEAK, PEAK_LAG
from gradviz.vocabulary import DIRECTION, LARGEST_SINGULAR_VALUE, LAYER, LOG10_GRAD_H, SPECTRAL_RADIUS


def growth(context: DiagnosisContext) -> Iterator[Finding]:
    """The gradient explodes, or swells and fades again."""
    if context.reach < 1:
        return
    places = [(layer, direction) for layer in context.layers for direction in context.directions]
    known = [place for place in places if math.isfinite(_above(context, place))]
    if not known:
        return
    layer, direction = max(known, key=lambda place: _above(context, place))
    gained = context.amount("gradient_across_lag", _grown(context), layer, direction)
    peak = context.value("gradient_across_lag", PEAK, layer, direction)
    faded = context.value("gradient_across_lag", AFTER_PEAK, layer, direction)
    if faded >= peak / 2:
        yield from _transient(context, gained, _above(context, (layer, direction)))
    else:
        yield from _exploding(context, gained, _above(context, (layer, direction)))


def _grown(context: DiagnosisContext) -> str:
    return ABOVE_DIRECT if context.has_direct else PEAK


def _above(context: DiagnosisContext, place: tuple[int, str]) -> float:
    """Decades by which the gradient has grown, less what it may have grown by mere addition."""
    grown = min(context.value("gradient_across_lag", name, *place) for name in {_grown(context), PEAK})
    return grown - _summed(context, place[0])


def _summed(context: DiagnosisContext, layer: int) -> float:
    """Decades by which a gradient may grow only because more and more steps of the loss add to it."""
    enters_everywhere = context.sees_many_steps or not context.has_direct or layer != context.layers[-1]
    return math.log10(context.length) if enters_everywhere else 0.0


def _exploding(context: DiagnosisContext, gained: Amount, amount: float) -> Iterator[Finding]:
    how_bad = severity(amount, EXPLODING)
    if how_bad is None:
        return
    layer, direction = gained.where[LAYER], gained.where[DIRECTION]
    yield Finding(
        kind=kinds.EXPLODING,
        severity=how_bad,
        what=f"On its way back the gradient grows 10^{gained.value:.1f}-fold within "
        f"{context.value('gradient_across_lag', PEAK_LAG, layer, direction):.0f} time steps: the oldest "
        "steps drown the others, and an update that follows it overshoots.",
        where=context.place(layer, direction),
        amounts=(gained, context.amount("gradient_across_lag", PEAK_LAG, layer, direction)),
        variables=(LOG10_GRAD_H, SPECTRAL_RADIUS),
        plot=context.plot("gradient_norms"),
        remedy=_shorter_steps(context),
    )


def _transient(context: DiagnosisContext, gained: Amount, amount: float) -> Iterator[Finding]:
    how_bad = severity(amount, TRANSIENT)
    if how_bad is None:
        return
    layer, direction = gained.where[LAYER], gained.where[DIRECTION]
    lag = context.amount("gradient_across_lag", PEAK_LAG, layer, direction)
    yield Finding(
        kind=kinds.NON_NORMAL,
        severity=how_bad,
        what=f"Going back, the gradient first grows 10^{gained.value:.1f}-fold within {lag.value:.0f} "
        "time steps and only then fades. That is what a recurrent weight does whose eigenvalues are "
        "small but whose eigenvectors are nearly parallel (a non-normal matrix): it stretches before it "
        "shrinks, and training may blow up on it.",
        where=context.place(layer, direction),
        amounts=(gained, lag),
        variables=(LOG10_GRAD_H, SPECTRAL_RADIUS, LARGEST_SINGULAR_VALUE),
        plot="gv.plot_eigenvalues(gv.hidden_eigenvalues(layer))",
        remedy=Remedy(
            "Start with orthogonal recurrent weights: their eigenvectors stand at right angles.",
            _orthogonal(context),
        ),
    )


def _shorter_steps(context: DiagnosisContext) -> Remedy:
    anew = (
        f'gv.initialise({context.target}, "default")\n'
        if largest_saturation(context) > SATURATED["warning"]
        else ""
    )
    return Remedy(
        "Start with recurrent weights that keep lengths, and clip the gradient's norm in training.",
        f"{anew}{_orthogonal(context)}\ntorch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
    )


def _orthogonal(context: DiagnosisContext) -> str:
    if context.is_observed:
        return "torch.nn.init.orthogonal_(recurrent_weight)  # of the recurrence that is written by hand"
    name = "identity" if context.cell.is_rectified else "orthogonal"  # half of an orthogonal one is cut
    return f'gv.initialise({context.target}, "{name}")'
