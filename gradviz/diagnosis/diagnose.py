"""From a recording to findings: which checks are made, and in which order they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import xarray as xr

from gradviz.arguments import check_whole_number
from gradviz.diagnosis.checks import clipping, growth, inputs, loss_coupling, recorded, units, vanishing
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import SEVERITIES, Finding
from gradviz.diagnosis.kinds import DETACHED, DIRECT_ONLY, FORGET_BIAS, ORDER, VANISHING
from gradviz.errors import BadRecording
from gradviz.recording.tree import module_names, select_module
from gradviz.vocabulary import CELL, HIDDEN_SIZE, LAG, LOG10_GRAD_H, MODULE, PROBE_INPUT, PROBE_LOSS, STEP

Check = Callable[[DiagnosisContext], Iterator[Finding]]

# What these find makes all that comes after them meaningless for the module.
_FIRST: tuple[Check, ...] = (
    recorded.not_finite,
    loss_coupling.no_gradient,
    loss_coupling.wrong_batch_first,
    loss_coupling.reads_padding,
)
_THEN: tuple[Check, ...] = (
    recorded.replay_error,
    inputs.constant_input,
    inputs.time_and_batch,
    loss_coupling.cut,
    units.dead_relu,
    units.saturated,
    units.closed_gate,
    units.frozen,
    vanishing.forget_bias,
    growth.growth,
    vanishing.vanishing,
    vanishing.below_float_range,
    vanishing.loss_on_every_step,
    recorded.frozen_weights,
)
_OF_TRAINING: tuple[Callable[[xr.DataTree], Iterator[Finding]], ...] = (
    clipping.losses_not_finite,
    clipping.clipped,
)


def diagnose(
    recording: xr.DataTree | xr.Dataset, *, lag: int | None = None, module: str | None = None
) -> Diagnosis:
    """What is wrong with a network, how bad it is in numbers, and what to change.

    The last recorded step is judged, of a module called several times in a step its last call; losses and
    clipping over the whole training. Only the recording is read.

    Parameters
    ----------
    recording : DataTree or Dataset
        Of `gradviz.load`, ``tape.tree`` or `gradviz.probe`; or one module's.
    lag : int, optional
        How many time steps lie between a cause and the answer that depends on it. By default that which the
        recording names (a run knows its task); without any, a vanishing gradient is a warning, not trouble.
    module : str, optional
        Only this one; by default all.

    Returns
    -------
    Diagnosis
        A sequence of `Finding`, worst first and causes before their effects; empty if all is well.

    Raises
    ------
    ValueError
        If the lag is no whole number of at least 1.
    TypeError, BadRecording, UnknownName
        If it is no recording, or has no such module.

    Notes
    -----
    Every number of a finding is that of a public measure, and ``amount.recompute(recording)`` gives it again.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks".
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks".
    Tallec and Ollivier (2018), "Can recurrent neural networks warp time?".
    """
    tree = _as_tree(recording)
    needed = _lag(tree, lag)
    found: list[Finding] = [finding for check in _OF_TRAINING for finding in check(tree)]
    names = module_names(tree)
    if module is not None:
        select_module(tree, module=module)
        names = (module,)
    if not names:
        found.append(recorded.nothing_recorded(tree))
    for name in names:
        found += _of_module(DiagnosisContext(tree, name, needed))
    found.sort(key=lambda finding: (SEVERITIES.index(finding.severity), ORDER[finding.kind]))
    return Diagnosis(tuple(found), needed, _read(tree, names))


def _of_module(context: DiagnosisContext) -> list[Finding]:
    if not context.dataset[LOG10_GRAD_H].notnull().any():
        return [recorded.nothing_recorded(context.recording)]
    for check in _FIRST:
        found = list(check(context))
        if found:
            return found
    return _without_consequences([finding for check in _THEN for finding in check(context)])


def _without_consequences(found: list[Finding]) -> list[Finding]:
    """Where the gradient is cut, how much of it arrives beyond says nothing of the network."""
    kinds = {finding.kind for finding in found}
    is_cut = any(finding.kind in (DETACHED, DIRECT_ONLY) and finding.is_trouble for finding in found)
    if is_cut:
        return [finding for finding in found if finding.kind not in (VANISHING, FORGET_BIAS)]
    if {VANISHING, FORGET_BIAS} <= kinds and not any(f.is_trouble and f.kind == VANISHING for f in found):
        return [finding for finding in found if finding.kind != VANISHING]  # the bias tells it already
    return found


def _as_tree(recording: xr.DataTree | xr.Dataset) -> xr.DataTree:
    if isinstance(recording, xr.DataTree):
        if not recording.children and CELL in recording.attrs:
            recording = recording.to_dataset(inherit=False)
        else:
            return recording
    if not isinstance(recording, xr.Dataset):
        raise TypeError(
            f"a recording is an xarray DataTree or Dataset; got {type(recording).__name__} (gv.load(path) "
            "reads one from disk, gv.probe(model) makes one)"
        )
    if CELL not in recording.attrs or LOG10_GRAD_H not in recording:
        raise BadRecording(
            f"this Dataset is no module's recording: it has no {LOG10_GRAD_H} or does not say its cell"
        )
    return xr.DataTree.from_dict({f"/{recording.attrs.get(MODULE, 'module')}": recording})


def _lag(tree: xr.DataTree, lag: int | None) -> int | None:
    given: Any = tree.attrs.get(LAG) if lag is None else lag
    if given is None:
        return None
    whole = int(given) if isinstance(given, float) and given.is_integer() else given
    return check_whole_number("lag", whole, at_least=1)


def _read(tree: xr.DataTree, names: tuple[str, ...]) -> str:
    parts = [_described(DiagnosisContext(tree, name, None)) for name in names] or ["nothing"]
    probed = tree.attrs.get(PROBE_INPUT)
    if probed:
        parts.append(f"probed with {probed}, and {tree.attrs.get(PROBE_LOSS)} as its loss")
    return "; ".join(parts)


def _described(context: DiagnosisContext) -> str:
    about = context.attributes
    layers = f"{len(context.layers)} layer{'s' * (len(context.layers) > 1)}"
    size = f", {about[HIDDEN_SIZE]} units" if HIDDEN_SIZE in about else ""
    at = f" at training step {context.dataset[STEP].item()}" if context.dataset[STEP].item() else ""
    return f"{context.module} ({context.cell.label}, {layers}{size}), {context.length} time steps{at}"
