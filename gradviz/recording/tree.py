"""The tree of a recording, and how to take one module, one series, one variable out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr

from gradviz.arguments import check_one_of
from gradviz.errors import BadRecording, unknown_name
from gradviz.recording.build_dataset import MODULE, lacking_names, needs_full_detail
from gradviz.recording.metrics import with_metrics
from gradviz.vocabulary import CALL, CELL, CELLS, DIRECTION, FORWARD, LAYER, VARIABLES, describe_cell

DETAIL = "detail"

_MOST_NAMED = 8


def assemble(
    modules: Mapping[str, xr.Dataset], complete: xr.Dataset, attributes: Mapping[Any, object]
) -> xr.DataTree:
    """A recording's tree: complete training curves at its root, one child per module.

    Parameters
    ----------
    modules : mapping of str to Dataset
        By dotted name; each gets the metrics at its own steps.
    complete : Dataset
        What `metrics.curves` gave, dims (iteration,).
    attributes : mapping
        What `provenance.provenance` gave.

    Returns
    -------
    DataTree

    Raises
    ------
    ValueError
        If a module and a metric have the same name.
    """
    clash = sorted(set(modules).intersection(map(str, complete.variables)))
    if clash:
        raise ValueError(
            f"a metric cannot be called {clash[0]!r}: a recurrent module has that name; choose another"
        )
    children = {f"/{name}": with_metrics(dataset, complete) for name, dataset in modules.items()}
    return xr.DataTree.from_dict({"/": complete.assign_attrs(attributes), **children})


def module_names(tree: xr.DataTree) -> tuple[str, ...]:
    """Names of the recorded modules, in the order in which they were first recorded."""
    return tuple(str(name) for name in tree.children)


def select_module(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """The recording of one module.

    Parameters
    ----------
    data : Dataset or DataTree
        One module's recording, or a whole one.
    module : str, optional
        Dotted name; needed where the tree holds several.

    Returns
    -------
    Dataset

    Raises
    ------
    BadRecording
        If there is no module, or several and none is named.
    UnknownName
        If there is no module of that name.
    TypeError
        If the data is something else.
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
        raise BadRecording("recording holds no module: nothing recurrent ran while it was made")
    if module is None and len(names) > 1:
        raise BadRecording(
            f"recording holds {len(names)} modules; say which with module={names[0]!r} "
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
        By default the last one.
    direction : {"forward", "reverse"}, optional
        By default forward.

    Returns
    -------
    Dataset
        Without the dims ``layer`` and ``direction`` (and ``call``, if there was one), which stay as scalar
        coordinates.

    Raises
    ------
    BadRecording
        If there is no such layer or direction, or several calls.
    """
    dataset = select_call(dataset)
    last = dataset[LAYER].values.max().item() if LAYER in dataset.coords else None
    chosen = _select_label(dataset, LAYER, last if layer is None else layer)
    forward = None if DIRECTION in dataset.coords and not dataset[DIRECTION].ndim else FORWARD
    return _select_label(chosen, DIRECTION, direction or forward)


def select_call(dataset: xr.Dataset) -> xr.Dataset:
    """The only call of a module's recording.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    Dataset
        Without the dim ``call``, which stays as a scalar coordinate if there was one.

    Raises
    ------
    BadRecording
        If there are several; the message says how to choose one.
    """
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
    """A recording with one call of every module that was called several times; None leaves all.

    Parameters
    ----------
    tree : DataTree
    call : int or None
        A module that was not called so often stays as it is.

    Returns
    -------
    DataTree

    Raises
    ------
    BadRecording
        If no module has such a call.
    """
    if call is None:
        return tree
    there = sorted({int(label) for node in tree.children.values() for label in _calls(node.to_dataset())})
    if call not in there:
        raise BadRecording(f"recording has no {CALL} {call}; it has {', '.join(map(str, there)) or 'none'}")
    modules = {name: node.to_dataset(inherit=False) for name, node in tree.children.items()}
    taken = {
        f"/{name}": dataset.sel({CALL: call}) if CALL in dataset.dims and call in _calls(dataset) else dataset
        for name, dataset in modules.items()
    }
    return xr.DataTree.from_dict({"/": tree.to_dataset(inherit=False), **taken})


def _calls(dataset: xr.Dataset) -> list[int]:
    """Their numbers; of a module that was called once a step, 0."""
    return dataset[CALL].values.reshape(-1).tolist() if CALL in dataset.coords else [0]


def _select_label(dataset: xr.Dataset, dim: str, label: int | str | None) -> xr.Dataset:
    if label is None:
        return dataset
    there = dataset[dim].values.reshape(-1).tolist() if dim in dataset.coords else []
    if label not in there:
        raise BadRecording(f"recording has no {dim} {label!r}; it has {', '.join(map(str, there)) or 'none'}")
    return dataset.isel({dim: there.index(label)}) if dim in dataset.dims else dataset


def check_variable(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """A variable of a module's recording.

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
        If it was not recorded; the message says what would record it.
    UnknownName
        If there is no such variable at all.
    """
    if name in dataset.data_vars:
        return dataset[name]
    if name not in VARIABLES:
        if not dataset.data_vars:
            raise BadRecording(f"recording has no variable {name!r}; it has none at all")
        raise unknown_name("variable", name, map(str, dataset.data_vars))
    cell, listed = dataset.attrs.get(CELL), ", ".join(sorted(map(str, dataset.data_vars))) or "none"
    lacking = lacking_names(name, cell) if cell in CELLS else ""
    if lacking:
        raise BadRecording(
            f"recording has no variable {name!r}: this {describe_cell(cell).label} was written by hand and "
            f"has no {lacking} that could be seen; it has {listed}"
        )
    detail = dataset.attrs.get(DETAIL)
    if needs_full_detail(name) and detail != "full":
        made = f"it was made with detail={detail!r} " if detail else "it was made without "
        raise BadRecording(f"recording has no variable {name!r}; {made}(use detail='full')")
    raise BadRecording(
        f"recording of this {describe_cell(cell).label} has no variable {name!r}; it has {listed}"
    )
