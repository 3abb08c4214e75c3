"""Many runs in one Dataset."""

import warnings

import numpy as np
import pytest
import xarray as xr

import gradviz as gv
from gradviz.errors import BadRecording, UnknownName
from gradviz.recording.save import save


def config(cell="lstm", seed=0, **training):
    return {
        "name": "x",
        "seed": seed,
        "model": {"cell": cell, "hidden_size": 4},
        "training": {"steps": 11, **training},
    }


@pytest.fixture(scope="module")
def three(tmp_path_factory, run):
    """Two LSTMs that lose 0.5 and 1 decade a time step, and a longer GRU that loses 0.25."""
    folder = tmp_path_factory.mktemp("three")
    better = {"final": {"loss": 0.75, "accuracy": 0.5}}
    diverged = {"outcome": "diverged", "final": {"loss": "nan"}}
    long = {"cell": "gru", "steps": (0, 5, 10), "times": 21, "root": {"lag": 20}}
    run(folder / "a", config=config(seed=0), result={}, rate=0.5, root={"lag": 5, "seed": 0})
    run(folder / "b", config=config(seed=1), result=better, rate=1.0, root={"lag": 5})
    run(folder / "c", config=config("gru", seed=0), result=diverged, rate=0.25, **long)
    return folder


def test_measures_by_hand(three):
    """3 decades below the maximum are 6, 3 and 12 steps; a lag of 5 is the longest of the first."""
    runs = gv.load_runs(three, measures="horizon")
    assert runs["horizon"].dims == ("run", "step")
    assert runs["run"].values.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(runs["step"], [0, 5, 10])
    np.testing.assert_array_equal(runs["horizon"], [[5, np.nan, 5], [3, np.nan, 3], [12, 12, 12]])
    np.testing.assert_array_equal(runs["horizon_reached_fraction"].sel(run="a"), [0, np.nan, 0])
    assert "horizon_of_sequence" not in runs
    assert runs["horizon"].attrs["units"] == "time steps"


def test_settings_that_differ_are_coordinates_and_others_attributes(three):
    runs = gv.load_runs(three)
    assert runs["model.cell"].values.tolist() == ["lstm", "lstm", "gru"]
    assert runs["seed"].values.tolist() == [0, 1, 0]
    assert runs["lag"].values.tolist() == [5, 5, 20]
    assert runs["outcome"].values.tolist() == ["done", "done", "diverged"]
    assert runs["folder"].values.tolist() == [str(three / name) for name in "abc"]
    assert (runs.attrs["model.hidden_size"], runs.attrs["training.steps"]) == (4, 11)
    assert "model.hidden_size" not in runs.coords
    assert runs.attrs["module"] == "recurrent"


def test_results_are_variables(three):
    runs = gv.load_runs(three)
    np.testing.assert_array_equal(runs["final_loss"], [0.25, 0.75, np.nan])
    np.testing.assert_array_equal(runs["final_accuracy"], [np.nan, 0.5, np.nan])
    np.testing.assert_array_equal(runs["steps_trained"], [11, 11, 11])
    assert runs["seconds"].attrs["units"] == "s"
    assert "as_expected" not in runs


def test_three_lines_of_a_user(three):
    runs = gv.load_runs(three, measures=("horizon", "decay_rate"), steps="last")
    assert runs["horizon"].dims == ("run",)
    by_cell = runs.groupby("model.cell").mean()
    assert by_cell["horizon"].sel({"model.cell": "lstm"}) == 4
    table = runs.to_dataframe()
    assert len(table) == 3
    np.testing.assert_allclose(table["decay_rate"], [0.5, 1, 0.25], rtol=1e-6)
    assert table["step"].tolist() == [10, 10, 10]
    assert table.groupby("lag")["horizon"].median().to_dict() == {5: 4, 20: 12}
    runs.plot.scatter(x="lag", y="horizon", hue="model.cell")


def test_last_is_of_each_run(tmp_path, run):
    run(tmp_path / "a", steps=(0, 4), losses={0: 1.0, 4: 0.5})
    run(tmp_path / "b", steps=(0, 10), losses={0: 1.0, 10: 0.25})
    runs = gv.load_runs(tmp_path, measures="horizon", variables="loss", steps="last")
    assert runs["step"].values.tolist() == [4, 10]
    assert runs["loss"].values.tolist() == [0.5, 0.25]
    assert np.isfinite(runs["horizon"]).all()


