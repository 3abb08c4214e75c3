"""The attribute that says which ranks were to record."""

import pytest
import xarray as xr

from gradviz.recording.recorded_ranks import as_text, recorded_ranks


@pytest.mark.parametrize(
    ("ranks", "processes", "text"),
    [(None, 1, "0-0"), (None, 4, "0-3"), ({2, 0}, 4, "0, 2"), ({3}, 4, "3"), ({1, 10, 2}, 16, "1, 2, 10")],
)
def test_there_and_back(ranks, processes, text):
    assert as_text(ranks, processes) == text
    tree = xr.DataTree(xr.Dataset(attrs={"recorded_ranks": text}))
    assert recorded_ranks(tree) == (set(range(processes)) if ranks is None else ranks)


@pytest.mark.parametrize(
    "value", [None, "", 3, "all", "0-", "-1", "1,2", "0-99999999999", "0-100000", "٣", "0\n"]
)
def test_what_is_not_ranks_says_nothing(value):
    attributes = {} if value is None else {"recorded_ranks": value}
    assert recorded_ranks(xr.DataTree(xr.Dataset(attrs=attributes))) == set()
