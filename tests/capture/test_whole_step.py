"""What counts for a whole training step: all of it is recorded, and the training stays as it is."""

import copy
import gc
import math
import weakref

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.recording.merge import merge

BATCH, CLASSES = 4, 3

UNKNOWN = {v.CONTINUES_STEP, v.STEP_UNFINISHED}  # where every state is new and every step ended
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, foreach=False),
    "adam foreach": lambda p: torch.optim.Adam(p, lr=0.01, foreach=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "lbfgs": lambda p: torch.optim.LBFGS(p, max_iter=3),
}


class Classifier(nn.Module):
    def __init__(self, cell=nn.LSTM, softmax=False):
        super().__init__()
        self.lower, self.upper = cell(2, 6), cell(6, 6)
        self.head, self.softmax = nn.Linear(6, CLASSES), softmax

    def forward(self, x):
        h = F.dropout(self.lower(x)[0], 0.2)
        out = self.head(self.upper(h)[0][-1])
        return out.softmax(-1) if self.softmax else out


def train(kind, *, every=None, scaled=False, steps=6):
    """Losses, parameters, optimizer state and random state of a training; recorded with every option on."""
    torch.manual_seed(0)
    model = Classifier()
    optimizer = OPTIMIZERS[kind](model.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**12, growth_interval=2, enabled=scaled)
    tape = gv.record(model, every=every or 1, optimizer=optimizer, detail="full")
    if every is not None:
        tape.__enter__()
    losses = []
    for step in range(steps):
        x, target = torch.randn(7, BATCH, 2), torch.randint(0, CLASSES, (BATCH,))
        outputs = []

        def closure(x=x, target=target, outputs=outputs, to_none=step % 2 == 0):
            optimizer.zero_grad(set_to_none=to_none)
            outputs.append(model(x))
            loss = F.cross_entropy(outputs[-1], target)
            scaler.scale(loss).backward()
            return loss

        if kind == "lbfgs":
            loss = optimizer.step(closure)
        else:
            loss = closure()
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            scaler.step(optimizer)
            scaler.update()
        losses.append(loss.item())
        if every is not None:
            tape.step(loss, output=outputs[-1], target=target, scaler=scaler)
    if every is not None:
        tape.__exit__(None, None, None)
        assert tape["upper"].sizes["step"] == len(range(0, steps, every))
        assert set(tape["upper"].data_vars) >= (v.METRICS - UNKNOWN) | v.OF_THE_LOSS
    state = copy.deepcopy((model.state_dict(), optimizer.state_dict()["state"]))
    return losses, state, torch.get_rng_state()


def assert_same(one, other):
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for each, its in zip(one, other, strict=True):
            assert_same(each, its)
    else:
        assert one == other


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_training_with_everything_on_is_bit_identical(kind):
    for scaled in (False, True)[: 1 if kind == "lbfgs" else 2]:
        plain = train(kind, scaled=scaled)
        for every in (1, 3):
            assert_same(train(kind, every=every, scaled=scaled), plain)


def classify(*, softmax=False, path=None, steps=3, **given):
    torch.manual_seed(0)
    model = Classifier(softmax=softmax)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with gv.record(model, optimizer=optimizer, path=path) as tape:
        for _ in range(steps):
            target = torch.tensor([0, 0, 0, 1])
            optimizer.zero_grad()
            output = model(torch.randn(7, BATCH, 2))
            loss = F.cross_entropy(output, target)
            loss.backward()
            optimizer.step()
            tape.step(loss, output=output, target=target, **given)
    return tape


@pytest.mark.parametrize("softmax", [False, True])
def test_everything_is_on_every_module_saved_loaded_and_merged(softmax, tmp_path):
    tree = classify(softmax=softmax).tree
    trees = [tree, merge([tree.isel(step=slice(2), iteration=slice(2)), tree])]
    if softmax:
        classify(softmax=softmax, path=tmp_path / "run")
        trees.append(gv.load(tmp_path / "run"))
    for found in trees:
        for module in ("lower", "upper"):
            dataset = found[module].to_dataset(inherit=False)
            for name in (v.METRICS - UNKNOWN) | v.OF_THE_LOSS:
                assert dataset[name].dims == ("step",)
                assert dataset[name].attrs["long_name"] == v.VARIABLES[name].long_name
                assert dataset[name].attrs["units"] == v.VARIABLES[name].units
                assert np.isfinite(dataset[name].values).all()
            assert dataset[v.SOFTMAX_BEFORE_LOG_SOFTMAX].values.tolist() == [softmax] * 3
            assert dataset[v.TARGET_SPREAD].values.tolist() == [0.375] * 3
        assert set(found.data_vars) == v.METRICS - UNKNOWN


def test_a_single_pass_has_the_facts_of_its_loss():
    lstm = nn.LSTM(2, 1)
    with pytest.warns(UserWarning, match="target size"), gv.record(lstm) as tape:
        F.mse_loss(lstm(torch.randn(5, 6, 2))[0][-1], torch.randn(6)).backward()
    found = {name: tape.dataset[name].values.tolist() for name in sorted(v.OF_THE_LOSS)}
    assert found == {
        v.SIGMOID_BEFORE_LOGITS_LOSS: [0], v.SOFTMAX_BEFORE_LOG_SOFTMAX: [0], v.TARGET_BROADCAST: [1]
    }  # fmt: skip
    assert not tape.tree.data_vars


