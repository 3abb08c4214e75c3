"""Selects one module, one call or all, one layer and direction, or one variable of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from gradviz.arguments import check_one_of
from gradviz.cell_descriptions import CELLS, cell_of
from gradviz.errors import BadRecording, unknown_name
from gradviz.recording.pool_calls import pool_calls
from gradviz.recording.variables import missing_from_cell, needs_full_detail
from gradviz.vocabulary import (
    CALL,
    CELL,
    DETAIL,
    DIRECTION,
    FORWARD,
    FORWARD_ONLY,
    FULL,
    LAYER,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
    MODULE,
    NORMS,
    VARIABLES,
)

_MOST_NAMED = 8


def module_names(tree: xr.DataTree) -> tuple[str, ...]:
    """Names of the recorded modules, in the order of their first record."""
    return tuple(str(name) for name in tree.children)


def named_modules(recording: xr.DataTree | xr.Dataset) -> dict[str, xr.Dataset]:
    """The recordings of all modules by name, or that of the only one."""
    if isinstance(recording, xr.DataTree) and recording.children:
        return {name: select_module(recording, module=name) for name in module_names(recording)}
    dataset = select_module(recording)
    return {str(dataset.attrs.get(MODULE, MODULE)): dataset}


def select_module(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """The recording of one module.

    Parameters
    ----------
    data : Dataset or DataTree
        The recording of one module, or a whole recording.
    module : str, optional
        Dotted name; required if the tree has several modules.

    Returns
    -------
    Dataset

    Raises
    ------
    BadRecording
        If there is no module, or there are several and `module` is not given.
    UnknownName
        If there is no module of that name.
    TypeError
        If `data` is neither a Dataset nor a DataTree.
    """
    if isinstance(data, xr.DataTree):
        if not data.children and CELL in data.attrs:
            return select_module(data.to_dataset(inherit=False), module=module)
        return data.children[_chosen(data, module)].to_dataset(inherit=False)
    if not isinstance(data, xr.Dataset):
        raise TypeError(
            f"a recording is an xarray Dataset or DataTree; got {type(data).__name__} "
            "(gv.load(path) reads one from disk, tape.tree is one)"
        )
    if module is not None and module != data.attrs.get(MODULE, module):
        raise unknown_name(MODULE, module, [data.attrs[MODULE]])
    return data


def _chosen(tree: xr.DataTree, module: str | None) -> str:
    names = module_names(tree)
    if not names:
        raise BadRecording("recording has no module: no recurrent module ran while it was recorded")
    if module is None and len(names) > 1:
        raise BadRecording(
            f"recording holds {len(names)} modules; choose one with module={names[0]!r} "
            f"(--module {names[0]}): {', '.join(names)}"
        )
    return names[0] if module is None else check_one_of(MODULE, module, names)


def select_series(
    dataset: xr.Dataset,
    *,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> xr.Dataset:
    """One layer and direction of a module's recording.

    Parameters
    ----------
    dataset : Dataset
    layer : int, optional
        By default the last layer.
    direction : {"forward", "reverse"}, optional
        By default forward, or reverse if only that was selected.
    call : int, optional
        By default all calls, as in `select_call`.

    Returns
    -------
    Dataset
        Without the dims ``layer``, ``direction`` and ``call``. Those that it had stay as scalar coordinates;
        ``call`` has the dim ``sample`` if there are several calls.

    Raises
    ------
    BadRecording
        If there is no such layer, direction or call.
    """
    layers, directions = _labels(dataset, LAYER), _labels(dataset, DIRECTION)
    last = max(layers, default=None)
    forward = FORWARD if FORWARD in directions or not directions else directions[0]
    chosen = _select_label(dataset, LAYER, last if layer is None else layer)
    return select_call(_select_label(chosen, DIRECTION, direction or forward), call=call)


def select_call(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """The recording of one module without the dim ``call``: of all calls, or of one.

    Parameters
    ----------
    data : Dataset or DataTree
        The recording of one module, or a whole recording.
    module : str, optional
        Dotted name; required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls are pooled along ``sample``, as `pool_calls` describes.

    Returns
    -------
    Dataset
        If a call was chosen, or there is only one, ``call`` stays as a scalar coordinate.

    Raises
    ------
    BadRecording
        As `select_module`, or if there is no such call.
    UnknownName, TypeError
        As `select_module`.
    """
    dataset = select_module(data, module=module)
    if call is not None:
        return _one_call(dataset, call)
    if CALL not in dataset.dims:
        return dataset
    return dataset.isel({CALL: 0}) if dataset.sizes[CALL] == 1 else pool_calls(dataset)


def _one_call(dataset: xr.Dataset, call: int) -> xr.Dataset:
    available = _calls(dataset)
    if CALL not in dataset.dims and len(available) > 1:
        raise BadRecording(
            f"the calls {_listed(available)} of this recording are pooled already; choose {CALL} {call} "
            "from the recording itself"
        )
    if call not in available:
        raise BadRecording(f"recording has no {CALL} {call}; it has {_listed(available)}")
    return dataset.isel({CALL: available.index(call)}) if CALL in dataset.dims else dataset


def take_call(tree: xr.DataTree, call: int | None) -> xr.DataTree:
    """A recording with only one call of each module that has several in a training step; None keeps all.

    Parameters
    ----------
    tree : DataTree
    call : int or None
        Modules without this call stay as they are.

    Returns
    -------
    DataTree

    Raises
    ------
    BadRecording
        If no module has this call.
    """
    if call is None:
        return tree
    modules = {name: node.to_dataset(inherit=False) for name, node in tree.children.items()}
    available = sorted({label for dataset in modules.values() for label in _calls(dataset)})
    if call not in available:
        raise BadRecording(f"recording has no {CALL} {call}; it has {_listed(available)}")
    taken = {
        f"/{name}": _one_call(dataset, call) if CALL in dataset.dims and call in _calls(dataset) else dataset
        for name, dataset in modules.items()
    }
    return xr.DataTree.from_dict({"/": tree.to_dataset(inherit=False), **taken})


def _calls(dataset: xr.Dataset) -> list[int]:
    """The numbers of a module's calls; only 0 if each step has one call."""
    if CALL in dataset.coords:
        return list(dict.fromkeys(dataset[CALL].values.reshape(-1).tolist()))
    return list(range(dataset.sizes.get(CALL, 1)))


