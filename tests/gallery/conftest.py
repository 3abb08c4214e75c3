"""The gallery's experiments, small enough for a test, each run once."""

import functools

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from gallery.small import small_settings

from gradviz.capture.record import record
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.build_model import build
from gradviz.gallery import adding_runs, character_run
from gradviz.gallery.cache import Cache
from gradviz.gallery.figure_settings import figure_settings
from gradviz.gallery.figures import (
    connectivity,
    lyapunov,
)
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.training.loop import Training


def shrink(experiment, *, steps, hidden_size, every=1, batch_size=2):
    table = experiment.table()
    table["model"]["hidden_size"] = hidden_size
    table["training"] |= {"steps": steps, "batch_size": batch_size}
    table["recording"]["every"] = every
    return resolve(table)


class Unkept(Cache):
    """A cache that stores only the runs whose model is needed; storage is tested in test_cache.py."""

    def computed(self, name, make, *arguments):
        torch.manual_seed(0)
        return make(*arguments)

    def recordings(self, experiments, *, workers=None):
        return {label: self.recording(experiment) for label, experiment in experiments.items()}

    def recording(self, experiment):
        torch.manual_seed(experiment.seed)
        model, task = build(experiment)
        metadata = {"baseline": task.baseline, "baseline_meaning": task.baseline_meaning}
        metadata |= {"informative": list(task.informative), "lag": task.lag}
        with record(model, every=experiment.recording.every, metadata=metadata) as tape:
            for step in Training(model, task, experiment.optimisation()):
                tape.step(step.loss, **step.metrics)
        return tape.tree


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A function that returns a figure's data by the figure's name; trainings are a few steps long."""
    with pytest.MonkeyPatch.context() as patch:
        runs = adding_runs.adding_experiments()
        for label, run in runs.items():
            patch.setitem(runs, label, shrink(run, steps=4, hidden_size=6, every=3))
        characters = shrink(character_run.character_experiment(), steps=3, hidden_size=8)
        patch.setattr(character_run, "character_experiment", lambda: characters)
        stream = shrink(connectivity.stream_experiment(), steps=2, hidden_size=8)
        patch.setattr(connectivity, "stream_experiment", lambda: stream)
        for name, value in {"UNITS": 50, "STEPS": 60, "WARMUP": 20, "NETWORKS": 2, "LENGTH": 60}.items():
            patch.setattr(lyapunov, name, value)
        patch.setattr(lyapunov, "BIASES", np.array([0.0, 1.0, 3.0]))
        patch.setattr(lyapunov, "mean_field", functools.cache(lyapunov.mean_field))
        cache = Unkept(tmp_path_factory.mktemp("cache"))
        yield functools.cache(lambda name: gallery_figure(name).experiment(cache, small_settings(name)))


@pytest.fixture(scope="session")
def full():
    """The same at full size, from the default cache; takes minutes the first time."""
    from gradviz.gallery.cache import cache_folder

    cache = Cache(cache_folder())
    return functools.cache(lambda name: gallery_figure(name).experiment(cache, figure_settings(name)))


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")
