"""When each sequence begins in each call: by hand."""

import torch

from gradviz.capture.piece import Piece, PieceLayer
from gradviz.capture.run import Run
from gradviz.capture.sequence_layout import PackedLayout, PaddedLayout
from gradviz.capture.sequence_times import SequenceTimes
from gradviz.cells.layout import Weights

NAN = torch.nan


def piece(number, sequence, *, steps=1, batch_sizes=None):
    rows = torch.arange(len(sequence))
    layout = (
        PaddedLayout(steps, rows, batch=len(rows), reverse=False)
        if batch_sizes is None
        else PackedLayout(torch.tensor(batch_sizes), rows, reverse=False)
    )
    nothing = torch.zeros(0)
    layer = PieceLayer(
        nothing, (nothing,), nothing, Weights(nothing, nothing, None, None), lambda: nothing, None
    )
    return Piece("rnn", number, [layer], layout.steps, len(rows), layout, (), (), (), torch.tensor(sequence))


def times(pieces, count, values):
    """The time axis of ``values``: for each piece a number for every step and row."""
    found = SequenceTimes(pieces, count)
    chosen = torch.arange(count)
    runs = []
    for each, numbers in zip(pieces, values, strict=True):
        rows = each.rows_of(chosen)
        own = each.layout.valid
        has = (rows >= 0).expand(each.steps, -1)
        valid = has if own is None else own[:, rows.clamp(min=0)] & has
        columns = torch.tensor(numbers)[:, rows.clamp(min=0)]
        runs.append((Run([each], 0, rows, valid), columns))
    return found, found.joined(runs, chosen)


def same(found, expected):
    torch.testing.assert_close(found, torch.tensor(expected), equal_nan=True, rtol=0, atol=0)


def test_calls_with_the_same_sequences_follow_each_other():
    rows = torch.arange(2)
    pieces = [piece(1, [0, 1], steps=2), piece(2, [0, 1])]
    for each in pieces:
        each.sequence = rows
    found, joined = times(pieces, 2, [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]])
    same(joined, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert found.steps_until(pieces[0]).tolist() == [2, 2]
    assert found.steps_until(pieces[1]).tolist() == [3, 3]


def test_a_row_that_appears_begins_at_the_step_of_the_loop():
    pieces = [piece(1, [0]), piece(2, [0, 1]), piece(3, [1])]
    found, joined = times(pieces, 2, [[[1.0]], [[2.0, 3.0]], [[4.0]]])
    same(joined, [[1.0, NAN], [2.0, 3.0], [NAN, 4.0]])
    assert found.steps == 3


def test_a_packed_sequence_goes_on_where_its_own_data_ended():
    pieces = [piece(1, [0, 1], batch_sizes=[2, 1, 1]), piece(2, [0, 1], batch_sizes=[2, 2])]
    found, joined = times(pieces, 2, [[[1.0, 2.0], [3.0, 0.0], [4.0, 0.0]], [[5.0, 6.0], [7.0, 8.0]]])
    same(joined, [[1.0, 2.0], [3.0, 6.0], [4.0, 8.0], [5.0, NAN], [7.0, NAN]])
    assert found.steps_until(pieces[0]).tolist() == [3, 1]
