"""Models under ``torch.compile`` train as without a recording, to the bit, and are recorded."""

import logging
import shutil
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch._dynamo.utils import counters

import gradviz as gv
from gradviz.capture.unseen_calls import UnseenCalls
from gradviz.errors import NothingRecorded, NothingRecordedWarning, NotSeenWarning

needs_a_compiler = pytest.mark.skipif(not shutil.which("g++"), reason="inductor needs a C++ compiler")
slow = pytest.mark.slow
BACKENDS = ["aot_eager", pytest.param("inductor", marks=[pytest.mark.slow, needs_a_compiler])]
STEPS, TIME, BATCH = 4, 7, 3

# The compiler itself looks at the ``grad`` of what it is given, and uses what it calls deprecated.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def _fresh_compiler():
    torch._logging.set_logs(dynamo=logging.ERROR)
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()
    torch._logging.set_logs()


class Block(nn.Module):
    """What a compiler fuses, and then rounds in another way."""

    def __init__(self, inputs):
        super().__init__()
        self.linear, self.norm = nn.Linear(inputs, 16), nn.LayerNorm(16)

    def forward(self, x):
        return nn.functional.gelu(self.norm(self.linear(x)) * 1.7 + torch.sin(x.mean()))


class Layered(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = Block(3), Block(24)
        self.rnn = nn.LSTM(16, 24, 2, dropout=0.2)
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        return self.head(self.decoder(self.rnn(self.encoder(x))[0])).softmax(0)


class Looped(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.rnn, self.head = Block(3), nn.GRUCell(16, 8), nn.Linear(8, 1)

    def forward(self, x):
        x = self.encoder(x)
        h = x.new_zeros(x.shape[1], 8)
        for step in x:
            h = self.rnn(step, h)
        return self.head(h)


def as_a_whole(model, backend):
    return torch.compile(model, backend=backend)


def in_place(model, backend):
    model.compile(backend=backend)
    return model


def in_a_function(model, backend):
    def call(x):
        return model(x) * 1.0

    return torch.compile(call, backend=backend)


def its_recurrent_module(model, backend):
    model.rnn = torch.compile(model.rnn, backend=backend)
    return model


def its_blocks(model, backend):
    model.encoder = torch.compile(model.encoder, backend=backend)
    model.decoder.compile(backend=backend)
    return model


def train(kind, backend, compiled_by, *, every=None, inside=False, steps_before=0):
    """Losses, parameters and random state after a training, how much was compiled, and its recording."""
    torch._dynamo.reset()
    counters.clear()
    torch.manual_seed(0)
    model = kind()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    losses = []

    def run(called, steps, tape=None):
        for number in range(steps):
            x = torch.randn(TIME, BATCH, 3, generator=torch.Generator().manual_seed(number))
            optimizer.zero_grad()
            loss = (called(x) - 0.3).square().sum()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if tape is not None:
                tape.step(loss)

    recording = None
    called = None if inside else compiled_by(model, backend)
    run(called, steps_before)
    if every is None:
        called = compiled_by(model, backend) if inside else called
        run(called, STEPS)
    else:
        watched = called if isinstance(called, nn.Module) else model
        with gv.record(watched, every=every) as tape:
            called = compiled_by(model, backend) if inside else called
            run(called, STEPS, tape)
        recording = tape
    run(called, 1)
    state = [torch.tensor(losses), *(p.detach().clone() for p in model.parameters()), torch.get_rng_state()]
    return state, counters["stats"]["unique_graphs"], recording


def same(first, second):
    return len(first) == len(second) and all(map(torch.equal, first, second))


@pytest.mark.slow
@needs_a_compiler
def test_a_model_compiled_by_inductor_trains_to_the_bit_and_is_recorded():
    expected, graphs, _ = train(Layered, "inductor", as_a_whole)
    trained, graphs_recorded, tape = train(Layered, "inductor", as_a_whole, every=2)
    assert same(trained, expected)
    assert graphs_recorded == graphs > 0
    assert tape.dataset.sizes["step"] == STEPS // 2


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("compiled_by", "every", "steps_before", "inside"),
    [
        pytest.param(as_a_whole, 1, 0, True, marks=slow),
        (as_a_whole, 2, 2, False),
        pytest.param(in_place, 1, 0, True, marks=slow),
        (in_a_function, 1, 0, True),
        (its_recurrent_module, 1, 0, True),
        (its_blocks, 1, 0, True),
        pytest.param(its_blocks, 2, 2, False, marks=slow),
    ],
)
def test_a_compiled_model_trains_to_the_bit_and_is_recorded(
    compiled_by, backend, every, steps_before, inside
):
    options = {"inside": inside, "steps_before": steps_before}
    expected, graphs, _ = train(Layered, backend, compiled_by, **options)
    trained, graphs_recorded, tape = train(Layered, backend, compiled_by, every=every, **options)
    assert same(trained, expected)
    assert graphs_recorded == graphs  # nothing was compiled anew because of the recording
    assert tape.names == ["rnn"]
    dataset = tape["rnn"]
    assert dataset.sizes["step"] == STEPS // every
    assert dataset.sizes["time"] == TIME
    assert np.isfinite(dataset["log10_grad_h"]).all()


def test_what_is_recorded_of_a_compiled_model_is_what_is_recorded_of_the_model():
    found = []
    for compiled in (False, True):
        torch.manual_seed(1)
        model = Layered().eval()
        x = torch.randn(TIME, BATCH, 3, generator=torch.Generator().manual_seed(5))
        called = torch.compile(model, backend="aot_eager") if compiled else model
        with gv.record(model) as tape:
            called(x).square().sum().backward()
        found.append(tape.dataset)
    np.testing.assert_allclose(found[1]["log10_grad_h"], found[0]["log10_grad_h"], atol=1e-5)
    np.testing.assert_allclose(found[1]["gate_mean"], found[0]["gate_mean"], atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("compiled_by", "every", "steps_before", "inside"),
    [
        pytest.param(as_a_whole, 2, 2, False, marks=slow),
        pytest.param(in_place, 1, 0, True, marks=slow),
        (in_a_function, 2, 2, False),
    ],
)
def test_a_recurrence_inside_a_graph_is_said_and_trains_to_the_bit(
    compiled_by, backend, every, steps_before, inside
):
    options = {"inside": inside, "steps_before": steps_before}
    expected, _, _ = train(Looped, backend, compiled_by, **options)
    with pytest.warns(
        NotSeenWarning, match="'rnn' is not recorded: its weights are used inside a graph"
    ) as said:
        trained, _, tape = train(Looped, backend, compiled_by, every=every, **options)
    assert same(trained, expected)
    assert len(said) == 1
    assert said[0].filename == __file__
    with pytest.raises(NothingRecorded, match="inside a graph"):
        tape.dataset  # noqa: B018


def test_with_the_eager_backend_too():
    with pytest.warns(NotSeenWarning, match=r"the model is compiled in part or as a whole"):
        train(Looped, "eager", as_a_whole, every=1)


def train_in_one_function(model, optimizer, tape, backend, *, with_tape):
    """Whole training steps in one compiled function, ``tape.step`` in it or after it."""

    @torch.compile(backend=backend)
    def step(x):
        optimizer.zero_grad()
        loss = (model(x) - 0.3).square().sum()
        loss.backward()
        optimizer.step()
        if with_tape and tape is not None:
            tape.step(loss)
        return loss

    for _ in range(STEPS):
        loss = step(torch.randn(TIME, BATCH, 3))
        if tape is not None and not with_tape:
            tape.step(loss, output=loss[None], target=loss[None])


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.filterwarnings("ignore:.*torch.jit.* is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("with_tape", "options"),
    [pytest.param(False, {}, marks=slow), (True, {"every": 2, "detail": "full"})],
)
def test_a_training_step_that_is_compiled_as_a_whole(backend, with_tape, options):
    """Where the backward pass starts in a compiled function, what gradviz does in it is not compiled."""
    found = []
    for is_recorded in (False, True):
        torch._dynamo.reset()
        torch.manual_seed(0)
        model = Layered()
        optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
        if is_recorded:
            with gv.record(model, optimizer=optimizer, **options) as tape:
                train_in_one_function(model, optimizer, tape, backend, with_tape=with_tape)
        else:
            train_in_one_function(model, optimizer, None, backend, with_tape=with_tape)
        found.append([*(p.detach() for p in model.parameters()), torch.get_rng_state()])
    assert same(*found)
    assert tape.dataset.sizes["step"] == STEPS // options.get("every", 1)
    assert np.isfinite(tape.dataset["log10_grad_h"]).all()


def test_fullgraph_stays_possible():
    model = Looped()
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    with pytest.warns(NotSeenWarning), gv.record(model):
        compiled(torch.randn(TIME, BATCH, 3)).sum().backward()


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_the_advice_works(backend):
    """A module that is kept out of the graph is recorded, and trains as without a recording."""

    def kept_out(model, backend):
        model.rnn = torch.compiler.disable(model.rnn)
        return torch.compile(model, backend=backend)

    expected, _, _ = train(Looped, backend, kept_out)
    trained, _, tape = train(Looped, backend, kept_out, every=1)
    assert same(trained, expected)
    assert tape.names == ["rnn"]
    assert dict(tape.dataset.sizes)["time"] == TIME


def test_one_module_in_a_graph_beside_one_that_is_recorded():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.looped = nn.LSTM(3, 3), torch.compile(Looped(), backend="aot_eager")

        def forward(self, x):
            return self.looped(self.lstm(x)[0])

    model = Both()
    with (
        pytest.warns(NotSeenWarning, match=r"'looped\.rnn' is not recorded: .* inside a graph"),
        gv.record(model) as tape,
    ):
        model(torch.randn(TIME, BATCH, 3)).sum().backward()
    assert list(tape.tree.children) == ["lstm"]
    assert tape.names == ["lstm", "looped.rnn"]


def test_a_module_that_runs_in_a_graph_and_outside_of_one():
    model = Looped()
    inner = torch.compile(model, backend="aot_eager")
    x = torch.randn(TIME, BATCH, 3)
    message = "only the calls outside of it are recorded"
    with pytest.warns(NotSeenWarning, match=message), gv.record(inner) as tape:
        (inner(x).sum() + model.rnn(torch.randn(BATCH, 16)).sum()).backward()
    assert tape.dataset.sizes["time"] == 1


class Bypassed(nn.Module):
    """Calls a function with its module's weights, which is seen; or copies of them, which is not."""

    def __init__(self, copies):
        super().__init__()
        self.rnn, self.copies = nn.GRUCell(3, 4), copies

    def forward(self, x):
        weights = [self.rnn.weight_ih, self.rnn.weight_hh, self.rnn.bias_ih, self.rnn.bias_hh]
        if self.copies:
            weights = [weight * 1.0 for weight in weights]
        h = x.new_zeros(x.shape[1], 4)
        for step in x:
            h = torch.gru_cell(step, h, *weights)
        return h


def test_calls_with_copies_of_the_weights_are_said_to_be_unseen():
    model, x = Bypassed(copies=True), torch.randn(TIME, BATCH, 3)
    with pytest.warns(NotSeenWarning, match="no call of it was seen") as said, gv.record(model):
        model(x).sum().backward()
    assert len(said) == 1
    assert "compile" not in str(said[0].message)


def test_calls_with_the_weights_themselves_are_seen():
    model, x = Bypassed(copies=False), torch.randn(TIME, BATCH, 3)
    with gv.record(model) as tape:
        model(x).sum().backward()
    assert tape.dataset.sizes["time"] == TIME


def test_a_module_that_the_loss_does_not_use_is_not_said_to_be_unseen():
    class Unused(Layered):
        def __init__(self):
            super().__init__()
            self.other = nn.GRU(3, 4)

    model = Unused()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with gv.record(model):
            model(torch.randn(TIME, BATCH, 3)).sum().backward()


def test_nothing_listens_afterwards():
    unseen = UnseenCalls(dict, set, lambda: False)
    before = torch.autograd._engine_run_backward
    unseen.start()
    unseen.start()
    assert torch.autograd._engine_run_backward is not before
    unseen.stop()
    unseen.stop()
    assert torch.autograd._engine_run_backward is before


@pytest.mark.parametrize("is_compiled", [False, True])
def test_a_forward_recording_says_that_a_graph_hides_calls(is_compiled):
    model = Looped()
    called = torch.compile(model, backend="eager") if is_compiled else torch.nn.Identity()
    with (
        pytest.warns(NothingRecordedWarning) as said,
        gv.record(model if not is_compiled else called, detail="forward"),
    ):
        called(torch.randn(TIME, BATCH, 3))
    assert ("inside a graph that torch.compile" in str(said[0].message)) == is_compiled
