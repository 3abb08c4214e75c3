"""A gradient that vanishes along a path through several modules, such as a decoder and its encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.vanishing import left_in_words, unknown_lag
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding
from gradviz.diagnosis.longer_memory import longer_memory
from gradviz.diagnosis.paths import Path
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.what_follows import at_step, vanishing_severity, what_follows
from gradviz.vocabulary import LOG10_GRAD_H


def vanishing_on_path(contexts: Mapping[str, DiagnosisContext], path: Path) -> Iterator[Finding]:
    """Too little of the gradient arrives one lag before the loss, through all modules of a path.

    The finding stands at the module in which most is lost. A path of one module has its own check.
    """
    if len(path.modules) < 2 or path.lost is None or not path.is_long_enough:
        return
    worst = max((contexts[name] for name in path.modules), key=_lost)
    how_bad = vanishing_severity(worst, path.lost.value)
    if how_bad is None:
        return
    yield Finding(
        kind=kinds.VANISHING,
        severity=how_bad,
        what=f"Going back {counted(path.lag, 'time step')} through {' and '.join(path.modules)}, the "
        f"gradient shrinks to {left_in_words(path.lost.value)}{at_step(worst)}. Of these modules "
        f"{worst.module} "
        "loses most. " + what_follows(worst, path.lost.value) + unknown_lag(worst),
        where=worst.place(worst.layers[0]),
        amounts=(path.lost,),
        variables=(LOG10_GRAD_H,),
        plot=worst.plot("gradient_norms"),
        remedy=longer_memory(worst),
    )


def _lost(context: DiagnosisContext) -> float:
    return -1.0 if context.gradient_lost is None else context.gradient_lost.value