def test_variables_are_aligned_by_label(three):
    runs = gv.load_runs(three, variables=("log10_grad_h", "gate_left", "loss"))
    norms = runs["log10_grad_h"]
    assert norms.dims == ("run", "step", "time", "sample")
    assert norms.sizes == {"run": 3, "step": 3, "time": 21, "sample": 2}
    np.testing.assert_allclose(norms.sel(run="b", step=10, sample=3)[:6], [-5, -4, -3, -2, -1, 0])
    assert np.isnan(norms.sel(run="b", step=10)[6:]).all()
    assert np.isnan(norms.sel(run="a", step=5)).all()
    gates = runs["gate_left"]
    assert gates["gate"].values.tolist() == ["input", "forget", "candidate", "output", "reset", "update"]
    assert gates.sel(run="c", step=5, time=0, gate="update") == 0.25
    assert np.isnan(gates.sel(run="c", gate="forget")).all()
    assert runs["loss"].dims == ("run", "iteration")
    assert (runs["loss"] == 0.5).all()


def test_companions_come_with_the_gradient(tmp_path, run, tree):
    one = tree()
    module = one["recurrent"].to_dataset()
    one["recurrent"] = module.assign(cut=xr.zeros_like(module["log10_grad_h"]))
    run(tmp_path / "b")
    save(one, tmp_path / "a.nc")
    runs = gv.load_runs(tmp_path, variables="log10_grad_h")
    assert np.isnan(runs["cut"].sel(run="b")).all()
    assert (runs["cut"].sel(run="a") == 0).all()
    assert "log10_grad_state" not in runs
    assert "cut" not in gv.load_runs(tmp_path, variables="gate_left")


def test_options_of_measures(three):
    runs = gv.load_runs(
        three, measures={"horizon": {"decades": 1}, "gradient_across_lag": {"lag": 4}}, steps="last"
    )
    assert runs["horizon"].values.tolist() == [2, 1, 4]
    np.testing.assert_allclose(runs["decades_lost"], [2, 4, 1])
    assert runs["gradient_across_lag_lag"].values.tolist() == [4, 4, 4]


def test_layer_and_direction(tmp_path, run):
    run(tmp_path / "a", layers=2)
    run(tmp_path / "b", layers=1)
    runs = gv.load_runs(tmp_path, measures="decay_rate", steps="last")
    np.testing.assert_allclose(runs["decay_rate"], [0.25, 0.5])
    assert runs["layer"].values.tolist() == [1, 0]
    assert runs["direction"].values.tolist() == ["forward", "forward"]
    np.testing.assert_allclose(
        gv.load_runs(tmp_path, measures="decay_rate", steps="last", layer=0)["decay_rate"], 0.5
    )
    with pytest.warns(UserWarning, match=r"1 of 2 runs have no decay_rate: b; .*no layer 1; it has 0"):
        runs = gv.load_runs(tmp_path, measures="decay_rate", layer=1)
    assert np.isnan(runs["decay_rate"].sel(run="b")).all()
    with pytest.raises(BadRecording, match=r"no run has 'decay_rate'; run a: .*'reverse'; it has forward"):
        gv.load_runs(tmp_path, measures="decay_rate", direction="reverse")


def test_no_run_is_left_out(tmp_path, run):
    """Damaged, unfinished and without a recording: NaN, an outcome, and one warning for what is damaged."""
    run(tmp_path / "a", config=config(seed=0), result={})
    (run(tmp_path / "b", config=config(seed=1), result={}) / "recording.nc").write_bytes(b"garbage")
    run(tmp_path / "c", config=config(seed=2), recording=False)
    (run(tmp_path / "d", config=config(seed=3)) / "result.json").write_text("{")
    (run(tmp_path / "e", result={}) / "config.toml").write_text("seed = ")
    with pytest.warns(UserWarning, match="kept with NaN") as warned:
        runs = gv.load_runs(tmp_path, measures="horizon", steps="last")
    assert len(warned) == 1
    assert "3 of 5 runs are damaged: b (" in str(warned[0].message)
    assert warned[0].filename == __file__
    assert runs["outcome"].values.tolist() == ["done", "damaged", "unfinished", "damaged", "damaged"]
    np.testing.assert_array_equal(np.isnan(runs["horizon"]), [False, True, True, False, False])
    np.testing.assert_array_equal(runs["seed"], [0, 1, 2, 3, np.nan])
    assert runs["cell"].values.tolist() == ["lstm", "", "", "lstm", "lstm"]
    done = runs.sel(run=runs["outcome"] == "done")
    assert done["run"].values.tolist() == ["a"]


def test_healthy_runs_stay_silent(three):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gv.load_runs(three, measures=("horizon", "saturation"), variables="loss")


