"""The default loss of a probe: checked by hand, for every kind of output."""

from typing import NamedTuple

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from gradviz.experiment.probe.probe_loss import last_step_loss
from gradviz.experiment.probe.time_axis import Axes

CALLS = [Axes(5, 4, True)]


class Output(NamedTuple):
    ids: torch.Tensor
    logits: torch.Tensor


def gradient(output, of, calls=CALLS, **options):
    """Gradient of the loss at a leaf of the output."""
    return torch.autograd.grad(last_step_loss(output, calls, **options), of)[0]


def leaf(*shape):
    return torch.randn(shape, requires_grad=True)


def test_it_is_a_sum_of_signs_at_the_last_step():
    output = leaf(4, 5, 3)
    found = gradient(output, output)
    assert not found[:, :-1].any()
    signs = found[0, -1]
    assert set(signs.abs().tolist()) == {1.0}
    assert torch.equal(found[:, -1], signs.expand(4, 3))
    assert last_step_loss(output, CALLS).item() == pytest.approx(
        (output[:, -1] @ signs).sum().item(), rel=1e-6
    )


def test_both_signs_come_up_and_the_seed_decides():
    output = leaf(4, 5, 200)
    first, again, other = (gradient(output, output, seed=seed)[0, -1] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert abs(first.mean().item()) < 0.25


def test_it_leaves_the_global_random_numbers_alone():
    output, before = leaf(4, 5, 3), torch.get_rng_state()
    last_step_loss(output, CALLS)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "wrap", [lambda y: (None, [y]), lambda y: {"a": "text", "b": (y,)}, lambda y: Output(y > 0, y)]
)
def test_the_first_floating_point_tensor_is_taken(wrap):
    output = leaf(4, 5, 3)
    assert torch.equal(gradient(wrap(output), output), gradient(output, output))


@pytest.mark.parametrize(
    ("shape", "calls", "seen"),
    [
        ((4, 5, 3), CALLS, (slice(None), -1)),
        ((5, 4, 3), CALLS, (-1,)),
        ((4, 3, 5), CALLS, (..., -1)),
        ((4, 3), CALLS, (...,)),
        ((4,), CALLS, (...,)),
        ((), CALLS, (...,)),
        ((5, 3), [Axes(5, None, False)], (-1,)),
        ((4, 5, 2, 3), CALLS, (slice(None), -1)),
        ((4, 5, 3), (), (slice(None), -1)),
    ],
)
def test_which_part_of_an_output_it_reads(shape, calls, seen):
    output = leaf(*shape)
    expected = torch.zeros(shape)
    expected[seen] = 1
    assert torch.equal(gradient(output, output, calls).abs(), expected)


def test_a_packed_output_is_read_at_the_end_of_each_sequence():
    padded = leaf(3, 6, 2)
    packed = pack_padded_sequence(padded, [6, 2, 4], batch_first=True, enforce_sorted=False)
    seen = gradient(packed, padded).abs().sum(2)
    assert [row.nonzero().flatten().tolist() for row in seen] == [[5], [1], [3]]


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_in_the_dtype_of_the_output(dtype):
    assert last_step_loss(leaf(4, 5, 3).to(dtype), CALLS).dtype == dtype


@pytest.mark.parametrize("output", [None, [], {"a": 1}, torch.ones(3, dtype=torch.long), "text"])
def test_errors(output):
    with pytest.raises(
        ValueError, match=f"returned {type(output).__name__}, which contains no floating-point"
    ):
        last_step_loss(output, CALLS)
