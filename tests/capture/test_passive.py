"""Recording changes nothing, and leaves nothing behind."""

import copy
import gc
import pickle
import weakref

import pytest
import torch
from torch import nn
from torch.overrides import _get_current_function_mode_stack

import gradviz as gv

KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Model(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.recurrent = KINDS[kind](3, 16, batch_first=True, **options)
        self.head = nn.Linear(16 * (2 if options.get("bidirectional") else 1), 1)

    def forward(self, x):
        return self.head(self.recurrent(x)[0][:, -1])


def train(kind, options, record, steps=6):
    torch.manual_seed(0)
    model = Model(kind, **options)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    losses = []
    tape = gv.record(model, every=2, samples=3) if record else None
    if tape:
        tape.__enter__()
    for _ in range(steps):
        x = torch.randn(5, 20, 3)
        optimizer.zero_grad()
        loss = (model(x) - x.mean((1, 2)).unsqueeze(1)).pow(2).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if tape:
            tape.step(loss)
    if tape:
        tape.__exit__(None, None, None)
        assert tape.dataset.sizes["step"] == steps // 2
    return losses, [p.detach().clone() for p in model.parameters()], torch.get_rng_state()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("layers", "bidirectional", "threads"),
    [
        *((layers, both, 1) for layers in (1, 2, 3) for both in (False, True)),
        (1, False, 2),
        pytest.param(2, True, 2, marks=pytest.mark.slow),  # other processes slow two threads down many times
    ],
)
def test_training_is_bit_identical(kind, layers, bidirectional, threads):
    torch.set_num_threads(threads)
    options = {"num_layers": layers, "bidirectional": bidirectional, "dropout": 0.4 if layers > 1 else 0.0}
    plain, watched = train(kind, options, False), train(kind, options, True)
    assert plain[0] == watched[0]
    assert all(torch.equal(a, b) for a, b in zip(plain[1], watched[1], strict=True))
    assert torch.equal(plain[2], watched[2])


def traces(model):
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    return sum(hooks), _get_current_function_mode_stack(), sorted(vars(model))


def step(model):
    model(torch.randn(2, 7, 3)).sum().backward()


def test_nothing_is_left_behind():
    model = Model("lstm")
    before = traces(model)
    with gv.record(model) as tape:
        assert traces(model)[0] > 0
        assert traces(model)[1] == []  # no mode outside of the forward pass
        step(model)
    assert traces(model) == before
    assert tape.dataset.sizes["time"] == 7


def test_skipped_steps_have_nothing_attached():
    model = Model("gru")
    with gv.record(model, every=3) as tape:
        for iteration in range(7):
            is_watched = iteration == 1  # its first states may lead back into step 0
            assert (traces(model)[0] > 0) == (iteration % 3 == 0 or is_watched)
            step(model)
            tape.step(0.0)
    assert tape.dataset["step"].values.tolist() == [0, 3, 6]


@pytest.mark.parametrize("where", ["forward", "backward", "loop", "interrupt"])
def test_nothing_is_left_after_an_exception(where):
    class Failing(Model):
        def forward(self, x):
            out = super().forward(x)
            if where == "forward":
                raise RuntimeError("planted")
            if where == "interrupt":
                raise KeyboardInterrupt("planted")
            return out

    def fail(_):
        raise RuntimeError("planted")

    model = Failing("lstm")
    before = traces(model)

    def run():
        with gv.record(model):
            out = model(torch.randn(2, 7, 3))
            if where == "backward":
                out.register_hook(fail)
            out.sum().backward()
            raise RuntimeError("planted")

    with pytest.raises((RuntimeError, KeyboardInterrupt), match="planted"):
        run()
    assert traces(model) == before


def test_memory_is_freed_when_the_step_ends():
    model = Model("lstm", num_layers=2)
    with gv.record(model) as tape:
        x = torch.randn(2, 7, 3)
        held = weakref.ref(x)
        out = model(x)
        out.sum().backward()
        del x, out
        tape.step()
        gc.collect()
        assert held() is None


def test_changing_the_output_in_place_is_as_legal_as_before():
    def run(record):
        torch.manual_seed(0)
        module = nn.GRU(3, 8)
        x = torch.randn(9, 2, 3)
        tape = gv.record(module)
        if record:
            tape.__enter__()
        out, h_n = module(x)
        out *= 2
        h_n += 1
        (out.sum() + h_n.pow(2).sum()).backward()
        if record:
            tape.__exit__(None, None, None)
            assert tape.dataset.attrs["replay_error"] < 1e-6
            log10 = tape.dataset["log10_grad_h_direct"].values[0, 0, 0, 3, 0]
            assert log10 == pytest.approx(torch.tensor(2 * 8**0.5).log10().item(), abs=1e-5)
        return [p.grad for p in module.parameters()]

    assert all(torch.equal(a, b) for a, b in zip(run(False), run(True), strict=True))


def test_a_copy_of_a_watched_model_is_an_ordinary_model():
    model = Model("lstm")
    with gv.record(model) as tape:
        twin = copy.deepcopy(model)
        again = pickle.loads(pickle.dumps(model))
        step(twin)
        step(again)
        assert not tape._recorder.has_called
        step(model)
    assert tape.dataset.sizes["step"] == 1


def test_passes_without_gradient_are_not_recorded():
    model = Model("lstm")
    with gv.record(model) as tape:
        with torch.no_grad():
            model(torch.randn(2, 5, 3))
        model.eval()
        step(model)
        with torch.no_grad():
            model(torch.randn(2, 5, 3))
    assert tape.dataset.sizes["time"] == 7


def test_an_exception_that_the_loop_catches_leaves_no_mode_in_force():
    class Failing(Model):
        def forward(self, x):
            if x.isnan().any():
                raise ValueError("planted")
            return super().forward(x)

    model = Failing("gru")
    with gv.record(model) as tape:
        with pytest.raises(ValueError, match="planted"):
            model(torch.full((2, 7, 3), torch.nan))
        assert _get_current_function_mode_stack() == []
        step(model)
    assert tape.dataset.sizes["time"] == 7
