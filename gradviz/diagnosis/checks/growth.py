"""Gradients that grow going back."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.saturated_gates import largest_saturation
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Amount, Change, Finding, Remedy
from gradviz.diagnosis.longer_memory import initialised
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.thresholds import EXPLODING, SATURATED, TRANSIENT, TRANSIENT_FADED, severity
from gradviz.measures.gradient_across_lag import ABOVE_DIRECT, AFTER_PEAK, PEAK, PEAK_LAG
from gradviz.vocabulary import DIRECTION, LARGEST_SINGULAR_VALUE, LAYER, LOG10_GRAD_H, SPECTRAL_RADIUS


def growth(context: DiagnosisContext) -> Iterator[Finding]:
    """The gradient explodes, or grows first and then decays."""
    if context.longest_lag < 1:
        return
    known = [place for place in context.places if math.isfinite(_above(context, place))]
    if not known:
        return
    layer, direction = max(known, key=lambda place: _above(context, place))
    gained = context.amount("gradient_across_lag", _grown(context), layer, direction)
    peak = context.value("gradient_across_lag", PEAK, layer, direction)
    faded = context.value("gradient_across_lag", AFTER_PEAK, layer, direction)
    if faded >= TRANSIENT_FADED * peak:
        yield from _transient(context, gained, _above(context, (layer, direction)))
    else:
        yield from _exploding(context, gained, _above(context, (layer, direction)))


def _grown(context: DiagnosisContext) -> str:
    return ABOVE_DIRECT if context.has_direct else PEAK


def _above(context: DiagnosisContext, place: tuple[int, str]) -> float:
    """Decades by which the gradient has grown, minus what adding the losses of many steps may explain."""
    grown = min(context.value("gradient_across_lag", name, *place) for name in {_grown(context), PEAK})
    return grown - _summed(context, place[0])


def _summed(context: DiagnosisContext, layer: int) -> float:
    """Decades by which a gradient may grow only because the losses of more and more steps add to it."""
    is_last = layer == context.layers[-1]
    enters_everywhere = context.has_loss_on_most_steps or not context.has_direct or not is_last
    return math.log10(context.length) if enters_everywhere else 0.0


def _exploding(context: DiagnosisContext, gained: Amount, amount: float) -> Iterator[Finding]:
    how_bad = severity(amount, EXPLODING)
    if how_bad is None:
        return
    layer, direction = gained.where[LAYER], gained.where[DIRECTION]
    lag = context.amount("gradient_across_lag", PEAK_LAG, layer, direction)
    yield Finding(
        kind=kinds.EXPLODING,
        severity=how_bad,
        what=f"Going back, the gradient grows by a factor of 10^{gained.value:.1f} within "
        f"{counted(lag.value, 'time step')}. The earliest steps dominate the others, and an update with this "
        "gradient overshoots.",
        where=context.place(layer, direction),
        amounts=(gained, lag),
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
        what=f"Going back, the gradient first grows by a factor of 10^{gained.value:.1f} within "
        f"{counted(lag.value, 'time step')}, and only then decays. This is typical of a recurrent weight "
        "with small eigenvalues but nearly parallel eigenvectors (a non-normal matrix): it stretches a "
        "vector before it shrinks it. Training may become unstable.",
        where=context.place(layer, direction),
        amounts=(gained, lag),
        variables=(LOG10_GRAD_H, SPECTRAL_RADIUS, LARGEST_SINGULAR_VALUE),
        plot=context.plot("gradient_norms")
        if context.is_observed
        else "gv.plot_eigenvalues(gv.hidden_eigenvalues(layer))",
        remedy=Remedy(
            "Start with orthogonal recurrent weights: their eigenvectors are at right angles.",
            _orthogonal(context),
            _lengths_kept(context),
        ),
    )


def _shorter_steps(context: DiagnosisContext) -> Remedy:
    anew = ""
    first: tuple[Change, ...] = ()
    if not context.is_observed and largest_saturation(context) > SATURATED["warning"]:
        anew = f'gv.initialise({context.target}, "default")\n'
        first = (initialised(context, "default"),)
    return Remedy(
        "Start with recurrent weights that preserve lengths, and clip the gradient norm during training.",
        f"{anew}{_orthogonal(context)}\ntorch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        (*first, *_lengths_kept(context), Change("clip_norm", {"limit": 1.0})),
    )


def _orthogonal(context: DiagnosisContext) -> str:
    if context.is_observed:
        return "torch.nn.init.orthogonal_(recurrent_weight)  # of your hand-written recurrence"
    return f'gv.initialise({context.target}, "{_keeps_lengths(context)}")'


def _lengths_kept(context: DiagnosisContext) -> tuple[Change, ...]:
    return () if context.is_observed else (initialised(context, _keeps_lengths(context)),)


def _keeps_lengths(context: DiagnosisContext) -> str:
    """The initialisation; a ReLU cuts off half of what an orthogonal weight keeps."""
    return "identity" if context.cell.is_rectified else "orthogonal"