def test_one_of_several_passes_is_enough():
    gru = nn.GRU(2, 3)
    with gv.record(gru) as tape:
        for softmax in (True, False):
            out = gru(torch.randn(5, 6, 2))[0][-1]
            F.cross_entropy(out.softmax(-1) if softmax else out, torch.zeros(6, dtype=torch.long)).backward()
        tape.step()
        gru(torch.randn(5, 6, 2))[0].sum().backward()
        tape.step()
    assert tape.dataset[v.SOFTMAX_BEFORE_LOG_SOFTMAX].values.tolist() == [1, 0]
    assert tape.dataset.sizes["call"] == 2


def test_a_loop_of_cells_ends_the_loss():
    cell = nn.GRUCell(2, 4)
    h = torch.zeros(6, 4)
    with gv.record(cell) as tape:
        for x in torch.randn(200, 6, 2):
            h = cell(x, h)
        h.square().sum().backward()
    assert tape.dataset[v.SOFTMAX_BEFORE_LOG_SOFTMAX].values.tolist() == [0]


def test_output_and_target_decide_what_the_graph_leaves_open():
    lstm = nn.LSTM(2, 1)

    def found(**given):
        with gv.record(lstm) as tape:
            output, target = lstm(torch.randn(5, 6, 2))[0][-1], torch.randn(6)
            loss = ((output - target) * torch.ones(6, 6)).sum()
            loss.backward()
            tape.step(loss, **{name: {"output": output, "target": target}[name] for name in given})
        return tape.dataset[v.TARGET_BROADCAST].item()

    assert math.isnan(found())
    assert math.isnan(found(output=1))
    assert found(output=1, target=1) == 1


def test_spreads_are_recorded_at_recorded_steps_only():
    rnn = nn.RNN(2, 1)
    outputs = []
    with gv.record(rnn, every=2) as tape:
        for _ in range(4):
            output = rnn(torch.randn(5, 6, 2))[0][-1]
            output.sum().backward()
            outputs.append(output.detach().numpy())
            tape.step(0.0, output=output, target=[0.0] * 6)
    expected = [float(np.std(each.astype(np.float64))) for each in outputs]
    assert tape.dataset[v.OUTPUT_SPREAD].values == pytest.approx(expected[::2])
    assert tape.dataset[v.TARGET_SPREAD].values.tolist() == [0, 0]
    assert np.isnan(tape.tree[v.OUTPUT_SPREAD].values).tolist() == [False, True, False, True]


@pytest.mark.parametrize("every", [1, 2])
def test_bad_output_and_target_are_errors_at_every_step(every):
    rnn = nn.RNN(2, 1)
    with gv.record(rnn, every=every) as tape:
        for _ in range(2):
            rnn(torch.randn(5, 6, 2))[0].sum().backward()
            with pytest.raises(ValueError, match=r"output has shape \(6, 1\) and target \(5,\)"):
                tape.step(0.0, output=torch.ones(6, 1), target=torch.ones(5))
            with pytest.raises(ValueError, match="target is a single number"):
                tape.step(0.0, target=0.5)
            with pytest.raises(TypeError, match="output is a dict"):
                tape.step(0.0, output={"logits": torch.ones(6)})
            tape.step(0.0)
    assert tape.tree["iteration"].size == 2
    assert v.OUTPUT_SPREAD not in tape.tree


def test_what_the_graph_tells_cannot_be_given():
    rnn = nn.RNN(2, 1)
    with gv.record(rnn) as tape:
        rnn(torch.randn(5, 6, 2))[0].sum().backward()
        for name in v.OF_THE_LOSS:
            with pytest.raises(ValueError, match=f"a metric cannot be called '{name}'"):
                tape.step(**{name: 1})
        with pytest.raises(TypeError, match="grad_norm"):
            tape.step(grad_norm="large")


def test_nothing_is_kept_alive():
    rnn = nn.RNN(2, 1)
    with gv.record(rnn) as tape:
        output, target = rnn(torch.randn(5, 6, 2))[0][-1], torch.randn(6, 1)
        held = [weakref.ref(output), weakref.ref(target)]
        loss = F.mse_loss(output, target)
        loss.backward()
        tape.step(loss, output=output, target=target)
        del output, target, loss
        gc.collect()
        assert [ref() for ref in held] == [None, None]


def test_a_scaler_is_not_kept_alive():
    rnn = nn.RNN(2, 1)
    with gv.record(rnn) as tape:
        scaler = torch.amp.GradScaler("cpu")
        held = weakref.ref(scaler)
        loss = rnn(torch.randn(5, 6, 2))[0].sum()
        scaler.scale(loss).backward()
        tape.step(loss, scaler=scaler)
        del scaler
        gc.collect()
        assert held() is None


def test_a_checkpoint_inside_has_no_loss_of_its_own():
    gru, head = nn.GRU(2, 3), nn.Linear(3, 3)

    def twice(h):
        return checkpoint(head, h, use_reentrant=True)

    with gv.record(gru) as tape:
        out = checkpoint(twice, gru(torch.randn(5, 6, 2))[0][-1], use_reentrant=True)
        F.cross_entropy(head(out), torch.zeros(6, dtype=torch.long)).backward()
    assert tape.dataset[v.SOFTMAX_BEFORE_LOG_SOFTMAX].item() == 0
