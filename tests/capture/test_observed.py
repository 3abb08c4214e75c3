"""Recurrences written by hand, whose states are given to ``tape.observe``."""

import io

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import CannotWatch


def by_hand(tape, x, w, u, times=True):
    h = torch.zeros(x.shape[1], len(u)).double()
    for t, x_t in enumerate(x):
        h = torch.tanh(x_t @ w + h @ u)
        tape.observe("mine", h, time=t if times else None)
    return h


@pytest.mark.parametrize("times", [True, False])
def test_a_recurrence_written_by_hand(times):
    module = nn.RNN(3, 5, bias=False).double()
    w, u = (p.detach().T.clone().requires_grad_() for p in (module.weight_ih_l0, module.weight_hh_l0))
    x = torch.randn(9, 4, 3).double()
    with gv.record(nn.Linear(1, 1), samples=2, detail="full") as tape:
        by_hand(tape, x, w, u, times).pow(2).sum().backward()
        tape.step()
        by_hand(tape, x, w, u, times)
    with gv.record(module, samples=2, detail="full") as other:
        module(x)[0][-1].pow(2).sum().backward()
    ds = tape.tree["mine"].to_dataset()
    assert ds.attrs["cell"] == "observed"
    for name in (v.LOG10_GRAD_H, v.STATE_H, v.H, v.GRAD_H):
        np.testing.assert_allclose(ds[name], other.dataset[name], rtol=1e-6)


def test_observing_a_state_without_a_batch():
    w, u = torch.randn(3, 5).double(), torch.randn(5, 5).double().requires_grad_()
    x = torch.randn(7, 3).double()
    with gv.record(nn.Linear(1, 1)) as tape:
        h = torch.zeros(5).double()
        for x_t in x:
            h = torch.tanh(x_t @ w + h @ u)
            tape.observe("mine", h)
        h.sum().backward()
    with gv.record(nn.Linear(1, 1)) as other:
        by_hand(other, x.unsqueeze(1), w, u).sum().backward()
    for name in (v.LOG10_GRAD_H, v.STATE_H):
        assert tape.dataset[name].shape == (1, 1, 1, 7, 1)
        np.testing.assert_allclose(tape.dataset[name], other.dataset[name], rtol=1e-6)


def test_observing_twice_in_a_step_is_two_calls():
    w, u = torch.randn(3, 5).double(), torch.randn(5, 5).double().requires_grad_()
    with gv.record(nn.Linear(1, 1)) as tape:
        for steps in (4, 6):
            by_hand(tape, torch.randn(steps, 2, 3).double(), w, u).sum().backward()
    log10 = tape.dataset[v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0, sample=0)
    assert log10.notnull().sum("time").values.tolist() == [4, 6]


def test_a_model_without_anything_recurrent_says_so():
    message = r"no recurrent module.*its modules are Linear.*tape\.observe"
    with pytest.raises(CannotWatch, match=message), gv.record(nn.Linear(1, 1)):
        pass
    with pytest.raises(CannotWatch, match="no recurrent module"), gv.record(nn.Linear(1, 1)) as tape:
        tape.step()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("mine", [1.0]), TypeError, "not list"),
        (("mine", torch.ones(2, dtype=torch.int64)), TypeError, r"not torch\.int64"),
        (("mine", torch.ones(2, 3, 4)), ValueError, r"not \(2, 3, 4\)"),
        (("lstm", torch.ones(2)), ValueError, "must be new"),
        (("a/b", torch.ones(2)), ValueError, "without '/'"),
    ],
)
def test_what_observe_refuses(arguments, error, message):
    tape = gv.record(nn.LSTM(3, 4))
    with pytest.raises(error, match=message), tape:
        tape.observe(*arguments)
    with pytest.raises(RuntimeError, match="inside its with block"):
        tape.observe("mine", torch.ones(2))


