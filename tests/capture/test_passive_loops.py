"""Recording loops of cells, and layers in pieces, changes nothing and leaves nothing behind."""

from functools import partial

import pytest
import torch
from capture.loops import loop, recording, same
from capture.touched import Touched, every, slow
from capture.ways import WAYS
from torch import nn
from torch.utils.checkpoint import checkpoint

PLACES = [("lstm", 0), ("gru", 2), *slow(("rnn", 0), ("gru", 0), ("rnn", 2), ("lstm", 2))]
ENGINE = torch.autograd._engine_run_backward


@pytest.fixture(autouse=True)
def _the_engine_is_given_back():
    yield
    assert torch.autograd._engine_run_backward is ENGINE


def trained(kind, piece, way, record):
    torch.manual_seed(0)
    model = Touched(kind, way, piece=piece, reads="both")
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    gradients = []
    with recording(model, record, every=2, detail="full") as tape:
        for _ in range(3):
            optimizer.zero_grad()
            every(model(torch.randn(4, 3, 3))).backward()
            gradients += [p.grad.clone() for p in model.parameters()]
            optimizer.step()
            tape.step()
    return [*gradients, *(p.detach() for p in model.parameters()), torch.get_rng_state()]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "piece"), PLACES)
def test_training_is_bit_identical(kind, piece, way):
    assert same(*(trained(kind, piece, way, record) for record in (False, True)))


class Doubled(torch.autograd.Function):
    calls = None

    @staticmethod
    def forward(ctx, x):
        Doubled.calls.append("forward")
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, gradient):
        Doubled.calls.append("backward")
        return 2 * ctx.saved_tensors[0] * gradient


def with_hooks(calls, h):
    h.register_hook(lambda gradient: calls.append("output"))
    between = h.tanh()
    between.register_hook(lambda gradient: calls.append("between"))
    between.grad_fn.register_hook(lambda *_: calls.append("node"))
    between.grad_fn.register_prehook(lambda *_: calls.append("before node"))
    return between * 0.5


def test_hooks_on_tensors_and_nodes_fire_as_often():
    counts = []
    for record in (False, True):
        calls, cell = [], nn.GRUCell(3, 4)
        with recording(cell, record, detail="full"):
            loop(cell, torch.randn(5, 2, 3), partial(with_hooks, calls)).backward()
        counts.append(sorted(calls))
    assert counts[0] == counts[1]
    assert len(counts[0]) == 20


def test_a_function_of_the_user_is_called_as_often():
    for record in (False, True):
        Doubled.calls, cell = [], nn.GRUCell(3, 4)
        with recording(cell, record, detail="full"):
            loop(cell, torch.randn(5, 2, 3), Doubled.apply).backward()
        assert sorted(Doubled.calls) == ["backward"] * 5 + ["forward"] * 5


@pytest.mark.parametrize("where", ["everywhere", "between"])
def test_saved_tensors_are_packed_and_unpacked_as_often(where):
    counts = []
    for record in (False, True):
        calls, cell = [], nn.GRUCell(3, 4)
        hooks = partial(
            torch.autograd.graph.saved_tensors_hooks,
            lambda tensor, calls=calls: (calls.append("pack"), tensor)[1],
            lambda tensor, calls=calls: (calls.append("unpack"), tensor)[1],
        )

        def between(h, hooks=hooks):
            with hooks():
                return h.tanh() * h.sigmoid()

        with recording(cell, record, detail="full"):
            x = torch.randn(5, 2, 3)
            if where == "everywhere":
                with hooks():
                    loss = loop(cell, x, lambda h: h.tanh() * h.sigmoid())
            else:
                loss = loop(cell, x, between)
            loss.backward()
        counts.append((calls.count("pack"), calls.count("unpack")))
    assert counts[0] == counts[1]
    assert counts[0][0] > 0


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("around", ["loop", "step", "between"])
def test_a_checkpoint_runs_as_often_and_gives_the_same(around, reentrant):
    results = []
    for record in (False, True):
        torch.manual_seed(0)
        calls, cell, x = [], nn.GRUCell(3, 4), torch.randn(5, 2, 3)
        saved = partial(checkpoint, use_reentrant=reentrant)

        def between(h, calls=calls):
            calls.append("between")
            return nn.functional.layer_norm(nn.functional.dropout(h, 0.3), (4,))

        def whole(h, xs, cell=cell, between=between):
            for x_t in xs:
                h = between(cell(x_t, h))
            return h

        with recording(cell, record, detail="full"):
            h = torch.full((2, 4), 0.1, requires_grad=True)
            if around == "loop":
                h = saved(whole, h, x)
            for x_t in x if around != "loop" else ():
                h = saved(whole, h, x_t[None]) if around == "step" else saved(between, cell(x_t, h))
            h.pow(2).sum().backward()
        results.append(([p.grad for p in cell.parameters()] + [torch.get_rng_state()], len(calls)))
    assert same(results[0][0], results[1][0])
    assert results[0][1] == results[1][1] == 10
