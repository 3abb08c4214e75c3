"""What is the GRU's own in its diagram."""

import pytest
from gallery.small import small_settings

from gradviz.gallery.anatomy_run import anatomies
from gradviz.gallery.carry_claims import advantage, drawn_run
from gradviz.gallery.figures import gru_anatomy as figure


def test_the_carry_path_is_the_hidden_state(small):
    data, settings = small("gru_anatomy"), small_settings("gru_anatomy")
    board, formulas, *_ = figure.compose(data, settings).axes
    found = anatomies(data)[drawn_run(data, figure.CELL)]
    assert figure.CELL.carry == "past"
    assert f"× z = {found.gates['update']:.2f}" in [text.get_text() for text in board.texts]
    assert any(r"\delta h^- = z\, \delta h" in text.get_text() for text in formulas.texts)
    through = max(found.wires[f"h.{gate}"] for gate in found.gates)
    assert advantage(found, figure.CELL) == pytest.approx(10 ** (found.wires["past"] - through))


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    data = full("gru_anatomy")
    assert len(data) == 5
    title, _ = figure.claims(data, figure.Settings())
    assert title.outcome == "carries"
    assert advantage(anatomies(data)[drawn_run(data, figure.CELL)], figure.CELL) > 5
