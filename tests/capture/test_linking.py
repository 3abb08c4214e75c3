"""Which call a detached state comes from, told by its values; and a state read from all outputs of a call."""

import pytest
import torch

from gradviz.capture.hand_over import Operator
from gradviz.capture.linking import link_by_value, of_last_step
from gradviz.capture.piece import Piece, PieceLayer
from gradviz.capture.sequence_layout import PackedLayout, PaddedLayout
from gradviz.capture.step_graph import KnownState
from gradviz.cells.layout import Weights

LAST = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def piece(batch, *returned, sequence=None, layout=None, steps=1):
    rows = torch.arange(batch)
    nothing = torch.zeros(0)
    layout = layout or PaddedLayout(steps, rows, batch=batch, reverse=False)
    count = batch * steps if layout.valid is None else int(layout.valid.sum())
    out = torch.zeros(count, 2) if layout.valid is not None else torch.zeros(steps, batch, 2)
    weights = Weights(nothing, nothing, None, None)
    layer = PieceLayer(nothing, (torch.zeros(batch, 2),), out, weights, lambda: nothing, None)
    numbers = rows if sequence is None else torch.tensor(sequence)
    given = (torch.zeros(batch, 2),)
    return Piece("rnn", 1, [layer], layout.steps, batch, layout, given, (), returned, numbers)


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        (LAST, [4, 7, 9]),
        (LAST * torch.tensor([[1.0], [0.0], [1.0]]), [4, 7, 9]),  # a mask of finished episodes
        (LAST[[2, 0]], [9, 4]),
        (LAST[:1], [4]),
        (LAST * 0, None),  # a sequence that begins from zeros
        (LAST + 0.5, None),
        (LAST * torch.tensor([[1.0], [0.5], [1.0]]), None),
        (LAST[[0, 0, 1]], None),  # two go on from one
        (torch.tensor([[1.0, 2.0], [0.0, 0.0]]), None),  # of another batch, and not all of it is known
        (LAST.double(), None),
        (LAST[:, :1], None),
    ],
)
def test_by_value(given, rows):
    before = piece(3, LAST, sequence=[4, 7, 9])
    link = link_by_value(piece(len(given)), [given], before)
    assert (link is None) == (rows is None)
    if link is not None:
        assert link.before is before
        assert link.ways == [[]]
        assert link.rows.tolist() == rows


def of_output(rows, which, layout=None, *, steps=3):
    state = KnownState(piece(2, layout=layout, steps=steps), "out", 0, 0)
    return of_last_step(Operator(torch.tensor(rows), torch.tensor(which)), state)


def test_the_last_step_of_all_outputs():
    """The rows of (time, batch) are one after the other; only those of the last step feed the state."""
    factor = [[0.0]] * 4 + [[2.0], [3.0]]
    found = of_output([-1, -1, -1, -1, 0, 1], factor)
    assert found.rows.tolist() == [0, 1]
    assert found.factor.tolist() == [[2.0], [3.0]]


def test_a_step_in_the_middle_is_no_last_state():
    assert of_output([-1, -1, 0, 1, -1, -1], [[0.0]] * 6) is None


def test_the_last_step_of_each_packed_sequence():
    layout = PackedLayout(torch.tensor([2, 2, 1]), torch.arange(2), reverse=False)  # lengths 3 and 2
    found = of_output([-1, -1, -1, 1, 0], [[0.0], [0.0], [0.0], [5.0], [6.0]], layout)
    assert found.rows.tolist() == [0, 1]
    assert found.factor.tolist() == [[6.0], [5.0]]
