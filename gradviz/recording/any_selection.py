"""Lets a function of a recording take a recording from which parts were selected or averaged."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, ParamSpec, TypeVar

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.missing_dims import missing_dims, with_missing_dims
from gradviz.vocabulary import CELL, DIMENSIONS, MODULE

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def takes_any_selection(
    *needs: str,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Decorate a function of a recording, so that it takes one of which any part was selected or averaged.

    A dim that is missing in the recording has length one for the function, and is missing in what it returns:
    ``measure(data.isel(sample=0))`` is ``measure(data.isel(sample=[0])).isel(sample=0)``.

    Parameters
    ----------
    *needs : str
        Dims without which the function has no meaning. One label may have been selected, which is still known
        from the recording; an average over the dim is an error.

    Returns
    -------
    callable
        The function raises `BadRecording` if its first argument, or a value of it if that is a mapping, lacks
        one of these dims or has nothing along a dim; the message names the dim.
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        first = next(iter(inspect.signature(function).parameters))
        call: Callable[..., Any] = function

        @functools.wraps(function)
        def with_every_dim(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            data: Any = args[0] if args else kwargs.get(first)
            module: Any = kwargs.get(MODULE)
            whole = _whole(data, function.__name__, needs, module)
            if whole is data:
                return function(*args, **kwargs)
            rest = {key: value for key, value in kwargs.items() if key != first}
            return _without(call(whole, *args[1:], **rest), data)

        return with_every_dim

    return decorate


def _whole(data: Any, name: str, needs: Collection[str], module: Any) -> Any:
    """The same object if nothing is missing."""
    if isinstance(data, xr.Dataset):
        check_dims(data, name, needs)
        return with_missing_dims(data)
    if isinstance(data, xr.DataTree):
        return _whole_tree(data, name, needs, module)
    if not isinstance(data, Mapping):
        return data
    whole = {label: _whole(one, name, needs, module) for label, one in data.items()}
    return data if all(whole[label] is data[label] for label in whole) else whole


def _whole_tree(tree: xr.DataTree, name: str, needs: Collection[str], module: Any) -> Any:
    if not tree.children and CELL in tree.attrs:
        return _whole(tree.to_dataset(inherit=False), name, needs, module)
    groups: dict[str, xr.Dataset] = {"/": tree.to_dataset(inherit=False)}
    groups.update({str(key): node.to_dataset(inherit=False) for key, node in tree.children.items()})
    for key, dataset in groups.items():
        if key == "/" or module in (None, key):
            check_dims(dataset, name, needs)
    whole = {key: with_missing_dims(dataset) for key, dataset in groups.items()}
    return tree if all(whole[key] is groups[key] for key in groups) else xr.DataTree.from_dict(whole)


def check_dims(dataset: xr.Dataset, name: str, needs: Collection[str]) -> None:
    """Raise unless a recording has something along every dim, and has the dims that a function needs.

    Parameters
    ----------
    dataset : Dataset
    name : str
        Of the function, for the message.
    needs : collection of str

    Raises
    ------
    BadRecording
    """
    for dim, size in dataset.sizes.items():
        if size == 0 and dim in DIMENSIONS:
            raise BadRecording(
                f"{name} was given a recording with nothing along the dim {dim!r}; select at least one"
            )
    missing = missing_dims(dataset)
    for name_of_dim in missing:
        beside = dataset[name_of_dim].dims if name_of_dim in dataset.coords else ()
        if beside:
            raise BadRecording(
                f"{name} takes one recording, and {name_of_dim!r} differs along the dim {beside[0]!r}; "
                f"select one with isel({beside[0]}=0)"
            )
    averaged = {dim for dim in missing if dim not in dataset.coords}
    for dim in needs:
        if dim in averaged:
            raise BadRecording(
                f"{name} needs the dim {dim!r}, which was averaged away or selected; "
                "give it a recording with it"
            )


def _without(result: Any, data: Any) -> Any:
    """A result without the dims that the recording had not."""
    if not isinstance(result, xr.Dataset) or not isinstance(data, xr.Dataset | xr.DataTree):
        return result
    groups = [data, *data.children.values()] if isinstance(data, xr.DataTree) else [data]
    missing = {dim for group in groups for dim in missing_dims(group)}
    return result.isel({dim: 0 for dim in missing if result.sizes.get(dim) == 1})
