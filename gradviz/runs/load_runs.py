"""Many runs in one Dataset: their configuration, results and measures along the dim ``run``."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording, UnknownName
from gradviz.progress_bar import progress_bar
from gradviz.recording.file_names import holds_recording, rank_folders
from gradviz.recording.load import load
from gradviz.recording.tree import module_names, select_module
from gradviz.runs.align_runs import RUN, align_runs
from gradviz.runs.columns import column, split
from gradviz.runs.find_runs import Source, find_runs
from gradviz.runs.reduced_run import ReducedRun, reduce_run
from gradviz.runs.run_facts import configuration, damaged, result, result_attributes
from gradviz.runs.run_files import OUTCOME
from gradviz.runs.wanted import Names, Wanted, wanted
from gradviz.vocabulary import CELL, CONFIG, DIMENSIONS, DIRECTION, LAG, LAYER, MODULE, STEP

FOLDER = "folder"
_ALONG_RUN = (OUTCOME, FOLDER, CELL, LAG, LAYER, DIRECTION, STEP)
_MOST_NAMED = 5


class _Run(NamedTuple):
    """One run: what was kept of its recording, and what its files say."""

    reduced: ReducedRun
    facts: dict[str, Any]  # always coordinates
    settings: dict[str, Any]
    numbers: dict[str, float]  # of its result
    fault: str


def load_runs(
    source: Source,
    *,
    measures: Names | Mapping[str, Mapping[str, Any]] = None,
    variables: Names = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    steps: str = "all",
) -> xr.Dataset:
    """Configuration, results and measures of many runs, along the dim ``run``.

    One recording is open at a time, and only what was asked for is kept.

    Parameters
    ----------
    source : path, str, or iterable of either
        A folder of runs, the folder of a sweep, a pattern such as ``"runs/adding-*"``, or a list of run
        folders and ``.nc`` files.
    measures : str, iterable of str, or mapping of str to dict, optional
        Names of public measures, such as ``"horizon"``; a mapping gives the options of each, as in
        ``{"horizon": {"decades": 2}}``. Of the result of a measure, what has another dim than step, layer,
        direction and gate is left out.
    variables : str or iterable of str, optional
        Names of recorded variables, or of metrics such as ``"loss"``. With ``log10_grad_h`` and
        ``log10_grad_c`` come ``log10_grad_state`` and ``cut``, where recorded, which measures and plots of
        these need. All calls in a step count together.
    module : str, optional
        Required if a recording has several modules.
    layer : int, optional
        By default the last of each run.
    direction : {"forward", "reverse"}, optional
        By default forward.
    steps : {"all", "last"}
        Whether values at every recorded step are kept, or only those at the last one of each run; then there
        is no dim ``step``, and ``step`` is a coordinate.

    Returns
    -------
    Dataset
        Values have the dim ``run``, whose labels are the names of the runs' folders, and those of measures
        and variables also the dims of these. Step, time, sequence, gate and all others are aligned by label,
        with NaN where a run does not have it. Of each run's result there are ``steps_trained`` and
        ``seconds``, and ``final_loss`` and other metrics at its last step.

        Coordinates along ``run`` are ``outcome`` and ``folder``, the settings that differ between the runs,
        with dotted keys as ``model.cell``, and what the recording says: ``cell``, ``lag``, ``layer``,
        ``direction``, and ``module`` if it differs. Settings that are the same in all runs are attributes.

        No run is left out. The ``outcome`` is ``done``, ``diverged`` or ``stopped``; ``unfinished`` if the
        training has not ended; ``recorded`` for a recording that is not of an experiment; ``empty`` for a
        folder in which nothing has been recorded; ``damaged`` if a file cannot be read. What is not known of
        a run is NaN, or an empty text.

    Raises
    ------
    FileNotFoundError
        If a path does not exist.
    BadRecording
        If there is no run, a recording has several modules and none is chosen, or no run has what was asked
        for.
    UnknownName
        If there is no such measure, option or variable, or a run does not have the module.
    ValueError, TypeError
        If the source is not a path, or an option of a measure has a wrong value.

    Warns
    -----
    UserWarning
        One warning that names the runs whose files are damaged, and those without what was asked for.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> for size in (4, 8):
    ...     model = torch.nn.LSTM(2, size, batch_first=True)
    ...     place = gv.storage(f"runs/lstm-{size}", metadata={"hidden_size": size})
    ...     with gv.record(model, path=place):
    ...         model(torch.randn(3, 20, 2))[0][:, -1].sum().backward()
    >>> runs = gv.load_runs("runs", measures="horizon", steps="last")
    >>> runs["horizon"].dims, runs["hidden_size"].values.tolist()
    (('run',), [4, 8])
    >>> runs.groupby("hidden_size").mean()["horizon"].sizes["hidden_size"]
    2
    """
    asked = wanted(measures, variables, module=module, layer=layer, direction=direction, steps=steps)
    found = find_runs(source)
    runs = {}
    with progress_bar(len(found), unit="run", label="load_runs") as bar:
        for name, path in found.items():
            runs[name] = _read(name, path, asked)
            bar.update()
    _report(runs, asked)
    return _joined(runs)


def _read(name: str, path: Path, asked: Wanted) -> _Run:
    """Read one run, and let go of its recording."""
    faults: list[str] = []
    try:
        tree = load(path)
    except (BadRecording, OSError) as error:
        tree = xr.DataTree()
        if _was_written(path):
            faults.append(str(error))
    with tree:
        reduced, facts = _of_recording(name, tree, asked)
        attributes = {str(key): value for key, value in tree.attrs.items()}
    try:
        settings = configuration(path, attributes)
    except (ValueError, OSError) as error:
        settings = {}
        faults.append(str(error))
    try:
        ended = result(path)
    except (ValueError, OSError) as error:
        ended = damaged()
        faults.append(str(error))
    if faults:
        ended = {**ended, **damaged()}
    facts = {OUTCOME: ended.pop(OUTCOME), FOLDER: str(path), **facts}
    if LAG in settings:
        facts[LAG] = settings.pop(LAG)
    if MODULE in facts:
        settings[MODULE] = facts[MODULE]
    return _Run(reduced, facts, settings, ended, "; ".join(faults))


def _of_recording(name: str, tree: xr.DataTree, asked: Wanted) -> tuple[ReducedRun, dict[str, Any]]:
    names = module_names(tree)
    if not names:
        return ReducedRun(), {}
    try:
        dataset = select_module(tree, module=asked.module)
    except (BadRecording, UnknownName) as error:
        raise type(error)(f"run {name}: {error}") from error
    reduced = reduce_run(tree, dataset, asked)
    chosen = asked.module or names[0]
    return reduced, {MODULE: chosen, CELL: dataset.attrs.get(CELL), **reduced.facts}


def _was_written(path: Path) -> bool:
    return not path.is_dir() or holds_recording(path) or bool(rank_folders(path))


def _report(runs: Mapping[str, _Run], asked: Wanted) -> None:
    """Raise if no run has something that was asked for; warn of the runs that are damaged or lack it."""
    damage = [f"{name} ({run.fault})" for name, run in runs.items() if run.fault]
    sentences = [f"{len(damage)} of {len(runs)} runs are damaged: {_listed(damage)}"] if damage else []
    for wish in (*asked.measures, *asked.variables):
        reduced = {name: run.reduced for name, run in runs.items()}
        lacking = {name: run.lacking[wish] for name, run in reduced.items() if wish in run.lacking}
        first = next(iter(lacking.items()), None)
        if not any(wish in run.has for run in reduced.values()):
            if first is None:
                raise BadRecording(f"none of the {len(runs)} runs has a recording, so none has {wish!r}")
            raise type(first[1])(f"no run has {wish!r}; run {first[0]}: {first[1]}") from first[1]
        if first is not None:
            why = f"{_listed(list(lacking))}; run {first[0]}: {first[1]}"
            sentences.append(f"{len(lacking)} of {len(runs)} runs have no {wish}: {why}")
    if sentences:
        warnings.warn("kept with NaN: " + "\n".join(sentences), UserWarning, stacklevel=3)


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _joined(runs: Mapping[str, _Run]) -> xr.Dataset:
    values = align_runs([run.reduced for run in runs.values()])
    numbers, settings = [run.numbers for run in runs.values()], [run.settings for run in runs.values()]
    for name in dict.fromkeys(name for each in numbers for name in each):
        found = np.array([each.get(name, np.nan) for each in numbers], dtype=np.float64)
        values[name] = xr.Variable(RUN, found, result_attributes(name))
    facts = [run.facts for run in runs.values()]
    known = [name for name in _ALONG_RUN if any(each.get(name) is not None for each in facts)]
    coordinates = {name: column([each.get(name) for each in facts]) for name in known}
    taken = {*map(str, values.variables), *coordinates, *DIMENSIONS, RUN}
    differing, same = split([_renamed(each, taken) for each in settings])
    along = {name: (RUN, found) for name, found in {**coordinates, **differing}.items()}
    return values.assign_coords({RUN: list(runs), **along}).assign_attrs(same)


def _renamed(settings: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """Settings whose names do not stand for something else in the Dataset."""
    return {f"{CONFIG}.{name}" if name in taken else name: value for name, value in settings.items()}
