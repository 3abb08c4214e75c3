"""Decay rates: exact on exponentials, blind to what is not a number but counting it."""

import numpy as np
import pytest

from gradviz.errors import BadRecording
from gradviz.measures.decay import decay_rate
from gradviz.recording.build import build_dataset
from gradviz.recording.moment import Moment


def recording(log10_norms):
    """From shape (step, layer, direction, time, sample)."""
    return build_dataset(
        [
            Moment(s, "recurrent", "lstm", np.arange(n.shape[-1]), {"log10_grad_h": n}, 0.0)
            for s, n in enumerate(np.asarray(log10_norms))
        ]
    )


def exponential(rate, times=12):
    """Norms that lose ``rate`` decades per step of lag, shape (time,)."""
    return -rate * (times - 1 - np.arange(times))


def one(values):
    return recording(np.asarray(values, dtype=float)[None, None, None])


@pytest.mark.parametrize("rate", [0.25, -0.125, 0.0])
def test_exact_on_pure_exponentials(rate):
    found = decay_rate(one(exponential(rate)[:, None] + np.array([0.0, -3.0])))
    assert float(found["decay_rate"].squeeze()) == pytest.approx(rate, abs=1e-6)
    assert float(found["goodness_of_fit"].squeeze()) == pytest.approx(1, abs=1e-5)


def test_median_and_quartiles_over_sequences():
    rates = np.array([0.5, 0.25, 1.0, 2.0, 0.125])
    found = decay_rate(one(np.stack([exponential(rate) for rate in rates], axis=1)))
    assert float(found["decay_rate"].squeeze()) == pytest.approx(0.5)
    assert float(found["decay_rate_quartile_low"].squeeze()) == pytest.approx(0.25)
    assert float(found["decay_rate_quartile_high"].squeeze()) == pytest.approx(1.0)


def test_one_outlier_does_not_move_the_line():
    values = exponential(0.25)
    values[3] = 50
    found = decay_rate(one(values[:, None]))
    assert float(found["decay_rate"].squeeze()) == pytest.approx(0.25)
    assert float(found["goodness_of_fit"].squeeze()) < 0.9


def test_ignores_and_counts_what_is_not_finite():
    values = np.stack([exponential(0.25)] * 3, axis=1)
    values[:2, 0], values[4, 0], values[5:7, 1] = -np.inf, np.inf, np.nan
    values[1:, 2] = np.nan
    found = decay_rate(one(values))
    assert float(found["decay_rate"].squeeze()) == pytest.approx(0.25)
    assert int(found["values_ignored"].squeeze()) == 3 + 2 + 11
    assert int(found["sequences_fitted"].squeeze()) == 2


def test_nothing_to_fit_is_nan():
    found = decay_rate(one(np.full((5, 2), -np.inf)))
    assert np.isnan(found["decay_rate"]).all()
    assert np.isnan(found["goodness_of_fit"]).all()
    assert int(found["sequences_fitted"].squeeze()) == 0


def test_reverse_direction_is_positive_where_it_vanishes():
    forward = exponential(0.25)[:, None]
    found = decay_rate(recording(np.stack([forward, forward[::-1]])[None, None]))
    np.testing.assert_allclose(found["decay_rate"].squeeze(), [0.25, 0.25], rtol=1e-6)


def test_every_step_and_layer_has_its_own():
    rates = np.array([[0.25, 0.5], [1.0, 2.0], [0.0, -0.5]])
    values = np.stack([[exponential(r)[None, :, None] for r in row] for row in rates])
    found = decay_rate(recording(values))["decay_rate"]
    assert found.dims == ("step", "layer", "direction")
    np.testing.assert_allclose(found.squeeze(), rates, atol=1e-6)


def test_of_several_calls_one_is_chosen():
    moments = [
        Moment(0, "rnn", "rnn", np.arange(2), {"log10_grad_h": values[None, None]}, 0.0, call=call)
        for call, values in enumerate(
            [exponential(0.5)[:, None] + [0, 1], exponential(0.25, 5)[:, None] + [0, 1]]
        )
    ]
    ds = build_dataset(moments)
    with pytest.raises(BadRecording, match=r"holds 2 calls.*choose one with data\.sel\(call=0\)"):
        decay_rate(ds)
    found = decay_rate(ds.sel(call=1))
    assert found["decay_rate"].dims == ("step", "layer", "direction")
    assert found["decay_rate"].item() == pytest.approx(0.25)
    assert decay_rate(ds.sel(call=[0]))["decay_rate"].item() == pytest.approx(0.5)


def test_units_and_names():
    found = decay_rate(one(exponential(0.25)[:, None]))
    assert found["decay_rate"].attrs["units"] == "decades per time step"
    assert "positive is vanishing" in found["decay_rate"].attrs["long_name"]
    assert all(variable.attrs["long_name"] for variable in found.data_vars.values())


def test_without_gradient_it_says_so():
    with pytest.raises(BadRecording, match="has no variable 'log10_grad_h'"):
        decay_rate(one(exponential(0.25)[:, None]).drop_vars("log10_grad_h"))
