"""Spectra before and after training."""

import numpy as np
import pytest
import torch
import xarray as xr
from gallery.small import small_settings

from gradviz.experiment.config.build_model import build
from gradviz.gallery.adding_runs import seeded_experiments
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import eigenvalues as figure


@pytest.fixture
def settings():
    return small_settings("eigenvalues")


def test_untrained_spectra_are_those_of_the_first_weights(small, settings):
    data = small("eigenvalues")
    for seed in range(settings.seeds):
        run = seeded_experiments(settings)[f"rnn/{seed}"]
        torch.manual_seed(run.seed)
        weight = build(run)[0].recurrent.weight_hh_l0.detach().double().numpy()
        moduli = np.abs(np.linalg.eigvals(weight))
        assert figure.radii(data, "rnn", "untrained")[seed] == pytest.approx(moduli.max(), rel=1e-6)


def test_dots_and_radii_are_the_numbers(small, settings):
    data = small("eigenvalues")
    *planes, below = figure.compose(data, settings).axes
    spectrum = data["gru"].to_dataset().sel(gate="update", moment="trained", seed=0).squeeze()
    dots = planes[2].collections[1].get_offsets()
    np.testing.assert_array_equal(dots[:, 0], spectrum["eigenvalue_real"])
    assert {ax.get_xlim() for ax in planes} == {(-figure.VIEW_REAL, figure.VIEW_REAL)}
    drawn = [line.get_xdata()[0] for line in below.lines if line.get_marker() == "s"]
    radii = [figure.radii(data, cell, "trained") for cell in figure.GATES]
    np.testing.assert_allclose(drawn, np.ravel(radii))
    units = settings.hidden_size
    assert len(figure.numbers(data, settings)) == settings.seeds * 2 * units * (1 + 4 + 3)


def planted(data, *, learned, after, cells=("lstm", "gru")):
    """The data of two seeds, with these runs learned and these spectral radii after training."""
    changed = {cell: tree.copy(deep=True) for cell, tree in data.items()}
    for cell, done, radii in zip(cells, learned, after, strict=True):
        changed[cell]["learned"].values[...] = np.reshape(done, changed[cell]["learned"].shape)
        values = changed[cell]["spectral_radius"]
        for seed, radius in enumerate(radii):
            values.loc[{"gate": figure.GATES[cell], "moment": "trained", "seed": seed}] = radius
    return changed


@pytest.mark.parametrize(
    ("learned", "after", "outcome"),
    [
        ([[1, 1], [1, 1]], [[1.5, 1.2], [2, 3]], "cross"),
        ([[1, 0], [1, 1]], [[1.5, 0.8], [2, 3]], "cross"),  # one that does not learn does not count
        ([[1, 1], [1, 1]], [[1.5, 0.8], [0.9, 3]], "some_cross"),
        ([[1, 1], [1, 1]], [[0.8, 0.8], [0.9, 0.7]], "stay"),
        ([[0, 0], [0, 1]], [[1.5, 1.2], [2, 3]], "not_learned"),
    ],
)
def test_the_data_decide_the_title(learned, after, outcome, small, settings):
    data = planted(small("eigenvalues"), learned=learned, after=after)
    title, *_ = figure.claims(data, settings)
    assert title.outcome == outcome
    assert title.numbers["learned"] == np.sum(learned)
    drawn = figure.compose(data, settings)
    assert drawn.get_suptitle().replace("\n", " ") == title.sentence
    filled = [
        line.get_markerfacecolor() != "white" for line in drawn.axes[-1].lines if line.get_marker() == "s"
    ]
    assert filled[2:] == [bool(done) for cell in learned for done in cell]


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        ([1.5, 2.0], "grows"),
        ([0.01, 0.01], "shrinks"),
        ([0.01, 2.0], "mixed"),
        ([0.65, 0.66], "hardly"),
        ([0.58, 0.59], "hardly"),
    ],
)
@pytest.mark.parametrize("cell", figure.GATES)
def test_each_cell_has_its_claim(cell, after, outcome, small, settings):
    data = planted(small("eigenvalues"), learned=[[1, 0]], after=[after], cells=[cell])
    data[cell]["spectral_radius"].loc[{"gate": figure.GATES[cell], "moment": "untrained"}] = 0.6
    claim = {claim.name: claim for claim in figure.claims(data, settings)}[cell]
    assert claim.outcome == outcome
    assert (claim.numbers["least"], claim.numbers["most"]) == tuple(after)
    assert claim.sentence in figure.caption(data, settings).measured


