"""Selects one module, one call, one layer and direction, or one variable of a recording."""

from __future__ import annotations

import xarray as xr

from gradviz.arguments import check_one_of
from gradviz.errors import BadRecording, unknown_name
from gradviz.recording.variables import missing_from_cell, needs_full_detail
from gradviz.vocabulary import (
    CALL,
    CELL,
    CELLS,
    DETAIL,
    DIRECTION,
    FORWARD,
    LAYER,
    MODULE,
    VARIABLES,
    describe_cell,
)

_MOST_NAMED = 8


def module_names(tree: xr.DataTree) -> tuple[str, ...]:
    """Names of the recorded modules, in the order of their first record."""
    return tuple(str(name) for name in tree.children)


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
    dataset: xr.Dataset, *, layer: int | None = None, direction: str | None = None
) -> xr.Dataset:
    """One layer and direction of a module's recording.

    Parameters
    ----------
    dataset : Dataset
    layer : int, optional
        By default the last layer.
    direction : {"forward", "reverse"}, optional
        By default forward.

    Returns
    -------
    Dataset
        Without the dims ``layer``, ``direction`` and ``call``. Those that it had stay as scalar coordinates.

    Raises
    ------
    BadRecording
        If there is no such layer or direction, or there are several calls.
    """
    dataset = select_call(dataset)
    last = dataset[LAYER].values.max().item() if LAYER in dataset.coords else None
    chosen = _select_label(dataset, LAYER, last if layer is None else layer)
    forward = None if DIRECTION in dataset.coords and not dataset[DIRECTION].ndim else FORWARD
    return _select_label(chosen, DIRECTION, direction or forward)


def select_call(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """The recording of one module with a single call in each training step.

    Parameters
    ----------
    data : Dataset or DataTree
        The recording of one module, or a whole recording.
    module : str, optional
        Dotted name; required if the tree has several modules.

    Returns
    -------
    Dataset
        Without the dim ``call``, which stays as a scalar coordinate if there was one.

    Raises
    ------
    BadRecording
        As `select_module`, or if there are several calls; the message shows how to choose one.
    UnknownName, TypeError
        As `select_module`.
    """
    dataset = select_module(data, module=module)
    if CALL not in dataset.dims:
        return dataset
    calls = dataset[CALL].values.tolist() if CALL in dataset.coords else list(range(dataset.sizes[CALL]))
    if len(calls) == 1:
        return dataset.isel({CALL: 0})
    named = ", ".join(map(str, calls if len(calls) <= _MOST_NAMED else [*calls[:3], "...", calls[-1]]))
    raise BadRecording(
        f"recording holds {len(calls)} calls of this module in a training step ({CALL} {named}); "
        f"choose one with data.sel({CALL}={calls[0]}) (--call {calls[0]})"
    )


def take_call(tree: xr.DataTree, call: int | None) -> xr.DataTree:
    """A recording with only one call of each module that was called several times; None keeps all calls.

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
    available = sorted({int(label) for node in tree.children.values() for label in _calls(node.to_dataset())})
    if call not in available:
        raise BadRecording(
            f"recording has no {CALL} {call}; it has {', '.join(map(str, available)) or 'none'}"
        )
    modules = {name: node.to_dataset(inherit=False) for name, node in tree.children.items()}
    taken = {
        f"/{name}": dataset.sel({CALL: call}) if CALL in dataset.dims and call in _calls(dataset) else dataset
        for name, dataset in modules.items()
    }
    return xr.DataTree.from_dict({"/": tree.to_dataset(inherit=False), **taken})


def _calls(dataset: xr.Dataset) -> list[int]:
    """The numbers of a module's calls; only 0 if it was called once in each step."""
    return dataset[CALL].values.reshape(-1).tolist() if CALL in dataset.coords else [0]


def _select_label(dataset: xr.Dataset, dim: str, label: int | str | None) -> xr.Dataset:
    if label is None:
        return dataset
    available = dataset[dim].values.reshape(-1).tolist() if dim in dataset.coords else []
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
    cell, listed = dataset.attrs.get(CELL), ", ".join(sorted(map(str, dataset.data_vars))) or "none"
    missing = missing_from_cell(name, cell) if cell in CELLS else ""
    if missing:
        raise BadRecording(
            f"recording has no variable {name!r}: this {describe_cell(cell).label} was written by hand and "
            f"has no {missing}; it has {listed}"
        )
    detail = dataset.attrs.get(DETAIL)
    if needs_full_detail(name) and detail != "full":
        made = f"it was made with detail={detail!r} " if detail else "it was not recorded "
        raise BadRecording(f"recording has no variable {name!r}; {made}(use detail='full')")
    raise BadRecording(
        f"recording of this {describe_cell(cell).label} has no variable {name!r}; it has {listed}"
    )
