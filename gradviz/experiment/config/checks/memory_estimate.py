"""The memory that an experiment takes at least, estimated from its configuration before anything is made."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from gradviz.cell_descriptions import describe_cell
from gradviz.experiment.config.schema import Experiment, ModelConfig
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.own_code.reference import is_reference
from gradviz.tasks.lengths import longest

_BYTES = {"float32": 4, "float64": 8}
_COPIES = {"sgd": 2, "rmsprop": 3, "adam": 4, "adamw": 4}  # a weight, its gradient, the optimizer's state
_MEMORY_FILES = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def least_memory(
    experiment: Experiment,
    *,
    hidden_size: int | None = None,
    batch_size: int | None = None,
    num_layers: int | None = None,
    length: int | None = None,
) -> int:
    """Bytes that training takes at least: weights with what the optimizer keeps, and one batch.

    Parameters
    ----------
    experiment : Experiment
    hidden_size, batch_size, num_layers, length : int, optional
        Used in place of the experiment's own.

    Returns
    -------
    int
        The inputs of a batch, and the gates and the state of every layer at every time step, which the
        backward pass needs, are counted once, in the experiment's dtype.  A real training takes more.  0 if
        the model or the task is the user's own, of which this is not known.
    """
    model, task = experiment.model, experiment.built_task
    if not isinstance(model, ModelConfig) or is_reference(experiment.task.name):
        return 0  # of the user's own
    units = model.hidden_size if hidden_size is None else hidden_size
    layers = model.num_layers if num_layers is None else num_layers
    batch = experiment.training.batch_size if batch_size is None else batch_size
    steps = _length(experiment) if length is None else length
    gates, directions = len(describe_cell(model.cell).gates), 1 + model.bidirectional
    state = min(model.projection or units, units)
    inputs = task.input_size + (layers - 1) * directions * state  # of all layers together
    weights = directions * gates * units * (inputs + layers * (state + 2))
    weights += directions * layers * units * state if model.projection else 0
    weights += task.output_size * (directions * state + 1)
    states = layers * directions * (units * gates + state)
    how = experiment.training
    more = sum(how.optimizer_options.get(name) is True for name in ("amsgrad", "centered"))
    copies = _COPIES.get(how.optimizer, 2) + (how.momentum > 0) + more
    return _BYTES[how.dtype] * (copies * weights + batch * steps * (task.input_size + states))


def check_memory(experiment: Experiment, *, available: int | None = None) -> None:
    """Raise if an experiment needs more memory than there is.

    Parameters
    ----------
    experiment : Experiment
        A resolved experiment.
    available : int, optional
        Bytes; by default the memory of this machine, or of the container. Nothing is checked where it is
        not known.

    Raises
    ------
    BadExperiment
        With the estimate, the memory that there is, and for each size the largest that would fit if the
        others stayed as they are.
    """
    there = machine_memory() if available is None else available
    needed, model = least_memory(experiment), experiment.model
    if there is None or needed <= there or not isinstance(model, ModelConfig):
        return
    fits = [
        f"{key} = {most}"
        for key, size, estimate in (
            ("model.hidden_size", model.hidden_size, _with(experiment, "hidden_size")),
            ("model.num_layers", model.num_layers, _with(experiment, "num_layers")),
            ("training.batch_size", experiment.training.batch_size, _with(experiment, "batch_size")),
            ("sequences of a length", _length(experiment), _with(experiment, "length")),
        )
        if (most := _largest(size, estimate, there))
    ]
    advice = f"; it would fit with {' or '.join(fits)}" if fits else "; make several of its sizes smaller"
    raise BadExperiment(
        f"{experiment.name}: needs at least {_size(needed)} of memory, and this machine has "
        f"{_size(there)}{advice}"
    )


def machine_memory() -> int | None:
    """Bytes of memory of this machine or container; None where it is not known."""
    found = [_first_number(path.read_text()) for path in _MEMORY_FILES if path.is_file()]
    with contextlib.suppress(OSError):  # a system that has no such file
        found.append(1024 * _first_number(Path("/proc/meminfo").read_text().partition("MemTotal:")[2]))
    return min((size for size in found if size), default=None)


def _first_number(text: str) -> int:
    """The number that a text begins with, 0 if it begins with none."""
    words = text.split()
    return int(words[0]) if words and words[0].isdigit() else 0


def _length(experiment: Experiment) -> int:
    """Time steps of the longest sequence of a batch, as far as the task tells them."""
    length = getattr(experiment.built_task, "length", 1)
    return max(longest(length), experiment.built_task.lag + 1)


def _with(experiment: Experiment, size: str) -> Callable[[int], int]:
    return lambda value: least_memory(experiment, **{size: value})


def _largest(size: int, estimate: Callable[[int], int], available: int) -> int:
    """The largest value below ``size`` whose estimate is available; 0 if none is."""
    low, high = 0, size
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if estimate(middle) <= available else (low, middle)
    return low


def _size(count: int) -> str:
    """Bytes in words: ``4.1 TB``."""
    amount, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, _ = amount / 1000, units.pop(0)
    return f"{amount:.3g} {units[0]}"
