"""The slow twin: against the unrolled layer, against torch's own modules, against finite differences."""

import numpy as np
import pytest
import torch
from capture.sequence_twin import SequenceTwin
from capture.slow_recurrence import SlowRecurrence
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from twin import Unrolled

KINDS = {"rnn": (nn.RNNCell, nn.RNN), "lstm": (nn.LSTMCell, nn.LSTM), "gru": (nn.GRUCell, nn.GRU)}


def loss_of(out):
    return out[-1].pow(2).sum() + out[2].sin().sum() + 1e-9 * out[1].sum()


def assert_equals_unrolled(twin, unrolled):
    for where in unrolled.seen:
        np.testing.assert_allclose(twin.table("h", *where), unrolled.gradient("h", *where), rtol=1e-10)
        np.testing.assert_allclose(twin.table("direct", *where), unrolled.gradient("up", *where), rtol=1e-10)
        if isinstance(unrolled.module, nn.LSTM):
            np.testing.assert_allclose(twin.table("c", *where), unrolled.gradient("c", *where), rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pieces", ["cell", 1, 2, 7, 14])
def test_an_untouched_sequence_is_the_unrolled_layer(kind, pieces):
    layers = 1 if pieces == "cell" else 2
    fused = KINDS[kind][1](3, 5, layers, bidirectional=pieces == 14)
    module, x = fused, torch.randn(14, 4, 3).double()
    if pieces == "cell":
        module = KINDS[kind][0](3, 5)
        module.load_state_dict({name.removesuffix("_l0"): p for name, p in fused.state_dict().items()})

    def run(model):
        state, outs = None, []
        for piece in x.split(1 if pieces == "cell" else pieces):
            if pieces == "cell":
                state = model(piece[0], state)
                outs.append((state[0] if kind == "lstm" else state).unsqueeze(0))
            else:
                out, state = model(piece, state)
                outs.append(out)
        return loss_of(torch.cat(outs))

    unrolled = Unrolled(fused, x)
    loss_of(unrolled.out).backward()
    twin = SequenceTwin(module, "", run)
    assert_equals_unrolled(twin, unrolled)
    np.testing.assert_array_equal(twin.table("state", 0, 0), twin.table("h", 0, 0))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("enforce_sorted", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
def test_the_slow_module_is_torchs_own(kind, enforce_sorted, batch_first):
    options = {"batch_first": batch_first, "bidirectional": True}
    module = KINDS[kind][1](3, 5, 2, **options).double()
    x, lengths = torch.randn(6, 4, 3).double(), torch.tensor([6, 4, 4, 1] if enforce_sorted else [4, 1, 6, 4])
    x = x.transpose(0, 1) if batch_first else x
    packed = pack_padded_sequence(x, lengths, batch_first=batch_first, enforce_sorted=enforce_sorted)
    state = torch.randn(4, 4, 5).double()
    state = (state, state.sin()) if kind == "lstm" else state
    for value in (x, packed):
        (out, last), (slow_out, slow_last) = module(value, state), SlowRecurrence(module)(value, state)
        if value is packed:
            out, slow_out = pad_packed_sequence(out)[0], pad_packed_sequence(slow_out)[0]
        torch.testing.assert_close(slow_out, out)
        torch.testing.assert_close(slow_last, last)


class FedBack(nn.Module):
    """A cell whose input is read from its last output, and whose state is kept where a mask says so.

    ``seen`` and ``used`` are one state where nothing is moved: the state as everything else sees it, and as
    the cell is given it.  ``moved`` is added to the output of step 1 for the first or for both of them.
    """

    def __init__(self, kind):
        super().__init__()
        self.cell, self.back, self.has_cell_state = KINDS[kind][0](3, 4), nn.Linear(4, 3), kind == "lstm"
        self.double()
        self.keep = torch.tensor([[1.0], [0.0], [1.0]]).double()

    def forward(self, moved=0.0, *, only_seen=False):
        seen = used = torch.linspace(-1, 1, 12).double().view(3, 4)
        c = cs = seen.cos() if self.has_cell_state else None
        h, loss = seen, 0.0
        for t in range(5):
            out = self.cell(self.back(h), used if c is None else (used, c))
            out, cs = out if c is not None else (out, None)
            h = out + moved if t == 1 else out
            through = out if only_seen else h
            used = 0.5 * torch.where(self.keep > t % 2, used, through)
            seen = 0.5 * torch.where(self.keep > t % 2, seen, h)
            c = None if c is None else cs.sin()
            loss = loss + (t == 3) * h.cos().sum() + (t == 2) * seen.exp().sum()
        return loss + seen.pow(2).sum()


class AsUsed(FedBack):
    """The same in one state, as a user writes it."""

    def forward(self):
        h = s = torch.linspace(-1, 1, 12).double().view(3, 4)
        c, loss = (s.cos() if self.has_cell_state else None), 0.0
        for t in range(5):
            h = self.cell(self.back(h), s if c is None else (s, c))
            h, c = h if c is not None else (h, None)
            s = 0.5 * torch.where(self.keep > t % 2, s, h)
            c = None if c is None else c.sin()
            loss = loss + (t == 3) * h.cos().sum() + (t == 2) * s.exp().sum()
        return loss + s.pow(2).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_finite_differences(kind):
    model = AsUsed(kind)
    twin = SequenceTwin(model, "cell", lambda model: model())
    moved = FedBack(kind)
    moved.load_state_dict(model.state_dict())
    assert moved().item() == pytest.approx(twin.loss.item(), rel=1e-14)
    for name, only_seen in (("h", False), ("direct", True)):
        expected = np.zeros((3, 4))
        for k in range(12):
            step = torch.zeros(12).double()
            step[k] = 1e-5
            up, down = (moved(sign * step.view(3, 4), only_seen=only_seen).item() for sign in (1, -1))
            expected.flat[k] = (up - down) / 2e-5
        np.testing.assert_allclose(twin.table(name)[1], expected, rtol=1e-6, atol=1e-9)
    assert not np.allclose(twin.table("h")[1], twin.table("direct")[1])


@pytest.mark.parametrize("piece", [0, 1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_the_state_that_is_handed_on(kind, piece):
    """Its gradient is what retain_grad keeps, in the model that runs torch's own modules."""
    module, x = KINDS[kind][bool(piece)](3, 5).double(), torch.randn(8, 4, 3).double()
    handed = []

    def run(module):
        handed.clear()
        state, loss = None, 0.0
        for part in x.split(piece or 1):
            out, state = module(part, state) if piece else (None, module(part[0], state))
            h, *c = state if kind == "lstm" else (state,)
            h = 0.5 * h + 0.1 * (handed[-1] if handed else 0.0)
            handed.append(h)
            state = (h, *c) if kind == "lstm" else h
            loss = loss + (h.sin().sum() if out is None else out.sin().sum() + h.cos().sum())
        for tensor in handed:
            tensor.retain_grad()
        return loss

    twin = SequenceTwin(module, "", run)
    run(module).backward()
    found = twin.table("state")[(piece or 1) - 1 : -1 : piece or 1]
    expected = torch.stack([tensor.grad.view(4, 5) for tensor in handed[:-1]])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_nothing_comes_across_a_detached_state_and_rows_keep_their_column():
    cell, x = nn.GRUCell(3, 4).double(), torch.randn(6, 3, 3).double()

    def run(cell):
        h, loss = None, 0.0
        for t in range(6):
            h = cell(x[t, [2]] if t > 3 else x[t], h)
            h = h[[2]] if t == 3 else h.detach() if t == 1 else h
            loss = loss + (h.sum() if t == 0 else 0.0)
        return loss + h.pow(2).sum()

    twin = SequenceTwin(cell, "", run)
    total, direct = (twin.table(kind, rows=[[0, 1, 2]] * 4 + [[2]] * 2) for kind in ("h", "direct"))
    assert np.isnan(total[4:, :2]).all()
    assert np.isnan(total[4:, 2]).sum() == 0
    np.testing.assert_array_equal(total[0], np.ones((3, 4)))
    np.testing.assert_array_equal(total[1], np.zeros((3, 4)))
    np.testing.assert_array_equal(total[2:4, :2], 0)
    assert (total[2:, 2] != 0).all()
    np.testing.assert_array_equal(direct[1:5][~np.isnan(direct[1:5])], 0)
    np.testing.assert_array_equal(direct[5, 2], total[5, 2])
