"""A layer whose weights are frozen: nothing of it can be recorded, and the recording says so."""

import warnings

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.errors import NothingRecorded, NothingRecordedWarning


class Model(nn.Module):
    def __init__(self, *, cell=False, second=False):
        super().__init__()
        self.layer = nn.LSTMCell(2, 4) if cell else nn.LSTM(2, 4, batch_first=True)
        self.other = nn.GRU(2, 4, batch_first=True) if second else None
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        if isinstance(self.layer, nn.LSTM):
            h = self.layer(x)[0][:, -1]
        else:
            state = None
            for t in range(x.shape[1]):
                state = self.layer(x[:, t], state)
            h = state[0]
        return self.head(h if self.other is None else h + self.other(x)[0][:, -1])


def trained(*, steps=4, path=None, recorded=True, grad=None, **options):
    torch.manual_seed(0)
    model = Model(**options)
    model.layer.requires_grad_(False)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1)
    tape = gv.record(model, every=2, optimizer=optimizer, path=path) if recorded else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NothingRecordedWarning)
        if tape:
            tape.__enter__()
        for _ in range(steps):
            optimizer.zero_grad()
            loss = model(torch.randn(3, 5, 2)).square().mean()
            loss.backward()
            optimizer.step()
            if tape:
                tape.step(loss)
        if tape:
            tape.__exit__(None, None, None)
    return tape, model


@pytest.mark.parametrize("cell", [False, True])
def test_the_recording_has_the_curves_and_says_why_it_has_no_more(cell):
    tape, _ = trained(cell=cell)
    tree = tape.tree
    assert not tree.children
    assert tree["frozen_module.layer"].dropna("iteration").values.tolist() == [1.0, 1.0]
    assert tree["loss"].notnull().all()
    assert "layer" in tree.attrs["nothing_recorded"]
    for read in (lambda: tape.dataset, lambda: tape["layer"]):
        with pytest.raises(
            NothingRecorded, match=r"frozen \(requires_grad is False\).*requires_grad_\(True\)"
        ):
            read()


def test_on_disk(tmp_path):
    trained(path=tmp_path / "run")
    (found,) = gv.diagnose(gv.load(tmp_path / "run"))
    assert (found.kind, str(found.where)) == ("frozen_weights", "layer")


def test_the_user_is_warned():
    model = nn.GRU(2, 3).requires_grad_(False)
    head = nn.Linear(3, 1)

    def record():
        with gv.record(model) as tape:
            head(model(torch.randn(4, 2, 2))[0]).sum().backward()
            assert not tape.tree.children
        assert not tape.tree.children

    with pytest.warns(NothingRecordedWarning, match="no gradient is needed in gru"):
        record()


def test_beside_a_layer_that_is_trained():
    tape, _ = trained(second=True)
    assert list(tape.tree.children) == ["other"]
    assert "frozen_module.layer" in tape.tree
    with pytest.raises(NothingRecorded, match="no gradient is needed in layer"):
        tape["layer"]


@pytest.mark.parametrize("needs_gradient", [True, False])
def test_what_ran_without_gradients_is_not_called_frozen(needs_gradient):
    layer = nn.GRU(2, 3).requires_grad_(needs_gradient)

    def record():
        with gv.record(layer) as tape, torch.no_grad():
            layer(torch.randn(4, 2, 2))
        return tape

    with pytest.warns(NothingRecordedWarning, match="no call of gru with gradients enabled"):
        tape = record()
    with pytest.raises(NothingRecorded, match="no call of gru with gradients enabled"):
        tape.tree  # noqa: B018


def test_the_training_is_the_same_to_the_bit():
    (_, one), (_, two) = trained(second=True), trained(second=True, recorded=False)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
