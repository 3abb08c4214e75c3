"""Numbers at the ends of the float range: a result without a warning, or one clear error."""

import json

import numpy as np
import pytest
import xarray as xr
from hostile import extremes

import gradviz as gv
from gradviz.errors import BadRecording, GradvizError


class Recordings:
    """Recordings of every shape, each made when it is first asked for."""

    def __init__(self):
        self._made = {}

    def __getitem__(self, number):
        number %= len(extremes.SHAPES)
        if number not in self._made:
            self._made[number] = extremes.recorded(**extremes.SHAPES[number])
        return self._made[number]


@pytest.fixture(scope="module")
def recordings():
    return Recordings()


def complaints(data, functions):
    """What is neither a result nor one clear error, by function; warnings are errors."""
    found = []
    for name in functions:
        try:
            extremes.use(name, data)
        except GradvizError as error:
            if not 20 < len(str(error)) < 500:
                found.append(f"{name}: {error}")
        except Exception as error:
            found.append(f"{name}: {type(error).__name__}: {error}")
    return found


def failures(recordings, functions, seeds):
    """The complaints of recordings that a seed has changed."""
    found = []
    for seed in seeds:
        data, names = extremes.changed(recordings[seed], np.random.default_rng(seed))
        found += [f"seed {seed}, {names}: {what}" for what in complaints(data, functions)]
    return found


@pytest.mark.parametrize(
    "shape", [pytest.param(shape, marks=() if shape == 4 else pytest.mark.slow) for shape in range(6)]
)
def test_every_measure_takes_the_smallest_recordings(recordings, shape):
    assert complaints(recordings[shape], extremes.MEASURED) == []


def test_a_few_recordings_of_extreme_values(recordings):
    assert failures(recordings, extremes.MEASURED, (4, 6, 10)) == []


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_every_measure_of_extreme_values(recordings, block):
    assert failures(recordings, extremes.MEASURED, range(1000 + 60 * block, 1060 + 60 * block)) == []


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_every_plot_of_extreme_values(recordings, block):
    for seed in range(2000 + 25 * block, 2025 + 25 * block):
        rng = np.random.default_rng(seed)
        functions = rng.choice(extremes.DRAWN, 4, replace=False).tolist()
        assert failures(recordings, functions, [seed]) == []


def with_values(dataset, **values):
    return dataset.assign(
        {
            name: (dataset[name].dims, np.full(dataset[name].shape, value), dataset[name].attrs)
            for name, value in values.items()
        }
    )


def test_means_and_medians_beyond_half_of_the_float_range(recordings):
    data = with_values(recordings[0], gate_left=1e308, underflow=1e308, input_norm=np.float32(3e38))
    assert (gv.saturation(data)["left"] == 1e308).all()
    assert (gv.underflow_fraction(data)["underflow_fraction"] == 1e308).all()
    assert (gv.input_variation(data)["typical_input_norm"] == np.float32(3e38)).all()


def test_inf_and_minus_inf_have_no_mean(recordings):
    data = recordings[0].copy()
    number = np.arange(data.sizes["time"])
    data["gate_left"] = (
        data["gate_left"] * 0 + xr.DataArray(np.where(number % 2, np.inf, -np.inf), dims="time")
    ).transpose(*data["gate_left"].dims)
    assert gv.saturation(data)["left"].isnull().all()


def test_the_course_of_losses_near_the_end_of_the_float_range():
    losses = xr.Dataset({"loss": ("step", [1e308] * 6 + [-1e308] * 2)}, {"step": np.arange(8)})
    found = gv.loss_course(losses, window=2)
    assert found["loss_at_end"].item() == -1e308
    assert found["fall_in_second_half"].item() == 2.0


@pytest.mark.parametrize(
    ("mean", "expected"),
    [(0.75, 4.0), (1.0, np.inf), (1 + 1e-7, np.inf), (0.0, 1.0), (-1e-9, 1.0), (1.5, np.nan), (-0.1, np.nan)],
)
def test_a_gate_outside_of_its_range_has_no_time_constant(recordings, mean, expected):
    data = with_values(recordings[0], unit_mean=mean, gates=mean)
    found = gv.time_constants(data)
    for name in ("time_constant", "time_constant_median", "time_constant_of_product"):
        np.testing.assert_allclose(found[name].values, expected, rtol=1e-12)


@pytest.mark.parametrize("value", [np.inf, -1.0, 2.0**60])
def test_a_count_that_cannot_be_is_refused_by_the_diagnosis(recordings, value):
    with pytest.raises(BadRecording, match=r"variable 'batch_size' has the value .*; expected counts from 0"):
        gv.diagnose(with_values(recordings[0], batch_size=value))
    json.dumps(gv.diagnose(with_values(recordings[0], batch_size=2.0)).to_dict())
