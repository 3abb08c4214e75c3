"""The character model and its readings."""

import numpy as np

from gradviz.gallery.character_run import READING, TRAINING, UNTRAINED, WINDOWS, text_of


def test_four_recordings(small):
    data = small("char_model")
    assert set(data) == {TRAINING, READING, UNTRAINED, WINDOWS}
    assert len(text_of(data)) == data[READING]["recurrent"].sizes["time"] == 62
    assert data[WINDOWS]["recurrent"].sizes["sample"] == 53
    before, after = (data[moment]["recurrent"]["gates"].values for moment in (UNTRAINED, READING))
    assert not np.array_equal(before, after)
