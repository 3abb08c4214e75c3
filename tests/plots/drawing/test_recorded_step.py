"""A training step or a sequence is chosen by its label, and what is no label is refused."""

import pytest

from gradviz.errors import BadRecording
from gradviz.plots.drawing.recorded_step import at_sample, at_step


def test_by_label_or_the_default(recording):
    dataset = recording()["recurrent"].to_dataset()
    assert (int(at_step(dataset, 10)["step"]), int(at_step(dataset, None)["step"])) == (10, 30)
    assert (int(at_sample(dataset, 3)["sample"]), int(at_sample(dataset, None)["sample"])) == (3, 0)
    with pytest.raises(BadRecording, match="no step 12; nearest is 10"):
        at_step(dataset, 12)


@pytest.mark.parametrize(("choose", "dim"), [(at_step, "step"), (at_sample, "sample")])
def test_what_is_no_number(recording, choose, dim):
    with pytest.raises(TypeError, match=f"{dim} is 'x': must be a whole number"):
        choose(recording()["recurrent"].to_dataset(), "x")
