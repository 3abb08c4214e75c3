"""Loss time by state time: one scale, an empty triangle, characters along both axes."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import Normalize

from gradviz.errors import BadRecording
from gradviz.plots.connectivity import NO_PATH, plot_connectivity

TIMES = 6


@pytest.fixture
def falling():
    """A decay of half a decade per time step; NaN where the state is later than the loss."""
    loss_time, time = np.meshgrid(range(TIMES), range(TIMES), indexing="ij")
    values = np.where(time <= loss_time, -0.5 * (loss_time - time), np.nan)
    array = xr.DataArray(
        values,
        dims=("loss_time", "time"),
        coords={"time": ("time", range(TIMES), {"long_name": "time step"})},
    )
    return array.assign_attrs(long_name="gradient of a step's loss at the state", units="decades")


def test_shows_the_lower_triangle_and_nothing_above(falling):
    ax = plot_connectivity(falling.transpose("time", "loss_time"))
    image = ax.images[0]
    lower = np.tril(np.ones((TIMES, TIMES), bool))
    np.testing.assert_allclose(image.get_array()[lower], falling.values[lower])
    assert np.ma.getmaskarray(image.get_array())[~lower].all()
    assert image.get_clim() == (-3, 0)
    assert ax.get_legend() is None  # states after the loss do not count as missing
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time step of the state", "time step of the loss")
    assert image.colorbar.ax.get_ylabel() == "gradient of a step's loss at the state"
    assert [text.get_text().replace("\n", " ") for text in ax.texts] == [NO_PATH]


def hatched(ax):
    return ax.findobj(lambda artist: artist.get_gid() == "no-path")


def test_what_has_no_path_is_hatched(falling):
    (patch,) = hatched(plot_connectivity(falling))
    assert patch.get_hatch() == "//"
    for loss_time, time in np.ndindex(TIMES, TIMES):
        assert patch.get_path().contains_point((time, loss_time)) == (time > loss_time)
    assert not hatched(plot_connectivity(falling.fillna(-1.0)))


def test_a_reverse_direction_is_bare_on_the_other_side(falling):
    ax = plot_connectivity(falling.copy(data=falling.values.T))
    (note,) = ax.texts
    assert note.get_position() == (0.03, 0.95)
    assert np.ma.getmaskarray(ax.images[0].get_array())[-1, 0]
    assert not plot_connectivity(
        falling.fillna(-1.0)
    ).texts  # below a bidirectional layer every state has a gradient


def test_a_cut_is_marked(falling):
    falling[5, :3] = -np.inf
    entries = [text.get_text() for text in plot_connectivity(falling).get_legend().get_texts()]
    assert entries == ["exactly zero (3 cells)"]


def test_a_shared_norm(falling):
    norm = Normalize(-9, 1)
    assert plot_connectivity(falling, norm=norm).images[0].norm is norm


def test_text_along_both_axes(falling):
    ax = plot_connectivity(falling, text="a bit\n")
    for axis in (ax.xaxis, ax.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels()] == ["a", "␣", "b", "i", "t", "⏎"]
        assert axis.get_ticklocs().tolist() == [0, 1, 2, 3, 4, 5]


def test_errors(falling):
    with pytest.raises(ValueError, match="text has 3 characters and the recording 6 time steps"):
        plot_connectivity(falling, text="abc")
    with pytest.raises(BadRecording, match=r"dims \(loss_time, time\); this array has \('loss_time',\)"):
        plot_connectivity(falling.isel(time=0))