@pytest.mark.parametrize(
    ("units", "radius", "said"),
    [
        (6, 0.58, ("few", "6 dots in each plane, too few")),
        (30, 0.58, ("disc", "a disc with a radius of 0.58 to 0.58")),
        (30, 0.4, ("other", "they end at 0.40 to 0.40, not at the 0.58")),
    ],
)
def test_a_disc_is_said_where_there_is_one(units, radius, said, small, settings):
    data = {}
    for cell, tree in small("eigenvalues").items():
        table = tree.to_dataset().isel(eigenvalue=np.arange(units) % settings.hidden_size).copy(deep=True)
        table["spectral_radius"].loc[{"moment": "untrained"}] = radius
        data[cell] = xr.DataTree(table)
    start = figure.claims(data, settings)[-1]
    assert (start.name, start.outcome) == ("start", said[0])
    assert said[1] in figure.notes(data, settings).point


def test_squares_beyond_the_circle_are_counted(small, settings):
    data = planted(small("eigenvalues"), learned=[[1, 1]] * 2, after=[[1.5, 0.8], [0.9, 0.7]])
    assert "Below, 1 of 6 squares lies right of the dashed line" in figure.notes(data, settings).point


def test_an_eigenvalue_outside_the_view_is_pointed_at(small, settings):
    data = small("eigenvalues")
    data = {cell: tree.copy(deep=True) for cell, tree in data.items()}
    place = {"gate": "forget", "moment": "trained", "seed": 0, "eigenvalue": 2}
    data["lstm"]["eigenvalue_real"].loc[place] = -7.0
    data["lstm"]["eigenvalue_imag"].loc[place] = 0.0
    (arrow,) = figure.compose(data, settings).axes[1].lines
    assert arrow.get_xdata()[0] == pytest.approx(-0.95 * figure.VIEW_REAL)


@pytest.mark.parametrize(
    ("value", "marker"),
    [((-7.0, 0.5), "<"), ((7.0, -0.5), ">"), ((1.0, 4.0), "^"), ((1.0, -4.0), "v"), ((3.0, -4.0), "v")],
)
def test_a_triangle_points_out_of_the_edge(value, marker, small, settings):
    data = {cell: tree.copy(deep=True) for cell, tree in small("eigenvalues").items()}
    place = {"gate": "update", "moment": "trained", "seed": 0, "eigenvalue": 1}
    for part, number in zip(("real", "imag"), value, strict=True):
        data["gru"][f"eigenvalue_{part}"].loc[place] = number
    (triangle,) = figure.compose(data, settings).axes[2].lines
    assert triangle.get_marker() == marker


@pytest.mark.parametrize("what", ["learned", "spectral_radius"])
def test_without_numbers_nothing_is_said(what, small, settings):
    data = {cell: tree.copy(deep=True) for cell, tree in small("eigenvalues").items()}
    data["gru"][what][...] = np.nan
    with pytest.raises(ClaimRefused, match="eigenvalues"):
        figure.claims(data, settings)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    data = full("eigenvalues")
    for cell in figure.GATES:
        np.testing.assert_allclose(figure.radii(data, cell, "untrained"), 1 / np.sqrt(3), atol=0.09)
    figure.claims(data, figure.Settings())
