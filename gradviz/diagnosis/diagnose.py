"""Diagnoses a recording: runs the checks, and orders their findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import xarray as xr

from gradviz.arguments import check_whole_number
from gradviz.diagnosis.checks.clipping import clipped
from gradviz.diagnosis.checks.gradients_unseen import gradients_unseen
from gradviz.diagnosis.checks.no_gradient import nothing_recorded
from gradviz.diagnosis.checks.not_finite import not_finite
from gradviz.diagnosis.checks_of_training import CHECKS_OF_TRAINING
from gradviz.diagnosis.consequences import with_consequences
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.course import Course
from gradviz.diagnosis.coverage import coverage
from gradviz.diagnosis.diagnosed_step import with_every_dim
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import SEVERITIES, Finding
from gradviz.diagnosis.in_spite_of import milder_if_it_learns
from gradviz.diagnosis.kinds import FROZEN_WEIGHTS, NOT_FINITE, ORDER
from gradviz.diagnosis.plural import counted
from gradviz.errors import BadRecording
from gradviz.recording.any_selection import check_dims
from gradviz.recording.check_facts import check_facts
from gradviz.recording.forward_only import is_forward_only
from gradviz.recording.measurable import check_can_be_measured
from gradviz.recording.tree import module_names, select_module
from gradviz.vocabulary import (
    CELL,
    GATE,
    HIDDEN_SIZE,
    LAG,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
    MODULE,
    PROBE_INPUT,
    PROBE_LOSS,
    STEP,
    TIME,
    UNIT,
)

_OF_TRAINING: tuple[Callable[[xr.DataTree], Iterator[Finding]], ...] = (
    not_finite,
    clipped,
    *CHECKS_OF_TRAINING,
)


def diagnose(
    recording: xr.DataTree | xr.Dataset, *, lag: int | None = None, module: str | None = None
) -> Diagnosis:
    """Find what is wrong with a network, how bad it is in numbers, and what to change.

    The diagnosis is about the last recorded step, with the sequences of all calls in it; if values are not
    finite, about the last step before. Earlier steps tell since when a trouble is there, and what led to it.
    Losses and clipping are judged over the whole training. Only the recording is read.

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
        A sequence of `Finding`, worst first, then what came first, causes before their effects. A finding
        that another one explains is a note with its ``cause`` and without a remedy. Empty if nothing is
        found, which does not mean that all is well: the text ends with what was not looked at.

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
    tree = _with_every_dim(tree)
    needed = _lag(tree, lag)
    names = module_names(tree) if module is None else (_known_module(tree, module),)
    of_training = [finding for check in _OF_TRAINING for finding in check(tree)]
    bad = [each.since for each in of_training if each.kind == NOT_FINITE and each.since is not None]
    course = Course(tree, names, needed, before=min(bad, default=None))
    found = [*of_training, *course.with_beginnings()]
    for name in names:
        if name not in course.last.contexts:  # not finite from the first recorded step on
            found += gradients_unseen(DiagnosisContext(tree, name, needed))
    if not names and not any(each.kind == FROZEN_WEIGHTS for each in found):
        found.append(nothing_recorded(tree))
    found = with_consequences(milder_if_it_learns(found, tree))
    found.sort(key=lambda each: (SEVERITIES.index(each.severity), each.since or 0, ORDER[each.kind]))
    contexts = [course.last.contexts[name] for name in names if name in course.last.contexts]
    seen = coverage(tree, contexts, course.last.paths, len(course.recorded))
    return Diagnosis(tuple(found), needed, _read(tree, contexts), seen)


def _known_module(tree: xr.DataTree, module: str) -> str:
    select_module(tree, module=module)
    return module


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


def _with_every_dim(tree: xr.DataTree) -> xr.DataTree:
    """The recording, in which no module lacks a dim of which one label was selected."""
    modules = {name: tree.children[name].to_dataset(inherit=False) for name in module_names(tree)}
    for name, dataset in modules.items():
        check_can_be_measured(dataset, name)
        check_facts(dataset)
        check_dims(dataset, "diagnose", (TIME, UNIT, GATE))
    whole = {name: with_every_dim(dataset) for name, dataset in modules.items()}
    if all(whole[name] is modules[name] for name in modules):
        return tree
    return xr.DataTree.from_dict({"/": tree.to_dataset(inherit=False), **whole})


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
