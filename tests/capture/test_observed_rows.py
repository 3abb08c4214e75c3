"""Which rows of a batch became which, from one observed state to the next."""

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.private_torch import works_along_last_axis


def gradient_of_first_row(move):
    """The recorded norms by sequence, if rows are moved before the third step and the loss reads row 0."""
    weight = torch.eye(6, dtype=torch.float64).requires_grad_()
    with gv.record(nn.Linear(1, 1), samples=None) as tape:
        h = torch.zeros(4, 6, dtype=torch.float64)
        for t in range(4):
            h = move(h) if t == 2 else h
            left, right = torch.cat([h, h], dim=-1).chunk(2, dim=1)
            h = torch.tanh((left + right) @ weight + 0.1)
            tape.observe("h", h)
        h[0].sum().backward()
    return np.isfinite(tape["h"][v.LOG10_GRAD_H].values[0, 0, 0])


@pytest.mark.parametrize(
    ("move", "sequence"),
    [
        (lambda h: h, 0),
        (lambda h: h[[3, 0, 1, 2]], 3),
        (lambda h: h.flip(0), 3),
        (lambda h: torch.cat([h[2:], h[:2]]), 2),
        (lambda h: h.roll(1, 0), 3),
        (lambda h: torch.stack(h.unbind(0)[::-1]), 3),
        (lambda h: torch.cat(h.split(3, dim=1)[::-1], dim=1), 0),
        (lambda h: h.flip(1), 0),
        (lambda h: h.gather(1, torch.arange(6).flip(0).expand(4, 6)), 0),
    ],
)
def test_rows_are_followed_also_where_units_are_cut_and_joined(move, sequence):
    found = gradient_of_first_row(move)
    assert found[:, sequence].all()
    assert not np.delete(found, sequence, axis=1).any()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda h: h.chunk(2, dim=1)[0], True),
        (lambda h: h.chunk(2, dim=-1)[1], True),
        (lambda h: torch.cat([h, h], dim=-1), True),
        (lambda h: h[:, 1:], True),
        (lambda h: torch.cat([h, h]), False),
        (lambda h: h[1:], False),
        (lambda h: h.split(2)[0], False),
        (lambda h: h[:, 0], False),
        (lambda h: h.unbind(1)[0], False),
        (lambda h: torch.stack([h, h], dim=-1), False),
        (lambda h: h[[0]], False),
        (lambda h: h + 1, False),
        (lambda h: torch.cat([h[0], h[0]]), False),
    ],
)
def test_what_works_along_the_last_axis(make, expected):
    h = torch.ones(4, 6, requires_grad=True) * 1
    assert works_along_last_axis(make(h).grad_fn) is expected