def test_recordings_of_ones_own(tmp_path, run):
    """Metadata count as settings, and a name that means something else is told apart."""
    run(
        tmp_path / "a",
        root={"hidden_size": 4, "step": 7, "torch": "2.4", "config": '{"model": {"cell": "gru"}}'},
    )
    run(
        tmp_path / "b",
        root={"hidden_size": 8, "step": 7, "torch": "2.5", "config": '{"model": {"cell": "lstm"}}'},
    )
    runs = gv.load_runs(tmp_path)
    assert runs["hidden_size"].values.tolist() == [4, 8]
    assert runs["model.cell"].values.tolist() == ["gru", "lstm"]
    assert runs.attrs["config.step"] == 7
    assert runs["outcome"].values.tolist() == ["recorded", "recorded"]
    assert "torch" not in runs.coords
    assert "steps_trained" not in runs


def test_it_can_be_saved(tmp_path, run):
    model = 'model = {bidirectional = true, init = ["chrono", "orthogonal"]}'
    (run(tmp_path / "a") / "config.toml").write_text(f"seed = 0\n{model}")
    runs = gv.load_runs(tmp_path / "a", measures="horizon")
    assert runs.attrs["model.bidirectional"] == 1
    assert runs.attrs["model.init"] == '["chrono", "orthogonal"]'
    runs.to_netcdf(tmp_path / "runs.nc", engine="h5netcdf")
    xr.testing.assert_identical(xr.load_dataset(tmp_path / "runs.nc", engine="h5netcdf"), runs)


def test_claims(tmp_path, run):
    met = {"claim": "loss", "value": 0.1, "met": True, "source": ""}
    run(tmp_path / "a", config=config(), result={"verdicts": [met]})
    run(tmp_path / "b", config=config(), result={"verdicts": [met, {**met, "met": False}]})
    run(tmp_path / "c", config=config(), result={})
    np.testing.assert_array_equal(gv.load_runs(tmp_path)["as_expected"], [1, 0, np.nan])


def test_modules(tmp_path, run):
    run(tmp_path / "a", modules=("encoder", "decoder"))
    run(tmp_path / "b", modules=("encoder",))
    with pytest.raises(
        BadRecording, match=r"run a: recording holds 2 modules; choose one with module='encoder'"
    ):
        gv.load_runs(tmp_path)
    assert gv.load_runs(tmp_path, module="encoder").attrs["module"] == "encoder"
    with pytest.raises(UnknownName, match=r"run b: unknown module 'decoder'; .*encoder"):
        gv.load_runs(tmp_path, module="decoder")


def test_only_modules_of_different_names_stand_beside_each_other(tmp_path, run):
    run(tmp_path / "a", modules=("lstm",))
    run(tmp_path / "b", modules=("gru",), cell="gru")
    assert gv.load_runs(tmp_path)["module"].values.tolist() == ["lstm", "gru"]


def test_a_metric_of_some_runs_only(tmp_path, run):
    run(tmp_path / "a")
    run(tmp_path / "b", cell="rnn")
    with pytest.raises(
        UnknownName, match=r"no run has 'los'; run a: unknown variable 'los'; did you mean 'loss'"
    ):
        gv.load_runs(tmp_path, variables="los")
    with pytest.warns(UserWarning, match=r"1 of 2 runs have no time_constants: b; run b: "):
        runs = gv.load_runs(tmp_path, measures="time_constants", steps="last")
    np.testing.assert_allclose(runs["time_constant_median"], [4, np.nan])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"measures": "horizn"}, UnknownName, "unknown measure 'horizn'; did you mean 'horizon'"),
        ({"measures": "gradient_paths"}, UnknownName, "call gv.gradient_paths on one recording"),
        ({"measures": {"horizon": {"decade": 1}}}, UnknownName, "did you mean 'decades'"),
        ({"measures": {"horizon": {"module": "a"}}}, UnknownName, "give module= to load_runs instead"),
        ({"measures": {"horizon": 3}}, TypeError, r"measures\['horizon'\] = 3: must be a dict"),
        ({"measures": {"horizon": {"decades": -1}}}, ValueError, "decades = -1"),
        ({"measures": 3}, TypeError, "measures = 3: must be a name"),
        ({"variables": [3]}, TypeError, "variables = .* must be a name"),
        ({"steps": "first"}, UnknownName, "unknown choice of steps 'first'"),
        ({"steps": ["last"]}, UnknownName, "unknown choice of steps"),
    ],
)
def test_what_cannot_be_asked_for(three, options, error, message):
    with pytest.raises(error, match=message):
        gv.load_runs(three, **options)


def test_none_has_a_recording(tmp_path, run):
    run(tmp_path / "a", config=config(), recording=False)
    assert gv.load_runs(tmp_path)["outcome"].values.tolist() == ["unfinished"]
    with pytest.raises(BadRecording, match="none of the 1 runs has a recording, so none has 'horizon'"):
        gv.load_runs(tmp_path, measures="horizon")
