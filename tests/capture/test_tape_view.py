"""What a tape shows at the prompt: exact lines, at any moment, without changing anything."""

import copy
import gc
import warnings
import weakref
from types import SimpleNamespace

import pytest
import torch
from shown_html import ShownHtml, is_harmless
from torch import nn
from torch.overrides import TorchFunctionMode

import gradviz as gv
from gradviz.capture import tape_reading
from gradviz.capture.kept_steps import KeptSteps
from gradviz.capture.tape_view import CLOSED, NEW, OPEN, Moment, tape_view
from gradviz.errors import NothingRecordedWarning

FOOTER = "  tape.tree is the recording; print(gv.diagnose(tape.tree)) says what is wrong with the network"
NORMS = "  detail  norms of states and gradients, and how far gates are saturated"


class TwoModules(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(2, 16, 2, batch_first=True, bidirectional=True)
        self.dec = nn.GRU(32, 8, batch_first=True)

    def forward(self, x):
        return self.dec(self.encoder(x)[0])[0]


def train(model, tape, steps):
    for _ in range(steps):
        model(torch.randn(40, 30, 2)).sum().backward()
        tape.step(0.5)


def lines(tape):
    return repr(tape).split("\n")


def test_exact_lines_of_a_training():
    model = TwoModules()
    tape = gv.record(model, every=2)
    assert lines(tape) == [
        "Tape, not open yet: nothing is recorded yet; "
        "put the training into `with gv.record(model) as tape:` (encoder, dec)"
    ]
    with tape:
        assert lines(tape) == [
            "Tape, open: nothing is recorded yet; no call of encoder, dec was seen in training step 0"
        ]
        train(model, tape, 5)
        assert lines(tape)[0] == "Tape, open: 3 training steps recorded (0 to 4, every 2); step 5 is running"
    nbytes = tape._sink.nbytes
    assert lines(tape) == [
        "Tape, closed: 3 training steps recorded (0 to 4, every 2)",
        "  detail   norms of states and gradients, and how far gates are saturated",
        f"  stored   in memory, {nbytes / 1000:.1f} kB",
        "  encoder  LSTM, 2 layers, both directions, 16 units; 30 time steps, 16 of 40 sequences",
        "  dec      GRU, 1 layer, 8 units; 30 time steps, 16 of 40 sequences",
        FOOTER,
    ]
    assert is_harmless(tape._repr_html_())


def test_in_the_middle_of_a_step_it_says_what_keeps_it():
    model = TwoModules()
    with gv.record(model, every=2) as tape:
        model(torch.randn(3, 4, 2)).sum().backward()
        assert lines(tape) == [
            "Tape, open: nothing is recorded yet; "
            "tape.step(loss), or the end of the with block, keeps training step 0 (encoder, dec)"
        ]
    assert lines(tape)[0] == "Tape, closed: 1 training step recorded (number 0)"


def test_a_step_that_is_not_due():
    model = nn.RNN(2, 3)
    with gv.record(model, every=lambda step: step == 7) as tape:
        assert lines(tape) == [
            "Tape, open: nothing is recorded yet; training step 0 is not one of those that are recorded "
            "(those that a function chooses)"
        ]
        train_one(model, tape)
    assert "training step" not in repr(gv.record(model))


def train_one(model, tape):
    for _ in range(8):
        model(torch.randn(4, 3, 2))[0].sum().backward()
        tape.step()


def test_a_folder_and_full_detail(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = nn.LSTM(2, 3)
    with gv.record(model, path="mine", detail="full", every=gv.logspaced(0, 100, 4)) as tape:
        train_one(model, tape)
        assert "; " in lines(tape)[2]
        assert lines(tape)[2].endswith("kB of it still in memory")
    assert lines(tape)[:3] == [
        "Tape, closed: 2 training steps recorded (0 to 4, gv.logspaced(0, 100, 4))",
        "  detail  every unit of gates, states and gradients",
        "  stored  in mine",
    ]
    with gv.record(model, path=gv.storage("mine", append=True), detail="full") as tape:
        assert lines(tape)[0].startswith("Tape, open: nothing is recorded yet")
        train_one(model, tape)
    assert (
        lines(tape)[0]
        == "Tape, closed: 8 training steps recorded (5 to 12), after those of an earlier recording"
    )


def test_nothing_recorded_says_why():
    model = nn.RNN(2, 3)
    with pytest.warns(NothingRecordedWarning, match=r"call loss.backward"), gv.record(model) as tape:
        model(torch.randn(4, 3, 2))
    assert lines(tape) == [
        "Tape, closed: nothing is recorded; "
        "call loss.backward() inside the with block, before the recording is read"
    ]


def test_a_recurrence_written_by_hand():
    with gv.record(nn.Linear(2, 2)) as tape:
        assert "tape.observe(name, state, time=t) in its loop" in repr(tape)
        state = torch.zeros(2, 2, requires_grad=True).tanh()
        tape.observe("mine", state)
        assert "keeps training step 0 (mine)" in repr(tape)
        state.sum().backward()
    assert lines(tape)[-2] == "  mine    recurrence, 2 units; 1 time step, 2 sequences"


def test_steps_without_tape_step_are_what_is_wrong():
    model = nn.RNN(2, 3)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with gv.record(model) as tape:
            for _ in range(40):
                model(torch.randn(4, 3, 2))[0].sum().backward()
                optimizer.step()
            assert repr(tape) == (
                "Tape, open: nothing is recorded yet; "
                "40 optimizer steps without tape.step(loss) between them: only the newest is kept"
            )
    assert lines(tape)[1] == (
        "  wrong   40 optimizer steps without tape.step(loss) between them: only the newest is kept"
    )


class Fifty(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(nn.RNN(2, 2, batch_first=True) for _ in range(50))

    def forward(self, x):
        for part in self.parts:
            x = part(x)[0]
        return x


def test_fifty_modules_are_ten_lines():
    model = Fifty()
    tape = gv.record(model)
    assert repr(tape).endswith("(parts.0, parts.1, parts.2 and 47 more)")
    with tape:
        model(torch.randn(3, 4, 2)).sum().backward()
    assert len(lines(tape)) == 10
    assert lines(tape)[-2] == "  ... and 45 more"
    assert ShownHtml(tape._repr_html_()).tags.count("tr") == 7


NAMES = ["größe", "隠れ", "<script>alert(1)<_script>", "\"quoted\" & 'more'", "x" * 3000]


@pytest.mark.parametrize("name", NAMES)
def test_any_name(name):
    model = nn.Module()
    model.add_module(name, nn.RNN(2, 3))
    with gv.record(model) as tape:
        getattr(model, name)(torch.randn(4, 1, 2))[0].sum().backward()
    assert is_harmless(tape._repr_html_())
    assert all(len(line) <= 110 for line in lines(tape))
    assert lines(tape)[3].split("  ")[1] == (name if len(name) < 40 else "x" * 25 + "..." + "x" * 12)


class Looks(TorchFunctionMode):
    """A debugger that shows the tape at every function that is called in a forward pass."""

    def __init__(self, look):
        super().__init__()
        self.look = look

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.look()
        return func(*args, **(kwargs or {}))


def recorded(looks, **options):
    torch.manual_seed(0)
    model = TwoModules()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    tape, seen = gv.record(model, optimizer=optimizer, **options), set()

    def look(*_):
        if looks:
            seen.update((repr(tape), tape._repr_html_()))

    model.dec.register_forward_hook(look)
    with tape:
        for _ in range(3):
            optimizer.zero_grad()
            x = torch.randn(4, 6, 2)
            with Looks(look):
                loss = model(x).square().mean()
            loss.register_hook(look)
            loss.backward()
            optimizer.step()
            look()
            tape.step(loss)
    return tape.tree, [p.detach().clone() for p in model.parameters()], torch.get_rng_state(), seen


@pytest.mark.parametrize("options", [{}, {"detail": "full"}, {"detail": "forward"}, {"every": 2}])
def test_looking_at_it_changes_nothing(options):
    plain, looked = recorded(False, **options), recorded(True, **options)
    assert len(looked[3]) >= 6
    assert all("Tape, open: " in text for text in looked[3])
    assert plain[0].identical(looked[0])
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(plain[1], looked[1], strict=True))
    assert torch.equal(plain[2], looked[2])


@pytest.mark.parametrize("part", ["_recorder", "_sink", "_watch", "_kept"])
def test_a_tape_that_is_half_made_never_raises(part):
    with gv.record(nn.RNN(2, 3)) as tape:
        pass_one(tape)
        broken = copy.copy(tape)
        setattr(broken, part, SimpleNamespace())
    assert "Tape" in repr(broken)
    empty = object.__new__(type(tape))
    assert repr(empty).startswith("<gradviz.capture.tape.Tape object at ")
    assert empty._repr_html_() is None


def pass_one(tape):
    model = tape._watch.interceptor._model
    model(torch.randn(4, 1, 2))[0].sum().backward()


def test_it_measures_and_reads_nothing(monkeypatch):
    model = nn.RNN(2, 3)
    with gv.record(model) as tape:
        model(torch.randn(4, 1, 2))[0].sum().backward()
        for name in ("_records", "_so_far", "_curves", "tree"):
            monkeypatch.setattr(tape_reading.TapeReading, name, None)
        assert "keeps training step 0" in repr(tape)
        monkeypatch.undo()


def test_it_holds_no_tensor():
    model = nn.RNN(2, 3)
    x = torch.randn(4, 1, 2)
    with gv.record(model) as tape:
        output = model(x)[0]
        repr(tape), tape._repr_html_()
        output.sum().backward()
    gone = [weakref.ref(x), weakref.ref(output)]
    del x, output
    gc.collect()
    assert [each() for each in gone] == [None, None]


@pytest.mark.parametrize(
    ("nbytes", "size"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (3 * 10**9, "3.0 GB")],
)
def test_sizes(nbytes, size):
    kept = KeptSteps()
    kept.modules["lstm"] = SimpleNamespace(attributes={"cell": "lstm"}, lengths=None, samples=1)
    view = tape_view(
        kept,
        Moment(CLOSED, 1, 0, False, False),
        SimpleNamespace(nbytes=nbytes),
        names=[],
        chosen="",
        reasons=[],
    )
    assert dict(view.rows)["stored"] == f"in memory, {size}"


def test_what_is_not_seen_and_not_yet_recorded_stands_first():
    kept = KeptSteps()
    kept.modules["a"] = SimpleNamespace(attributes={"cell": "gru"}, lengths=None, samples=1)
    view = tape_view(
        kept, Moment(OPEN, 1, 0, True, True), None, names=["a", "b"], chosen="", reasons=["'b' is compiled"]
    )
    assert [label for label, _ in view.rows] == ["not recorded", "detail", "stored", "nothing yet of", "a"]
    new = tape_view(KeptSteps(), Moment(NEW, 0, 0, False, False), None, names=[], chosen="", reasons=["why"])
    assert new.text() == "Tape, not open yet: nothing is recorded yet; why"
