"""The gallery's experiments, small enough for a test, each run once."""

import functools

import matplotlib.pyplot as plt
import pytest
import torch
from gallery.small import small_settings

from gradviz.capture.record import record
from gradviz.experiment.config.build_model import build
from gradviz.gallery.cache import Cache
from gradviz.gallery.figure_settings import figure_settings
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.training.loop import Training


class Unkept(Cache):
    """A cache that stores only the runs whose model is needed; storage is tested in test_cache.py."""

    def computed(self, name, make, *arguments):
        torch.manual_seed(0)
        return make(*arguments)

    def complete(self, experiments, *, workers=None):
        """Nothing: each is done when it is asked for."""

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
    cache = Unkept(tmp_path_factory.mktemp("cache"))
    return functools.cache(lambda name: gallery_figure(name).experiment(cache, small_settings(name)))


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
