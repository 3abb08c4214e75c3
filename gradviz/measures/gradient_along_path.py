"""How much of the gradient is left after a lag along a path through directions and modules."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

from gradviz.arguments import check_whole_number
from gradviz.errors import BadRecording
from gradviz.measures.by_lag import by_lag
from gradviz.measures.log10_mean import log10_mean
from gradviz.measures.passing_gradient import beyond_cut, passing_gradient
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import module_names, select_call, select_module
from gradviz.vocabulary import (
    CONTINUES,
    DIRECTION,
    FORWARD,
    LAG,
    LAYER,
    LOG10_GRAD_C,
    LOG10_GRAD_H,
    MODULE,
    SAMPLE,
    STEP,
    TIME,
    TIME_OFFSET,
)

LOST_ON_PATH = "decades_lost_on_path"


@takes_any_selection(TIME)
def gradient_along_path(
    data: xr.Dataset | xr.DataTree, *, lag: int | None = None, module: str | None = None
) -> xr.Dataset:
    """Decades of gradient lost between an answer and what lies a lag before it, on the best way between them.

    The lag counts back along the input, from where the gradient of a sequence begins. There each direction
    has a gradient, and the larger one counts: it is enough if one direction carries it. A reverse direction
    reads the first input last, so that it needs no memory for it. Behind the first time step of a module that
    starts from another one's last state (a decoder), the lag goes on in that other one (the encoder).

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_h``, dims (step, layer, direction, time, sample), and for an LSTM ``log10_grad_c``.
    lag : int, optional
        In time steps, at least 1. By default the longest lag along the path.
    module : str, optional
        The module in which the gradient begins, for example the decoder. Required if the tree has several
        modules.

    Returns
    -------
    Dataset, dims (step,), in decades
        ``decades_lost_on_path``: negative if the gradient has grown, inf if nothing arrives, NaN if there is
        no gradient or no sequence is long enough. It is that of the first layer, which reads the input, and
        of the hidden or the cell state, whichever keeps more. Attributes ``lag`` and ``path``, the names of
        the modules, joined by commas.

    Raises
    ------
    BadRecording
        If the gradient was not recorded, there is no such module, or no sequence is longer than the lag.
    ValueError
        If the lag is not a whole number of at least 1.

    Notes
    -----
    If the loss reads many time steps, the gradient begins at the last of them. Where gradients enter the
    other module in several ways, as with attention, no single number of steps lies between the two modules,
    and the path ends with the module itself.

    Examples
    --------
    A decoder of 3 steps continues an encoder of 5; both multiply the gradient by 0.1 at each step.

    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> both = [nn.RNN(1, 2, nonlinearity="relu", bias=False) for _ in range(2)]
    >>> for rnn in both:
    ...     rnn.weight_ih_l0.data, rnn.weight_hh_l0.data = torch.ones(2, 1), 0.1 * torch.eye(2)
    >>> model = nn.ModuleDict({"encoder": both[0], "decoder": both[1]})
    >>> with gv.record(model) as tape:
    ...     _, state = model["encoder"](torch.ones(5, 1, 1))
    ...     model["decoder"](torch.ones(3, 1, 1), state)[0][-1].sum().backward()
    >>> found = gv.gradient_along_path(tape.tree, lag=7, module="decoder")
    >>> round(found["decades_lost_on_path"].item(), 3), found.attrs["path"]
    (7.0, 'decoder,encoder')
    """
    names = path_of(data, module)
    datasets = [select_call(data, module=name) for name in names]
    lost = None
    for variable in (LOG10_GRAD_H, LOG10_GRAD_C):
        if all(variable in dataset for dataset in datasets):
            found, lag = _lost(datasets, variable, lag)
            lost = found if lost is None else lost.copy(data=np.fmin(lost, found))
    if lost is None:
        raise BadRecording(f"{' and '.join(map(str, names))}: the total gradient was not recorded")
    columns = {LOST_ON_PATH: (lost, "gradient lost over the lag", "decades")}
    return with_units(columns).assign_attrs({LAG: lag, "path": ",".join(map(str, names))})


def lost_over_at_most(
    data: xr.Dataset | xr.DataTree, lag: int | None, *, module: str | None = None
) -> xr.Dataset:
    """As `gradient_along_path`, but over the longest lag along the path where that is shorter.

    Parameters
    ----------
    data : Dataset or DataTree
    lag : int or None
        None for the longest.
    module : str, optional

    Returns
    -------
    Dataset, dims (step,)

    Raises
    ------
    BadRecording
        If the gradient was not recorded, or no path has two time steps.
    """
    try:
        return gradient_along_path(data, lag=lag, module=module)
    except BadRecording:
        return gradient_along_path(data, module=module)


def path_of(data: xr.Dataset | xr.DataTree, module: str | None = None) -> tuple[str | None, ...]:
    """The module, and before it those that it continues, as far as the steps between them are known.

    Parameters
    ----------
    data : Dataset or DataTree
    module : str, optional

    Returns
    -------
    tuple of str
        ``(None,)`` for a Dataset without a module's name.
    """
    dataset = select_module(data, module=module)
    names: list[str | None] = [dataset.attrs.get(MODULE, module) if module is None else module]
    if not isinstance(data, xr.DataTree):
        return tuple(names)
    while CONTINUES in dataset.attrs and _has_offset(dataset):
        parents = [name for name in re.split(" and |, ", dataset.attrs[CONTINUES]) if name != "nothing"]
        known = [name for name in parents if name in module_names(data) and name not in names]
        if len(known) != 1:
            break
        names.append(known[0])
        dataset = select_module(data, module=known[0])
    return tuple(names) if names != [None] else (None,)


def path_ends(data: xr.DataTree) -> list[str]:
    """The modules in which paths begin on their way back: those that no other path leads through.

    Parameters
    ----------
    data : DataTree

    Returns
    -------
    list of str
        In the order of the recording.
    """
    names = module_names(data)
    passed = {name for module in names for name in path_of(data, module)[1:]}
    return [name for name in names if name not in passed]


def _has_offset(dataset: xr.Dataset) -> bool:
    return TIME_OFFSET in dataset and bool(dataset[TIME_OFFSET].notnull().any())


def _lost(datasets: list[xr.Dataset], variable: str, lag: int | None) -> tuple[xr.DataArray, int]:
    whole = _back_in_time(datasets[0], variable)
    for dataset in datasets[1:]:
        whole = _joined(whole, _back_in_time(dataset, variable, from_its_end=True))
    start = by_lag(_first_layer(datasets[0], variable)).isel({LAG: 0}, drop=True)
    start = start.max(DIRECTION).sel({STEP: whole[STEP], SAMPLE: whole[SAMPLE]})
    lag = _checked(lag, whole)
    there = whole.isel({LAG: lag}, drop=True).transpose(*start.dims)
    with np.errstate(invalid="ignore"):
        return log10_mean(start.where(there.notnull()), SAMPLE) - log10_mean(there, SAMPLE), lag


def _first_layer(dataset: xr.Dataset, variable: str) -> xr.DataArray:
    norms = passing_gradient(dataset, variable)
    ended = beyond_cut(dataset) & (norms == -np.inf)
    going_on = norms.where(~ended)  # a sequence that was cut off counts up to there, unless all were
    norms = going_on.where(going_on.notnull().any(SAMPLE), norms)
    return norms.isel({LAYER: 0}, drop=True).transpose(STEP, DIRECTION, TIME, SAMPLE)


def _back_in_time(dataset: xr.Dataset, variable: str, *, from_its_end: bool = False) -> xr.DataArray:
    """The larger norm of the directions against the time steps back, dims (step, sample, lag).

    They count from where the gradient begins, or from the end of the sequence.
    """
    norms = _first_layer(dataset, variable)
    arrives = norms > -np.inf
    if FORWARD in norms[DIRECTION].values:
        forward = arrives.sel({DIRECTION: FORWARD}, drop=True)
        arrives = forward.where(forward.any(TIME), arrives.any(DIRECTION)).astype(bool)
    else:
        arrives = arrives.any(DIRECTION)
    best = norms.max(DIRECTION).transpose(STEP, SAMPLE, TIME)
    reads = (best.notnull() if from_its_end else arrives).transpose(STEP, SAMPLE, TIME).values
    length = best.sizes[TIME]
    last = length - 1 - reads[..., ::-1].argmax(-1)[..., None]
    place = last - np.arange(length)
    values = np.take_along_axis(best.values.astype(np.float64), place.clip(0), axis=-1)
    values = np.where((place >= 0) & reads.any(-1, keepdims=True), values, np.nan)
    coords = {STEP: best[STEP], SAMPLE: best[SAMPLE]}
    return xr.DataArray(values, dims=(STEP, SAMPLE, LAG), coords=coords)


def _joined(later: xr.DataArray, earlier: xr.DataArray) -> xr.DataArray:
    """The norms of a module, and behind its first time step those of the one that it continues."""
    steps = [step for step in later[STEP].values if step in earlier[STEP].values]
    samples = [sample for sample in later[SAMPLE].values if sample in earlier[SAMPLE].values]
    chosen = {STEP: steps, SAMPLE: samples}
    one, two = later.sel(chosen).values, earlier.sel(chosen).values
    length = one.shape[-1] + two.shape[-1]
    joined = np.full((*one.shape[:-1], length), np.nan)
    joined[..., : one.shape[-1]] = one
    counts = (~np.isnan(one)).sum(-1)
    place = np.arange(length) - counts[..., None]
    behind = np.take_along_axis(two, place.clip(0, two.shape[-1] - 1), axis=-1)
    fits = (place >= 0) & (place < two.shape[-1]) & (counts[..., None] > 0)
    return xr.DataArray(
        np.where(fits, behind, joined), dims=(STEP, SAMPLE, LAG), coords={STEP: steps, SAMPLE: samples}
    )


def _checked(lag: int | None, norms: xr.DataArray) -> int:
    known = norms.notnull().any((STEP, SAMPLE)).values
    longest = int(np.flatnonzero(known).max(initial=0))
    if lag is not None:
        lag = check_whole_number("lag", lag, at_least=1)
    if longest < max(lag or 1, 1):
        asked = "" if lag is None else f"lag = {lag}: "
        raise BadRecording(f"{asked}the longest path has {longest} time steps before the last")
    return longest if lag is None else lag