def _listed(calls: Sequence[int]) -> str:
    shown = calls if len(calls) <= _MOST_NAMED else [*calls[:3], "...", calls[-1]]
    return ", ".join(map(str, shown)) or "none"


def _labels(dataset: xr.Dataset, dim: str) -> list[Any]:
    return dataset[dim].values.reshape(-1).tolist() if dim in dataset.coords else []


def _select_label(dataset: xr.Dataset, dim: str, label: int | str | None) -> xr.Dataset:
    available = _labels(dataset, dim)
    if not available and (label is None or label == FORWARD):
        return dataset.isel({dim: 0}) if dataset.sizes.get(dim) == 1 else dataset  # of a mean over the dim
    if label not in available:
        raise BadRecording(
            f"recording has no {dim} {label!r}; it has {', '.join(map(str, available)) or 'none'}"
        )
    return dataset.isel({dim: available.index(label)}) if dim in dataset.dims else dataset


def check_variable(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """A variable of a module's recording, with an explanation if it is missing.

    Parameters
    ----------
    dataset : Dataset
    name : str
        A key of ``vocabulary.VARIABLES``, or a metric.

    Returns
    -------
    DataArray

    Raises
    ------
    BadRecording
        If it was not recorded; the message says how to record it.
    UnknownName
        If there is no variable of this name in any recording.
    """
    if name in dataset.data_vars:
        return dataset[name]
    if name not in VARIABLES:
        if not dataset.data_vars:
            raise BadRecording(f"recording has no variable {name!r}; it has no variables")
        raise unknown_name("variable", name, map(str, dataset.data_vars))
    cell, listed = cell_of(dataset.attrs), ", ".join(sorted(map(str, dataset.data_vars))) or "none"
    missing = missing_from_cell(name, cell) if dataset.attrs.get(CELL) in CELLS else ""
    if missing:
        remedy = " (give its gates to tape.observe with gates=)" if missing == "gates" else ""
        raise BadRecording(
            f"recording has no variable {name!r}: this {cell.label} was written by hand and "
            f"has no {missing}; it has {listed}{remedy}"
        )
    if name == LOG10_GRAD_H and cell.is_observed and LOG10_GRAD_H_DIRECT in dataset:
        raise BadRecording(
            f"recording has no variable {name!r}: the states of this {cell.label} were observed as parts of "
            f"one tensor, so only their direct gradient {LOG10_GRAD_H_DIRECT!r} is known; it has {listed}"
        )
    detail = dataset.attrs.get(DETAIL)
    if detail == FORWARD_ONLY or (needs_full_detail(name) and detail != FULL):
        made = f"it was made with detail={detail!r} " if detail else "it was not recorded "
        if detail == FORWARD_ONLY:
            made = f"it was made with detail={detail!r}, without gradients "
        wanted = FULL if needs_full_detail(name) else NORMS
        raise BadRecording(f"recording has no variable {name!r}; {made}(use detail={wanted!r})")
    raise BadRecording(f"recording of this {cell.label} has no variable {name!r}; it has {listed}")
