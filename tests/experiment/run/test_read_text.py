"""A run's character model reads a text; every gate is recorded."""

import numpy as np
import pytest
import torch

from gradviz.errors import UnknownName
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.read_text import MOST, read_text
from gradviz.experiment.run.run import run
from gradviz.experiment.run.trained import load_trained


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Runs of both forms of the task, and of another task."""
    found = {}
    for name, task in {
        "windows": {"name": "text"},
        "stream": {"name": "text", "form": "stream", "bptt": 8},
        "adding": {"name": "adding", "length": 5},
    }.items():
        model = {"cell": "lstm", "hidden_size": 6}
        training = {"steps": 2, "batch_size": 3}
        found[name] = tmp_path_factory.mktemp(name) / "run"
        run(resolve({"name": name, "task": task, "model": model, "training": training}), found[name])
    return found


@pytest.mark.parametrize("form", ["windows", "stream"])
def test_its_own_text_or_another(form, folders):
    model, task = load_trained(folders[form])
    own = read_text(folders[form])
    assert own.attrs["text"] == task.text[:MOST]
    other = read_text(folders[form], "hello model")
    (module,) = other.children.values()
    assert other.attrs["text"] == "hello model"
    assert dict(module["gates"].sizes) == {"layer": 1, "direction": 1, "time": 11, "gate": 4, "unit": 6}
    with torch.no_grad():
        states, _ = model.recurrent(model.input.encode(task.alphabet.numbers("hello model").tolist(), "cpu"))
    np.testing.assert_allclose(module["h"].values.reshape(11, 6), states[0], atol=2e-2)
    assert np.isfinite(module["log10_grad_h"].values).all()


def test_what_cannot_be_read(folders):
    with pytest.raises(UnknownName, match="is a run of the task 'adding'"):
        read_text(folders["adding"])
    with pytest.raises(UnknownName, match="'X'"):
        read_text(folders["windows"], "X")
    with pytest.raises(ValueError, match="the text is empty"):
        read_text(folders["windows"], "")
