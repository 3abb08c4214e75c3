"""Contributions of paths: by hand, far below the float range, and through known gates."""

import numpy as np
import pytest
import torch
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.gradient_paths import gradient_paths

INF, NAN = np.inf, np.nan


def of(rows):
    """Paths of an RNN; each row is a time step, with the direct and the hidden path of each sequence."""
    return gradient_paths(recording("rnn", detail="full", log10_grad_path=one(rows))).squeeze(
        ["step", "layer", "direction"]
    )


def test_hand_computed():
    found = of([[[-500, -501], [-INF, -500]], [[0, -INF], [0, -INF]], [[-INF, -INF]] * 2, [[NAN, NAN]] * 2])
    np.testing.assert_allclose(found["log10_grad_path"][0], [-500 + np.log10(0.5), -500 + np.log10(0.55)])
    np.testing.assert_allclose(
        found["path_fraction"], [[0.5 / 1.05, 0.55 / 1.05], [1, 0], [NAN, NAN], [NAN, NAN]], rtol=1e-6
    )
    assert found["main_path"].values.tolist() == ["hidden", "direct", "", ""]
    assert found["log10_grad_path"].attrs["units"] == "decades"
    assert found["main_path"].dims == ("time",)


def test_an_infinite_path_is_the_main_one_and_has_no_fraction():
    found = of([[[0.0, INF]]])
    assert found["main_path"].item() == "hidden"
    assert np.isnan(found["path_fraction"]).all()


def recorded(module, detail="full"):
    with gv.record(module, detail=detail) as tape:
        module(torch.randn(6, 2, 3), torch.full((1, 2, 4), 0.5))[0][-1].pow(2).sum().backward()
    return tape.dataset


def test_a_gru_that_keeps_its_state_carries_all_of_the_gradient():
    gru = nn.GRU(3, 4)
    with torch.no_grad():
        gru.bias_hh_l0[4:8] = 100
    found = gradient_paths(recorded(gru)).squeeze()
    assert found["main_path"].values.tolist() == ["carry"] * 5 + ["direct"]
    np.testing.assert_allclose(found["path_fraction"].sel(path="carry"), [1, 1, 1, 1, 1, 0], atol=1e-6)


def test_a_plain_rnn_has_one_path_back_and_it_is_the_total():
    ds = recorded(nn.RNN(3, 4))
    found = gradient_paths(ds).squeeze()
    total = np.log10((10.0 ** ds["log10_grad_h"].squeeze().astype(float)).mean("sample"))
    np.testing.assert_allclose(found["log10_grad_path"].sel(path="hidden")[:-1], total[:-1], atol=1e-5)
    assert found["main_path"].values.tolist() == ["hidden"] * 5 + ["direct"]


def test_fractions_of_all_gates_add_up():
    found = gradient_paths(recorded(nn.GRU(3, 4)))
    np.testing.assert_allclose(found["path_fraction"].sum("path"), 1, rtol=1e-9)
    assert (found["path_fraction"].isel(time=0).squeeze() > 0).sum().item() == 4  # all but direct
    assert found["path_fraction"].dims == ("step", "layer", "direction", "time", "path")


def test_norms_alone_are_not_enough():
    with pytest.raises(BadRecording, match="no variable 'log10_grad_path'"):
        gradient_paths(recorded(nn.RNN(3, 4), detail="norms"))
