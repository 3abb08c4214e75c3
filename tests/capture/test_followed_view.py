"""A view that is taken to be observed is followed to what the loop goes on with."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.followed_view import BaseGradient, view_of
from gradviz.errors import NothingRecorded, NothingRecordedWarning

WEIGHT = torch.randn(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


def packed_loop(look, see, steps=5):
    """A loop over a packed state, (2, batch, unit), which is all that goes on."""
    weight = WEIGHT.clone().requires_grad_()
    state, packed = torch.zeros(2, 4, 3, dtype=torch.float64), []
    for t in range(steps):
        new = torch.tanh(state[0] @ weight + 0.3 * state[1] + 0.1)
        state = torch.stack([new, 0.9 * state[1] + new])
        packed.append(state)
        see(look(state), t)
    return packed


def record_packed(look, **options):
    with gv.record(nn.Linear(1, 1), detail="full", **options) as tape:
        packed = packed_loop(look, lambda h, t: tape.observe("h", h, time=t))
        packed[-1][0].pow(2).sum().backward()
    return tape


def twin(look):
    """The gradient at the packed states, seen in the same way."""
    packed = packed_loop(look, lambda h, t: None)
    for state in packed:
        state.retain_grad()
    packed[-1][0].pow(2).sum().backward()
    return torch.stack([torch.atleast_2d(look(state.grad)) for state in packed])


LOOKS = {
    "an index": lambda s: s[0],
    "the second part": lambda s: s[1],
    "a slice of units": lambda s: s[0][:, 1:],
    "every second row": lambda s: s[0, ::2],
    "unbind": lambda s: s.unbind(0)[1],
    "a chunk": lambda s: s.chunk(2, dim=0)[0].squeeze(0),
    "several nested views": lambda s: s.transpose(0, 1)[:, 1].reshape(2, 2, 3)[1],
    "one row": lambda s: s[0, 2],
    "narrow and flatten": lambda s: s.narrow(2, 0, 2)[0].t().t(),
    "transposed": lambda s: s[0].t(),
    "diagonal": lambda s: s[:, :2].diagonal(dim1=0, dim2=1),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_the_gradient_at_the_base_is_seen_through_the_view(look):
    found, expected = record_packed(look).dataset, twin(look)
    np.testing.assert_allclose(found[v.GRAD_H].values[0, 0, 0], expected, rtol=1e-12, atol=1e-300)
    with np.errstate(divide="ignore"):
        expected = np.log10(np.linalg.norm(expected, axis=-1))
    np.testing.assert_allclose(found[v.LOG10_GRAD_H].values[0, 0, 0], expected, rtol=1e-6)
    assert np.isfinite(expected[1:]).any()


@pytest.mark.filterwarnings("error")
def test_the_view_that_the_loop_itself_goes_on_with():
    weight, grads = WEIGHT.clone().requires_grad_(), []
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        h = torch.zeros(4, 3, dtype=torch.float64)
        for t in range(4):
            h = torch.cat([h, torch.tanh(h @ weight + 0.1)], dim=1)[:, 3:]
            h.retain_grad()
            grads.append(h)
            tape.observe("h", h, time=t)
        h.sum().backward()
    np.testing.assert_allclose(tape["h"][v.GRAD_H].values[0, 0, 0], torch.stack([g.grad for g in grads]))


def test_a_copy_for_the_call_alone_says_what_to_give():
    for copy in (lambda s: s[0].clone(), lambda s: s[[0]].squeeze(0), lambda s: s[0].float()):
        message = r"the state given to tape\.observe was copied .* such as state\[0\], and not a clone"
        with pytest.warns(NothingRecordedWarning, match=message):
            tape = record_packed(copy)
        with pytest.raises(NothingRecorded, match=message):
            tape["h"]


def test_a_copy_that_the_loop_goes_on_with_is_none_for_the_call_alone():
    weight = WEIGHT.clone().requires_grad_()
    with gv.record(nn.Linear(1, 1)) as tape:
        h = torch.zeros(4, 3, dtype=torch.float64)
        for _ in range(4):
            out = torch.tanh(h @ weight + 0.1)
            h = out.clone()
            tape.observe("h", h)
        out.sum().backward()  # the last copy is used by nothing
    found = tape["h"][v.LOG10_GRAD_H].values[0, 0, 0]
    assert np.isneginf(found[-1]).all()
    assert np.isfinite(found[:-1]).all()


def test_a_view_of_a_leaf():
    start = torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True)
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        tape.observe("h", start[0])
        (start[0] @ WEIGHT).tanh().sum().backward()
        start.grad.zero_()  # must not change what was recorded
    expected = (1 - (start[0].detach() @ WEIGHT).tanh() ** 2) @ WEIGHT.T
    np.testing.assert_allclose(tape["h"][v.GRAD_H].values[0, 0, 0, 0], expected)
    assert start._backward_hooks is None or not start._backward_hooks


def test_a_view_made_without_gradients():
    weight, states = WEIGHT.clone().requires_grad_(), []
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        state = torch.ones(2, 4, 3, dtype=torch.float64)
        for _ in range(3):
            state = torch.tanh(state @ weight)
            state.retain_grad()
            states.append(state)
            with torch.no_grad():
                seen = state[0]
            tape.observe("h", seen)
        state.sum().backward()
    np.testing.assert_allclose(tape["h"][v.GRAD_H].values[0, 0, 0], torch.stack([s.grad[0] for s in states]))


def test_the_base_is_changed_in_place_afterwards():
    """The value and the gradient are those at the time of the call."""
    weight, values, ratio = WEIGHT.clone().requires_grad_(), [], 0.5
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        state = torch.zeros(2, 4, 3, dtype=torch.float64)
        for _ in range(3):
            state = torch.stack([torch.tanh(state[0] @ weight + 0.1), state[1]])
            tape.observe("h", state[0])
            values.append(state[0].detach().clone())
            state.mul_(ratio)
        state[0].sum().backward()
    ds = tape["h"].isel(step=0, layer=0, direction=0)
    np.testing.assert_array_equal(ds[v.H], torch.stack(values))
    np.testing.assert_allclose(ds[v.GRAD_H][-1], np.full((4, 3), ratio))


def test_a_state_kept_in_one_tensor_in_place():
    """Every step writes into a preallocated tensor; its state is seen as of then."""
    weight = WEIGHT.clone().requires_grad_()
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        kept = torch.zeros(6, 4, 3, dtype=torch.float64)
        for t in range(1, 6):
            kept[t] = torch.tanh(kept[t - 1].clone() @ weight + 0.1)
            tape.observe("h", kept[t])
        (kept[5].sum() + kept[2].sum()).backward()
    h, states = torch.zeros(4, 3, dtype=torch.float64), []
    for _ in range(5):
        h = torch.tanh(h @ weight + 0.1)
        h.retain_grad()
        states.append(h)
    (states[4].sum() + states[1].sum()).backward()
    np.testing.assert_allclose(
        tape["h"][v.GRAD_H].values[0, 0, 0], torch.stack([s.grad for s in states]), rtol=1e-12
    )


def test_complex_states_as_real_numbers():
    """A diagonal complex recurrence; the gradient of a real part is that of the loss by it."""
    eigenvalue = torch.polar(torch.tensor([0.9, 0.5]), torch.tensor([0.3, 2.0])).to(torch.complex128)
    real, imaginary = (part.clone().requires_grad_() for part in (eigenvalue.real, eigenvalue.imag))
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        z = torch.ones(3, 2, dtype=torch.complex128)
        for _ in range(4):
            z = z * torch.complex(real, imaginary)
            tape.observe("both", torch.view_as_real(z).flatten(-2))
            tape.observe("real", z.real)
        z.real.sum().backward()
    # dL/dz_t = conj(lambda)^(3 - t), in PyTorch's convention
    expected = np.stack([np.conj(eigenvalue.numpy()) ** (3 - t) for t in range(4)])
    both = tape["both"][v.GRAD_H].values[0, 0, 0, :, 0]
    np.testing.assert_allclose(both[:, ::2] + 1j * both[:, 1::2], expected, atol=1e-12)
    np.testing.assert_allclose(tape["real"][v.GRAD_H].values[0, 0, 0, :, 0], expected.real, atol=1e-12)


def test_an_expanded_state_is_read_where_the_loop_goes_on():
    start = torch.randn(1, 3, dtype=torch.float64, requires_grad=True)
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        h = start.expand(4, 3)
        assert view_of(h) is None
        tape.observe("h", h)
        (h * torch.arange(4).unsqueeze(1)).sum().backward()
    np.testing.assert_array_equal(tape["h"][v.GRAD_H].values[0, 0, 0, 0, :, 0], [0, 1, 2, 3])


def test_rows_of_a_packed_state_are_followed():
    weight = WEIGHT.clone().requires_grad_()
    with gv.record(nn.Linear(1, 1), samples=None) as tape:
        state = torch.zeros(2, 4, 3, dtype=torch.float64)
        for t in range(4):
            if t == 2:
                state = state[:, [3, 1]]
            state = torch.stack([torch.tanh(state[0] @ weight + 0.1), state[1]])
            tape.observe("h", state[0])
        state[0, 0].sum().backward()  # the sequence that is in row 3 at first
    found = tape["h"][v.LOG10_GRAD_H].values[0, 0, 0]
    assert np.isfinite(found[:, 3]).all()
    assert np.isneginf(found[:, 1]).all()
    assert np.isneginf(found[:2, [0, 2]]).all()
    assert np.isnan(found[2:, [0, 2]]).all()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_view_sees_what_the_view_of_the_gradient_sees(data):
    shape = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    order = data.draw(st.permutations(range(len(shape))))
    base = (torch.arange(1.0, 1 + int(np.prod(shape))).reshape(shape).requires_grad_() * 1).permute(order) * 1
    gradient = torch.randn(base.shape, generator=torch.Generator().manual_seed(0))

    def look(tensor):
        for axis in range(tensor.dim()):
            start = draws[axis] % tensor.shape[axis]
            tensor = tensor.narrow(axis, start, tensor.shape[axis] - start)
        return tensor.transpose(0, -1)[draws[-1] % tensor.shape[-1]]

    draws = data.draw(st.lists(st.integers(0, 3), min_size=5, max_size=5))
    seen = look(base)
    found = view_of(seen)
    assert found[0] is base
    torch.testing.assert_close(BaseGradient(gradient).seen_through(found[1]), look(gradient), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("look", "rows"),
    [
        (lambda s: s[1], [4, 5, 6, 7]),
        (lambda s: s[1, ::2], [4, 6]),
        (lambda s: s[0, 2], [2]),
        (lambda s: s[0][:, 1:], None),  # some of the units
        (lambda s: s[0].t(), None),
        (lambda s: s.as_strided((2, 3), (3, 1), 1), None),  # begins within a row
        (lambda s: s.as_strided((2, 3), (4, 1), 0), None),  # the second one does
        (lambda s: s.as_strided((2, 3), (6, 1), 3), [1, 3]),
    ],
)
def test_rows_of_the_base_by_hand(look, rows):
    base = torch.zeros(2, 4, 3, requires_grad=True) * 1
    found = view_of(look(base))[1].first_rows()
    assert found == rows if rows is None else list(found) == rows
