"""A cache of the figures' runs and computed data, so that each experiment is run only once."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import os
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import xarray as xr

from gradviz import __version__
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.folder import progress, run_folder
from gradviz.experiment.run.result import Result
from gradviz.experiment.sweep.job import Job
from gradviz.gallery.parallel_runs import complete, complete_all, one_thread
from gradviz.recording.atomic import write_atomically
from gradviz.recording.load import load
from gradviz.training.loop import TrainingStep
from gradviz.vocabulary import LOSS

__all__ = ["Cache", "cache_folder", "one_thread"]

Trees = Mapping[str, xr.DataTree]
OnStep = Callable[[str, TrainingStep], None]

_LABELS = "labels"


class Cache:
    """Folder of runs and computed data, whose names contain a hash of what they depend on.

    Everything runs on one thread, so that results do not depend on the number of threads, to the bit.

    Parameters
    ----------
    folder : Path
        Created when something is stored. Results of another version of gradviz or torch are not used.
    on_step : callable, optional
        Called with the name of a run and every training step that is taken.
    """

    def __init__(self, folder: Path, *, on_step: OnStep | None = None) -> None:
        self._folder = folder / f"gradviz-{__version__}-torch-{torch.__version__}"
        self._on_step = on_step or (lambda *_: None)

    def trained(self, experiment: Experiment) -> Path:
        """Folder of the finished run; a run that is missing or was stopped is completed first.

        Parameters
        ----------
        experiment : Experiment
            Resolved; the folder's name contains a hash of the whole experiment.
        """
        folder = run_folder(self._folder, experiment)
        complete(experiment, folder, on_step=lambda step: self._on_step(experiment.name, step))
        return folder

    def recording(self, experiment: Experiment) -> xr.DataTree:
        """Recording of the run, which is completed first if necessary."""
        return load(self.trained(experiment))

    def recordings(
        self, experiments: Mapping[str, Experiment], *, workers: int | None = None
    ) -> dict[str, xr.DataTree]:
        """Recordings of several runs, by label; see `complete` for the parameters and what is raised."""
        self.complete(experiments.values(), workers=workers)
        return {label: self.recording(one) for label, one in experiments.items()}

    def complete(self, experiments: Iterable[Experiment], *, workers: int | None = None) -> None:
        """Do the runs that are missing at the same time.

        Parameters
        ----------
        experiments : iterable of Experiment
            Resolved. Their results are the same, to the bit, as if one was done after the other.
        workers : int, optional
            How many run at the same time, each on one thread; by default one per processor core.  Where it
            is more than one, ``on_step`` is called once for each run, with its last step.

        Raises
        ------
        RunFailed
            If a run ends without a result.
        """
        folders = {run_folder(self._folder, one): one for one in experiments}
        missing = {folder: one for folder, one in folders.items() if progress(folder) != "done"}
        count = min(workers or os.cpu_count() or 1, len(missing))
        if count > 1:
            jobs = [Job(one.table(), str(folder.absolute())) for folder, one in missing.items()]
            for result in complete_all(jobs, workers=count):
                self._report(result)

    def _report(self, result: Result) -> None:
        self._on_step(result.name, TrainingStep(result.steps - 1, result.final[LOSS], {}))

    def computed(self, name: str, make: Callable[..., Trees], *arguments: Hashable) -> dict[str, xr.DataTree]:
        """Result of a function, computed again only after the function's file has changed.

        Parameters
        ----------
        name : str
            Begins the name of the stored file.
        make : callable
            A function at the top level of a module. It returns trees by label, which depend on that module
            and on the arguments only.
        *arguments : hashable
            What the function is called with; their `repr` is their value.

        Returns
        -------
        dict of str to DataTree
            In the order of `make`'s result; read back from disk, the first time too.
        """
        path = self._folder / f"{name}-{_hash(make, arguments)}.nc"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with one_thread():
                torch.manual_seed(0)
                write_atomically(path, _as_file(_join(make(*arguments))))
        with xr.open_datatree(path, engine="h5netcdf", decode_times=False) as stored:
            return _separate(stored.load())


def cache_folder() -> Path:
    """Default folder of the cache on this platform."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "gradviz"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "gradviz" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gradviz"


def _as_file(tree: xr.DataTree) -> bytes:
    """The bytes of a tree's file; only newer versions of xarray give them without one."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tree.nc"
        tree.to_netcdf(file, engine="h5netcdf")
        return file.read_bytes()


def _join(trees: Trees) -> xr.DataTree:
    """One tree that holds all, named by position because a file does not keep their order."""
    labels = xr.Dataset(attrs={_LABELS: json.dumps(list(trees))})
    return xr.DataTree(labels, children={str(place): tree for place, tree in enumerate(trees.values())})


def _separate(whole: xr.DataTree) -> dict[str, xr.DataTree]:
    labels = json.loads(whole.attrs[_LABELS])
    return {label: whole.children[str(place)] for place, label in enumerate(labels)}


def _hash(make: Callable[..., Trees], arguments: tuple[Hashable, ...]) -> str:
    module = importlib.import_module(make.__module__)
    text = f"{make.__qualname__}{arguments}\n{inspect.getsource(module)}"
    return hashlib.sha256(text.encode()).hexdigest()[:8]
