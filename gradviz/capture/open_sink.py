"""From the options ``path`` and ``metadata`` of `gradviz.record` to the sink that a tape writes to."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from torch import nn

from gradviz import vocabulary as v
from gradviz.capture.distributed import folder_of, this_process, why_not_recorded
from gradviz.capture.warn_user import warn_user
from gradviz.cells.cell_table import CELL_SPECS, spec_of_module
from gradviz.errors import NotWrittenWarning
from gradviz.recording.continued import Continued, continue_recording, next_step_of_ranks
from gradviz.recording.file_names import holds_recording
from gradviz.recording.lenient_writer import LenientWriter
from gradviz.recording.parts import PartWriter, lock_folder
from gradviz.recording.recorded_ranks import as_text
from gradviz.recording.sink import MemorySink, RecordingSink
from gradviz.recording.storage import WARN, Storage, storage


class OpenSink(NamedTuple):
    """A sink, the training step that it begins with, and why nothing is recorded in it, if so."""

    sink: RecordingSink
    first_step: int = 0
    why_nothing: str = ""


Open = Callable[[Mapping[str, nn.Module], str], OpenSink]


def sink_opener(path: str | os.PathLike[str] | Storage | None, metadata: Mapping[str, Any] | None) -> Open:
    """What opens the sink, given the recurrent modules by name and the level of detail.

    Raises
    ------
    TypeError, ValueError
        If ``path`` is not one, or the metadata are given twice.  Nothing is written yet.
    """
    if path is None:
        return lambda modules, detail: OpenSink(MemorySink(metadata=metadata))
    if not isinstance(path, Storage):
        place = storage(path, metadata=metadata)
    elif metadata is not None:
        raise ValueError("metadata is given twice, with path=gv.storage(...) too: give it to gv.storage only")
    else:
        place = path
    return lambda modules, detail: _open(place, modules, detail)


def _open(place: Storage, modules: Mapping[str, nn.Module], detail: str) -> OpenSink:
    process, metadata = this_process(), place.metadata
    if why := why_not_recorded(process, place.ranks):
        return OpenSink(MemorySink(), why_nothing=why)
    folder = folder_of(process, place.path)
    if process.is_one_of_several:
        metadata = {**(metadata or {}), v.RECORDED_RANKS: as_text(place.ranks, process.processes)}
    lock = lock_folder(folder)
    try:
        goes_on = Continued(0, place.first_step or 0)
        if place.append and holds_recording(folder):
            facts = {name: facts_of(module) for name, module in modules.items()}
            goes_on = continue_recording(
                folder, facts, detail=detail, metadata=place.metadata, first_step=place.first_step
            )
        if place.append and place.first_step is None and process.is_one_of_several:
            goes_on = Continued(goes_on.finished, max(goes_on.next_step, next_step_of_ranks(place.path)))
        writer = PartWriter(folder, metadata=metadata, finished=goes_on.finished, lock=lock)
    except BaseException:
        lock.release()
        raise
    if place.on_error == WARN:
        return OpenSink(LenientWriter(writer, _warn), goes_on.next_step)
    return OpenSink(writer, goes_on.next_step)


def _warn(message: str) -> None:
    warn_user(message, NotWrittenWarning)


def facts_of(module: nn.Module) -> dict[str, str | int]:
    """The attributes of a recurrent module that are the same in every recording of it."""
    if isinstance(module, nn.RNNBase):
        cell, layers, directions = spec_of_module(module).name, module.num_layers, module.bidirectional
    elif isinstance(module, nn.RNNCellBase):
        cell, layers, directions = _cell_of(module), 1, False
    else:
        raise TypeError(f"{type(module).__name__} is not a recurrent module of PyTorch")
    return {
        v.CELL: cell,
        v.INPUT_SIZE: module.input_size,
        v.HIDDEN_SIZE: module.hidden_size,
        v.NUM_LAYERS: layers,
        v.BIDIRECTIONAL: int(directions),
    }


def _cell_of(module: nn.RNNCellBase) -> str:
    if isinstance(module, nn.RNNCell):
        return "rnn_relu" if module.nonlinearity == "relu" else "rnn"
    return next(
        name
        for name, spec in CELL_SPECS.items()
        if isinstance(spec.cell, type) and isinstance(module, spec.cell)
    )
