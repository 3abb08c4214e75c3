"""The RNN's diagram."""

import numpy as np
import pytest

from gradviz.gallery.figures import rnn_anatomy as figure


def test_the_rate_is_written_on_it(small):
    data = small("rnn_anatomy")
    norms = data["pass"]["recurrent"]["log10_grad_h"].squeeze().values.astype(float)
    overall = np.median(norms[-1] - norms[0]) / (len(norms) - 1)
    assert figure.rate(data) == pytest.approx(overall, rel=0.2)
    board = figure.compose(data).axes[0]
    said = f"lost on the way back: {figure.rate(data):.2f} decades per time step"
    assert said in [text.get_text() for text in board.texts]
