"""With every option on, a training stays the same to the bit, and nothing is left on anything."""

import copy

import pytest
import torch
from torch import nn

import gradviz as gv

STEPS, TIME, BATCH = 6, 9, 4


class Model(nn.Module):
    """A fused layer, a cell in a loop, and a recurrence by hand."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(3, 6, 2, dropout=0.3, bidirectional=True)
        self.cell, self.own, self.head = nn.GRUCell(12, 5), nn.Linear(10, 10), nn.Linear(5, 1)
        self.unwatched = nn.RNN(3, 5)

    def forward(self, x, tape):
        out, _ = self.encoder(x)
        h = s = x.new_zeros(x.shape[1], 5)
        for t, step in enumerate(out):
            h = torch.dropout(self.cell(step, h), 0.1, True)
            update, candidate = self.own(torch.cat([h, s], 1)).chunk(2, 1)
            update, candidate = torch.sigmoid(update), torch.tanh(candidate)
            s = (1 - update) * s + update * candidate
            if tape is not None:
                gates = {"update": update, "candidate": candidate}
                tape.observe("own", s, time=t, gates=gates, squash={"candidate": "tanh"}, cell_state=h)
        return self.head(s + self.unwatched(x)[0][-1])


def traces(model, optimizer):
    """Whatever a recording could leave behind."""
    return (
        [sorted(module.__dict__) for module in model.modules()],
        [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()],
        sorted(optimizer.__dict__),
        [len(getattr(optimizer, name)) for name in vars(optimizer) if name.endswith("_hooks")],
        torch.autograd._engine_run_backward,
        [parameter._backward_hooks for parameter in model.parameters()],
    )


def train(tmp_path=None, **options):
    torch.manual_seed(0)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=2)
    before = traces(model, optimizer)

    def step(tape):
        x = torch.randn(TIME, BATCH, 3)
        target = x.sum((0, 2)).unsqueeze(1)
        optimizer.zero_grad()
        output = model(x, tape)
        loss = nn.functional.mse_loss(output, target)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        scaler.step(optimizer)
        scaler.update()
        if tape is not None:
            tape.step(loss, output=output, target=target, scaler=scaler, mine=1.0)

    if tmp_path is None:
        tree = None
        for _ in range(STEPS):
            step(None)
    else:
        storage = gv.storage(tmp_path / "run", append=True, on_error="raise", metadata={"lecture": 3})
        modules = ["encoder", "c*"]
        with gv.record(model, path=storage, modules=modules, optimizer=optimizer, **options) as tape:
            for _ in range(STEPS):
                step(tape)
        tree = gv.load(tmp_path / "run")
    assert traces(model, optimizer) == before
    moments = [value for state in optimizer.state.values() for value in state.values()]
    state = [*model.parameters(), *moments, torch.get_rng_state(), torch.tensor(scaler.get_scale())]
    return copy.deepcopy([value.detach() for value in state]), tree


@pytest.mark.parametrize(
    "options",
    [{"every": 1, "detail": "full", "samples": None}, {"every": 2, "detail": "norms", "samples": 2}],
    ids=["full", "norms"],
)
def test_every_option_at_once(tmp_path, options):
    plain, _ = train()
    watched, tree = train(tmp_path, **options)
    assert all(map(torch.equal, plain, watched))
    assert set(tree.children) == {"encoder", "cell", "own"}
    assert tree.attrs["lecture"] == 3
    for child in tree.children.values():
        assert child.sizes["step"] == STEPS // options["every"]
        assert child.sizes["time"] == TIME
        for name in ("grad_norm", "grad_norm_clipped", "update_ratio", "output_spread", "target_spread"):
            assert (child[name] > 0).all(), name
        assert (child["grad_norm_clipped"] <= 0.5 + 1e-5).all()
        assert child["target_broadcast"].values.tolist() == [0] * child.sizes["step"]
        assert child["parameters_not_zeroed"].values.tolist() == [0] * child.sizes["step"]
    assert "log10_grad_weight" in tree["encoder"]
    assert tree["own"]["gate"].values.tolist() == ["update", "candidate"]


def test_an_error_in_the_middle_leaves_nothing(tmp_path):
    torch.manual_seed(0)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    before = traces(model, optimizer)
    tape = gv.record(model, path=tmp_path / "run", modules="encoder", optimizer=optimizer, detail="full")

    def fail():
        with tape:
            model(torch.randn(TIME, BATCH, 3), tape).sum().backward()
            optimizer.step()
            tape.step()
            model(torch.randn(TIME, BATCH, 3), tape).sum().backward()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert traces(model, optimizer) == before
    assert gv.load(tmp_path / "run")["encoder"].sizes["step"] == 2
