"""An experiment with a projected LSTM and two initialisations: trained, recorded, stopped and resumed."""

import signal

import numpy as np
import pytest
import xarray as xr

import gradviz as gv
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.interrupt import Interrupted
from gradviz.experiment.run.run import run
from gradviz.experiment.run.trained import load_trained

CHANGES = {
    "model__cell": "lstm",
    "model__hidden_size": 6,
    "model__projection": 2,
    "model__num_layers": 2,
    "model__init": ["orthogonal", {"name": "chrono", "t_max": 8}],
    "recording__detail": "full",
}


# PyTorch says once a process that it computes projections without oneDNN.
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_a_projected_state_is_recorded_and_a_resumed_run_is_the_same(small, tmp_path):
    experiment = resolve(small(**CHANGES))
    run(experiment, tmp_path / "whole")

    def stop(step):
        if step.step == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted):
        run(experiment, tmp_path / "parts", on_step=stop)
    run(experiment, tmp_path / "parts", begin="resume")
    whole, parts = (gv.load(tmp_path / name)["recurrent"].to_dataset() for name in ("whole", "parts"))
    assert whole.attrs["proj_size"] == 2
    xr.testing.assert_identical(whole.drop_attrs(), parts.drop_attrs())
    model, _ = load_trained(tmp_path / "whole")
    again, _ = load_trained(tmp_path / "parts")
    assert model.recurrent.proj_size == 2
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert np.array_equal(one.detach().numpy(), other.detach().numpy())
