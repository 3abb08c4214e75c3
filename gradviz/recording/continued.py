"""Goes on with a recording on disk: checks that the next one fits it, and makes its file the first part."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.attributes import as_attribute
from gradviz.recording.file_names import PARTS, RECORDING, part_file, part_files, rank_folders
from gradviz.recording.load import read_file
from gradviz.recording.parts import keep_parts
from gradviz.recording.provenance import FORMAT_ATTRIBUTE, FORMAT_VERSION
from gradviz.recording.range_of_steps import range_of_steps
from gradviz.recording.save import write
from gradviz.recording.tree import module_names
from gradviz.vocabulary import CELL, DETAIL, ITERATION, OBSERVED, STEP

_LOOKS = 3  # at a folder whose files are moved meanwhile


class Continued(NamedTuple):
    """A recording to go on with: the number of its parts on disk, and the next training step."""

    finished: int
    next_step: int


def continue_recording(
    folder: Path,
    modules: Mapping[str, Mapping[str, Any]],
    *,
    detail: str,
    metadata: Mapping[str, object] | None = None,
    first_step: int | None = None,
) -> Continued:
    """Prepare the recording in a folder for further parts.  At every moment `load` can read it.

    Parameters
    ----------
    folder : Path
        Holds a recording, or parts of one.
    modules : mapping of str to mapping
        The modules that will be recorded, with the attributes that they must have in the recording.
    detail : str
        Level of detail that will be recorded.
    metadata : mapping, optional
        Must be in the recording already.
    first_step : int, optional
        The next training step, by default the one after the last. Later steps are removed.

    Returns
    -------
    Continued

    Raises
    ------
    BadRecording
        If the recording is damaged, of a former format, of other modules, of another detail, or has other
        metadata.  Nothing is changed then.
    """
    whole = folder / RECORDING
    trees = [read_file(file) for file in ([whole] if whole.exists() else part_files(folder))]
    for tree in trees:
        _check(tree, f"the recording in {folder}", modules, detail, metadata)
    if first_step is not None and _next_step(trees) > first_step:
        return Continued(_keep_steps(folder, trees, before=first_step), first_step)
    next_step = _next_step(trees) if first_step is None else first_step
    if not whole.exists():
        keep_parts(folder, len(trees))
        return Continued(len(trees), next_step)
    keep_parts(folder, 0)  # they are in the whole already: a kill came before they were removed
    (folder / PARTS).mkdir(exist_ok=True)
    os.replace(whole, part_file(folder, 0))
    return Continued(1, next_step)


def _keep_steps(folder: Path, trees: Sequence[xr.DataTree], *, before: int) -> int:
    """Remove the steps from one on, and return how many parts are left."""
    whole = folder / RECORDING
    if whole.exists():
        keep_parts(folder, 0)
    (folder / PARTS).mkdir(exist_ok=True)
    count = 0
    for number, tree in enumerate(trees):
        kept = _steps_before(tree, before)
        if kept is None:
            continue
        if kept is not tree or number != count or whole.exists():
            write(kept, part_file(folder, count))
        count += 1
    whole.unlink(missing_ok=True)
    keep_parts(folder, count)
    return count


def _steps_before(tree: xr.DataTree, step: int) -> xr.DataTree | None:
    """The earlier steps of a recording, the same object if it has no others; None if it has none."""
    found = range_of_steps(tree)
    if found is None or found[0] >= step:
        return None
    if found[1] < step:
        return tree
    nodes = {name: tree.children[name].to_dataset(inherit=False) for name in module_names(tree)}
    modules = {name: dataset.isel({STEP: dataset[STEP].values < step}) for name, dataset in nodes.items()}
    root = tree.to_dataset(inherit=False)
    if ITERATION in root.dims:
        root = root.isel({ITERATION: root[ITERATION].values < step})
    return xr.DataTree.from_dict({"/": root, **{n: d for n, d in modules.items() if d.sizes[STEP]}})


def next_step_of_ranks(folder: Path) -> int:
    """The training step after the last one that any process of a distributed training has recorded.

    Processes that were killed do not lose the same steps, and one that is new has none; they go on with one
    number.

    Parameters
    ----------
    folder : Path
        Holds the folders ``rank-N``, which may be opened by their own processes meanwhile. A damaged one does
        not count: its own process says so.
    """
    return max((_next_step(_trees_of(rank)) for rank in rank_folders(folder)), default=0)


def _trees_of(folder: Path) -> list[xr.DataTree]:
    for _ in range(_LOOKS):
        whole = folder / RECORDING
        try:
            return [
                read_file(file, at_once=0) for file in ([whole] if whole.exists() else part_files(folder))
            ]
        except FileNotFoundError:  # its process has made the whole its first part
            continue
        except BadRecording:
            break
    return []


def _check(
    tree: xr.DataTree,
    what: str,
    modules: Mapping[str, Mapping[str, Any]],
    detail: str,
    metadata: Mapping[str, object] | None,
) -> None:
    version = tree.attrs[FORMAT_ATTRIBUTE]
    if version != FORMAT_VERSION:
        raise BadRecording(
            f"{what} has format {version}, and this gradviz writes format {FORMAT_VERSION}; record to "
            "another path"
        )
    for name in module_names(tree):
        found = tree.children[name].attrs
        if found.get(CELL) == OBSERVED:
            continue
        if name not in modules:
            recorded = ", ".join(modules) or "none"
            raise BadRecording(
                f"{what} holds the module {name!r}, which is not recorded now ({recorded}); record the same "
                "modules, or to another path"
            )
        for key, value in ({DETAIL: detail} | dict(modules[name])).items():
            if found.get(key, value) != value:
                raise BadRecording(
                    f"{what} has {key} = {found[key]!r} for the module {name!r}, and now it is {value!r}; "
                    "record to another path"
                )
    for name, given in (metadata or {}).items():
        if name not in tree.attrs or tree.attrs[name] != as_attribute(given):
            has = repr(tree.attrs[name]) if name in tree.attrs else "none"
            raise BadRecording(
                f"{what} keeps the metadata that it was begun with: {name!r} is {has} there, and "
                f"{given!r} was given; leave it out, or record to another path"
            )


def _next_step(trees: Sequence[xr.DataTree]) -> int:
    ranges = [found for tree in trees if (found := range_of_steps(tree)) is not None]
    return max((last for _, last in ranges), default=-1) + 1
