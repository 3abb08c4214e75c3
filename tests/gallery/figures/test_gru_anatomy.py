"""The GRU's diagram."""

import pytest

from gradviz.gallery.anatomy_run import anatomy, times_more
from gradviz.gallery.figures import gru_anatomy as figure


def test_gates_and_their_means_are_written_on_it(small):
    data = small("gru_anatomy")
    board = figure.compose(data).axes[0]
    texts = {text.get_text() for text in board.texts}
    for gate, mean in anatomy(data).gates.items():
        number = f"{mean:+.2f}".replace("-", "−") if gate == "candidate" else f"{mean:.2f}"
        assert f"{gate}\n{number}" in texts
    assert f"{times_more(anatomy(data)):.0f} times the best gate's gradient" in texts


@pytest.mark.slow
def test_the_claim(full):
    assert times_more(anatomy(full("gru_anatomy"))) > 5
