"""Diagnoses a recording: runs the checks, and orders their findings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import xarray as xr

from gradviz.arguments import check_whole_number
from gradviz.diagnosis.checks.below_float_range import below_float_range
from gradviz.diagnosis.checks.clipping import clipped
from gradviz.diagnosis.checks.computed_at_once import computed_at_once
from gradviz.diagnosis.checks.constant_input import constant_input
from gradviz.diagnosis.checks.dead_relu import dead_relu
from gradviz.diagnosis.checks.forget_bias import forget_bias
from gradviz.diagnosis.checks.frozen_state import frozen_state
from gradviz.diagnosis.checks.frozen_weights import frozen_weights
from gradviz.diagnosis.checks.gradients_unseen import gradients_unseen
from gradviz.diagnosis.checks.growth import growth
from gradviz.diagnosis.checks.input_size import input_not_normalised
from gradviz.diagnosis.checks.loss_on_every_step import loss_on_every_step
from gradviz.diagnosis.checks.no_gradient import no_gradient, nothing_recorded
from gradviz.diagnosis.checks.not_finite import losses_not_finite, not_finite
from gradviz.diagnosis.checks.open_gate import open_gate
from gradviz.diagnosis.checks.reads_padding import reads_padding
from gradviz.diagnosis.checks.replay_error import replay_error
from gradviz.diagnosis.checks.reverse_direction import reverse_unused
from gradviz.diagnosis.checks.saturated_gates import closed_gate, saturated
from gradviz.diagnosis.checks.scrambled_view import scrambled_view
from gradviz.diagnosis.checks.swapped_axes import time_and_batch, wrong_batch_first
from gradviz.diagnosis.checks.truncation import truncation
from gradviz.diagnosis.checks.vanishing import vanishing
from gradviz.diagnosis.checks_of_training import CHECKS_OF_TRAINING
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import SEVERITIES, Finding
from gradviz.diagnosis.kinds import DETACHED, DIRECT_ONLY, FORGET_BIAS, ORDER, VANISHING
from gradviz.diagnosis.plural import counted
from gradviz.errors import BadRecording
from gradviz.measures.gradient_across_lag import LOST
from gradviz.recording.forward_only import is_forward_only
from gradviz.recording.tree import module_names
from gradviz.vocabulary import (
    CELL,
    HIDDEN_SIZE,
    LAG,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
    MODULE,
    PROBE_INPUT,
    PROBE_LOSS,
    STEP,
)

Check = Callable[[DiagnosisContext], Iterator[Finding]]

# If one of these finds anything in a module, the other checks are skipped: they would mean nothing.
_FIRST: tuple[Check, ...] = (not_finite, no_gradient, wrong_batch_first, reads_padding)
_THEN: tuple[Check, ...] = (
    scrambled_view,
    input_not_normalised,
    replay_error,
    constant_input,
    time_and_batch,
    reverse_unused,
    truncation,
    dead_relu,
    saturated,
    closed_gate,
    open_gate,
    frozen_state,
    forget_bias,
    growth,
    vanishing,
    below_float_range,
    loss_on_every_step,
    frozen_weights,
)
# What can be said without gradients; what is not finite again makes the rest meaningless.
_OF_FORWARD: tuple[Check, ...] = (
    replay_error,
    constant_input,
    dead_relu,
    saturated,
    closed_gate,
    open_gate,
    frozen_state,
    frozen_weights,
)
# Of states that were computed all at once, only what they and the gates are is known.
_AT_ONCE: tuple[Check, ...] = (not_finite, dead_relu, saturated, closed_gate, open_gate, computed_at_once)
_OF_TRAINING: tuple[Callable[[xr.DataTree], Iterator[Finding]], ...] = (
    losses_not_finite,
    clipped,
    *CHECKS_OF_TRAINING,
)


def diagnose(
    recording: xr.DataTree | xr.Dataset, *, lag: int | None = None, module: str | None = None
) -> Diagnosis:
    """Find what is wrong with a network, how bad it is in numbers, and what to change.

    The diagnosis is about the last recorded step, with the sequences of all calls in it. Losses and clipping
    are judged over the whole training. Only the recording is read.

    Parameters
    ----------
    recording : DataTree or Dataset
        From `gradviz.load`, ``tape.tree`` or `gradviz.probe`, or the recording of one module.
    lag : int, optional
        Number of time steps between a cause and the answer that depends on it. By default the lag in the
        recording (a run knows the lag of its task). Without a lag, a vanishing gradient is a warning, not
        trouble.
    module : str, optional
        Name of the module to diagnose; by default all modules.

    Returns
    -------
    Diagnosis
        A sequence of `Finding`, worst first and causes before their effects; empty if nothing is wrong.

    Raises
    ------
    ValueError
        If the lag is not a whole number of at least 1.
    TypeError, BadRecording, UnknownName
        If this is not a recording, or it has no such module.

    Notes
    -----
    Every number of a finding comes from a public measure; ``amount.recompute(recording)`` computes it again.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks".
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks".
    Tallec and Ollivier (2018), "Can recurrent neural networks warp time?".

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> model = nn.LSTM(2, 16, batch_first=True)
    >>> found = gv.diagnose(gv.probe(model), lag=90)
    >>> found.is_healthy
    False
    >>> found[0].kind, found[0].severity, str(found[0].where)
    ('forget_bias_too_low', 'trouble', 'lstm, layer 0, forget gate')
    >>> print(found[0].remedy.code)
    gv.initialise(model, "chrono", t_max=90)
    """
    tree = _as_tree(recording)
    needed = _lag(tree, lag)
    names = module_names(tree) if module is None else (module,)
    contexts = [DiagnosisContext(tree, name, needed) for name in names]
    found: list[Finding] = [finding for check in _OF_TRAINING for finding in check(tree)]
    if not contexts:
        found.append(nothing_recorded(tree))
    for context in contexts:
        found += _of_module(context)
    found.sort(key=lambda finding: (SEVERITIES.index(finding.severity), ORDER[finding.kind]))
    return Diagnosis(tuple(found), needed, _read(tree, contexts))


def _of_module(context: DiagnosisContext) -> list[Finding]:
    if not context.has_gradients:
        found = list(not_finite(context)) or [each for check in _OF_FORWARD for each in check(context)]
        return [*gradients_unseen(context), *found]
    if not context.has_total:
        return [finding for check in _AT_ONCE for finding in check(context)]
    if not context.dataset[LOG10_GRAD_H].notnull().any():
        return [nothing_recorded(context.recording)]
    for check in _FIRST:
        found = list(check(context))
        if found:
            return found
    return _without_consequences([finding for check in _THEN for finding in check(context)])


def _without_consequences(found: list[Finding]) -> list[Finding]:
    """The findings without the effects of others: a cut alone explains why no gradient arrives beyond it."""
    kinds = {finding.kind for finding in found}
    cuts = [finding for finding in found if finding.kind in (DETACHED, DIRECT_ONLY)]
    if any(finding.is_trouble for finding in cuts):
        return [finding for finding in found if finding.kind not in (VANISHING, FORGET_BIAS)]
    if cuts:  # what is exactly zero was cut off; what is small has vanished
        found = [finding for finding in found if not _lost_everything(finding)]
        kinds = {finding.kind for finding in found}
    if {VANISHING, FORGET_BIAS} <= kinds and not any(f.is_trouble and f.kind == VANISHING for f in found):
        return [finding for finding in found if finding.kind != VANISHING]  # the bias explains it
    return found


def _lost_everything(finding: Finding) -> bool:
    return any(amount.variable == LOST and amount.value == math.inf for amount in finding.amounts)


def _as_tree(recording: xr.DataTree | xr.Dataset) -> xr.DataTree:
    if isinstance(recording, xr.DataTree):
        if not recording.children and CELL in recording.attrs:
            recording = recording.to_dataset(inherit=False)
        else:
            return recording
    if not isinstance(recording, xr.Dataset):
        raise TypeError(
            f"a recording is an xarray DataTree or Dataset; got {type(recording).__name__} (gv.load(path) "
            "reads one from disk, tape.tree is one, gv.probe(model) makes one)"
        )
    gradients = {LOG10_GRAD_H, LOG10_GRAD_H_DIRECT} & set(recording)
    if CELL not in recording.attrs or not (gradients or is_forward_only(recording)):
        raise BadRecording(
            f"this Dataset is not the recording of a module: it lacks the variable {LOG10_GRAD_H} or the "
            f"attribute {CELL}"
        )
    return xr.DataTree.from_dict({f"/{recording.attrs.get(MODULE, 'module')}": recording})


def _lag(tree: xr.DataTree, lag: int | None) -> int | None:
    given: Any = tree.attrs.get(LAG) if lag is None else lag
    if given is None:
        return None
    whole = int(given) if isinstance(given, float) and given.is_integer() else given
    return check_whole_number("lag", whole, at_least=1)


def _read(tree: xr.DataTree, contexts: Sequence[DiagnosisContext]) -> str:
    parts = [_described(context) for context in contexts] or ["nothing"]
    probed = tree.attrs.get(PROBE_INPUT)
    if probed:
        parts += [f"probed with {probed}", f"loss: {tree.attrs.get(PROBE_LOSS)}"]
    return "; ".join(parts)


def _described(context: DiagnosisContext) -> str:
    about = context.attributes
    layers = counted(len(context.layers), "layer")
    size = f", {about[HIDDEN_SIZE]} units" if HIDDEN_SIZE in about else ""
    at = f" at training step {context.dataset[STEP].item()}" if context.dataset[STEP].item() else ""
    length = counted(context.length, "time step")
    calls = f", {context.calls} calls" if context.calls > 1 else ""
    return f"{context.module} ({context.cell.label}, {layers}{size}), {length}{calls}{at}"
