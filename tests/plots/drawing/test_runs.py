"""One run, or several by label."""

import pytest

from gradviz.plots.drawing.runs import labelled_runs


def test_one_has_no_label_and_several_keep_theirs(recording):
    tree = recording()
    assert list(labelled_runs(tree)) == list(labelled_runs(tree["recurrent"].to_dataset())) == [""]
    assert labelled_runs({"b": tree, "a": tree}).keys() == {"b", "a"}


def test_errors():
    with pytest.raises(ValueError, match="no run to draw"):
        labelled_runs({})
    with pytest.raises(TypeError, match="a recording is an xarray"):
        labelled_runs([1])
