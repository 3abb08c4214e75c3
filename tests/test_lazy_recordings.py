"""Measures and plots take a recording whose values are still on disk, and read only what they use."""

import inspect
import re

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import _HOME_OF
from gradviz.errors import BadRecording
from gradviz.recording import stored_array
from gradviz.recording.load import read_file

MEASURES = [name for name, home in _HOME_OF.items() if home.startswith("gradviz.measures.")]
PLOTS = [name for name, home in _HOME_OF.items() if home.startswith("gradviz.plots.") and "plot" in name]
OF_ALL_UNITS = {"gates", "h", "c", "grad_h", "grad_c", "grad_gates"}
MAY_READ = {
    "gradient_noise": {"grad_h"},
    "time_constants": {"gates"},
    "units_by_time_constant": {"gates"},
    "plot_time_constants": {"gates"},
    "plot_gate_heatmap": {"gates"},
    "plot_gate_histogram": {"gates"},
    "plot_unit_saturation": {"gates"},
}
"""Of what has a value for each unit, which is most of a recording, only these are needed."""


OF_CURVES = {"plot_learning_curve"}
"""What has one number for each training step is read with the labels."""

OF_ONE_STEP = {"plot_gate_histogram", "plot_gradient_paths", "plot_time_constants"}
"""They draw one training step, of which they read all that it has."""


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 4, 2, batch_first=True)
    optimizer = torch.optim.Adam(lstm.parameters())
    folder = tmp_path_factory.mktemp("stored")
    with gv.record(lstm, path=folder, detail="full", optimizer=optimizer) as tape:
        for _ in range(12):
            optimizer.zero_grad()
            output, target = lstm(torch.randn(5, 30, 2))[0][:, -1], torch.randn(5, 4)
            loss = (output - target).square().mean()
            loss.backward()
            optimizer.step()
            tape.step(loss, output=output, target=target)
    return folder / "recording.nc"


@pytest.fixture
def reads(monkeypatch):
    seen, read = [], stored_array.StoredArray._read

    def noted(self, key):
        seen.append(self._name.rsplit("/", 1)[1])
        return read(self, key)

    monkeypatch.setattr(stored_array.StoredArray, "_read", noted)
    return seen


def takes_a_recording_alone(function):
    given = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    return [p.kind for p in given] == [inspect.Parameter.POSITIONAL_OR_KEYWORD]


@pytest.mark.parametrize("name", MEASURES)
def test_measures(stored, reads, name):
    function = getattr(gv, name)
    if not takes_a_recording_alone(function):
        pytest.skip("needs more than a recording")
    try:
        expected = function(read_file(stored))
    except BadRecording as error:
        with pytest.raises(BadRecording, match=re.escape(str(error))):
            function(read_file(stored, at_once=0))
        return
    assert reads == []
    found = function(read_file(stored, at_once=0))
    assert found.identical(expected) if hasattr(found, "identical") else str(found) == str(expected)
    assert OF_ALL_UNITS & set(reads) <= MAY_READ.get(name, set())
    assert len(set(reads)) <= (8 if name == "scalars" else 4)  # a summary of several measures


@pytest.mark.parametrize("name", PLOTS)
def test_plots(stored, reads, name):
    function = getattr(gv, name)
    try:
        function(read_file(stored, at_once=0))
    except (BadRecording, TypeError):  # a plot of something else
        assert reads == []
        return
    if name not in OF_ONE_STEP:
        assert len(set(reads)) <= 4
        assert bool(reads) == (name not in OF_CURVES)
        assert OF_ALL_UNITS & set(reads) <= MAY_READ.get(name, set())


def test_a_diagnosis(stored, reads):
    lazily = gv.diagnose(read_file(stored, at_once=0), lag=20)
    assert lazily.to_dict() == gv.diagnose(read_file(stored), lag=20).to_dict()
    assert OF_ALL_UNITS & set(reads) <= {"gates"}  # of one step, for the time constants


@pytest.mark.parametrize("selected", [{"sample": 0}, {"step": -1}, {"layer": 1, "sample": 2}], ids=str)
def test_what_was_selected_is_read_only_when_it_is_used(stored, reads, selected):
    recording = read_file(stored, at_once=0)
    found = gv.horizon(recording["lstm"].to_dataset().isel(selected))
    assert OF_ALL_UNITS.isdisjoint(reads)
    assert found.identical(gv.horizon(read_file(stored)["lstm"].to_dataset().isel(selected)))