def test_a_batch_that_grows_and_shrinks_is_observed_by_sequence():
    lengths, u = [6, 5, 3, 2, 1], torch.randn(4, 4).double().requires_grad_()
    h, expected = torch.zeros(5, 4).double(), []
    with gv.record(nn.Linear(1, 1), samples=None) as tape:
        for t in reversed(range(6)):
            b = sum(t < n for n in lengths)
            h = torch.cat([torch.tanh(h[:b] @ u + 0.3), h[b:]])
            expected.append(h[:b])
            expected[-1].retain_grad()
            tape.observe("mine", expected[-1])
            h = torch.cat([expected[-1], h[b:]])
        h.pow(2).sum().backward()
    found = tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0]
    for t, state in enumerate(expected):
        np.testing.assert_allclose(found[t, : len(state)], state.grad.norm(dim=-1).log10(), rtol=1e-6)
        assert np.isnan(found[t, len(state) :]).all()
    assert tape.dataset["batch_size"].values.tolist() == [5]


def test_observed_rows_keep_their_columns():
    h, u = torch.zeros(3, 4), torch.randn(4, 4).requires_grad_()
    with gv.record(nn.Linear(1, 1)) as tape:
        for t in range(4):
            h = torch.tanh(h @ u + 0.3)
            if t == 2:
                h = h[[2, 0]]
            tape.observe("mine", h, time=t)
        (h * torch.tensor([[1.0], [0.0]])).sum().backward()
    found = tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0]
    assert np.isfinite(found[:, 2]).all()
    assert np.isneginf(found[:, 0]).all()
    assert np.isnan(found[2:, 1]).all()


def test_a_batch_size_that_nothing_explains_is_refused():
    states = [torch.zeros(rows, 4, requires_grad=True).tanh() for rows in (3, 2)]
    with gv.record(nn.Linear(1, 1)) as tape:
        tape.observe("mine", states[0])
        with pytest.raises(ValueError, match=r"has 2 rows, the one before had 3, and .* which became which"):
            tape.observe("mine", states[1])
        states[0].sum().backward()
    assert tape.dataset.sizes["time"] == 1


def test_two_time_axes_under_one_name_are_refused():
    one = two = torch.zeros(3, 4, requires_grad=True)
    with gv.record(nn.Linear(1, 1)) as tape:
        one, two = one.tanh(), two.sin()
        tape.observe("mine", one, time=0)
        tape.observe("mine", two, time=0)
        tape.observe("mine", two.sin(), time=1)
        with pytest.raises(ValueError, match=r"time=1\): time has been 1 already.*need a name each"):
            tape.observe("mine", one.tanh(), time=1)
        one.sum().backward()


def test_a_cell_over_a_padded_batch_that_is_sorted_by_length_and_read_backwards():
    """The batch grows along the loop; every sequence is recorded, NaN before it begins."""
    cell, lengths = nn.GRUCell(3, 4), [6, 5, 3, 2, 1]
    x, h = torch.randn(6, 5, 3), torch.zeros(5, 4)
    with gv.record(cell) as tape:
        for t in reversed(range(6)):
            b = sum(t < n for n in lengths)
            h = torch.cat([cell(x[t, :b], h[:b]), h[b:]])
        h.sum().backward()
    found = tape.dataset[v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0)
    assert found.sizes["sample"] == 5
    assert found.notnull().sum("time").values.tolist() == lengths


def test_every_attribute_and_variable_is_in_the_vocabulary():
    h = torch.ones(2, 4, requires_grad=True) * 1
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        z = torch.sigmoid(h)
        tape.observe("mine", h, gates={"z": z}, cell_state=h, keeps="z")
        z.sum().backward()
    assert set(tape["mine"].attrs) <= set(v.ATTRIBUTES)
    assert set(tape["mine"].data_vars) <= set(v.VARIABLES)


@pytest.mark.parametrize("detail", ["norms", "full"])
def test_an_empty_batch_is_not_observed_and_breaks_no_training(detail):
    net = nn.Linear(3, 4)
    with gv.record(net, detail=detail) as tape:
        for batch in (2, 0, 2):
            h = torch.zeros(batch, 4)
            for t in range(3):
                h = torch.tanh(net(torch.randn(batch, 3)) + h)
                tape.observe("mine", h, time=t, gates={"update": torch.sigmoid(h)})
            h.sum().backward()
            tape.step()
    assert tape["mine"]["step"].values.tolist() == [0, 2]


def test_a_leaf_that_is_observed_can_be_saved():
    h = torch.zeros(2, 4, requires_grad=True)
    with gv.record(nn.Linear(3, 4)) as tape:
        tape.observe("mine", h)
        torch.save(h, io.BytesIO())  # a warning is an error here
        h.sum().backward()
    assert tape["mine"].sizes["time"] == 1
