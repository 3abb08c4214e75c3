"""What a tape tells a logger: the summary of recorded steps, and nothing that can stop a training."""

import copy
import warnings

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.errors import NothingRecorded, NotLoggedWarning


def train(log=None, *, steps=6, every=2, path=None):
    torch.manual_seed(0)
    model = nn.GRU(2, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with gv.record(model, every=every, optimizer=optimizer, log=log, path=path) as tape:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = model(torch.randn(5, 3, 2))[0].square().mean()
            loss.backward()
            optimizer.step()
            tape.step(loss, accuracy=0.5)
    return model, tape


class Kept(dict):
    """Keeps what it was given by step; a fake of MLflow's and of Aim's functions with their signatures."""

    def log_metrics(self, metrics, step=None, synchronous=None, run_id=None, timestamp=None):
        assert step not in self
        self[step] = copy.copy(metrics)

    def track(self, value, name=None, step=None, epoch=None, *, context=None):
        assert name is None
        self.log_metrics(value, step=step)


@pytest.mark.parametrize("name", ["log_metrics", "track"])
@pytest.mark.parametrize("on_disk", [True, False])
def test_recorded_steps_are_logged_as_they_are_recorded(name, on_disk, tmp_path):
    kept = Kept()
    _, tape = train(getattr(kept, name), path=tmp_path / "a" if on_disk else None)
    assert list(kept) == [0, 2, 4]
    assert kept == gv.scalars(tape.tree)
    assert kept[4] == tape.summary()
    assert {"gradviz/loss", "gradviz/accuracy", "gradviz/grad_norm", "gradviz/update_ratio"} <= set(kept[0])


def test_a_logger_that_fails_does_not_stop_or_change_a_training():
    calls = []

    def fail(values, step):
        calls.append(step)
        raise OSError("no network")

    with pytest.warns(NotLoggedWarning, match=r"at training step 0 with OSError: no network\. The") as caught:
        model, tape = train(fail)
    assert len(caught) == 1
    assert calls == [0, 2, 4]
    unrecorded, _ = train()
    assert all(torch.equal(*pair) for pair in zip(model.parameters(), unrecorded.parameters(), strict=True))
    assert tape.dataset["step"].values.tolist() == [0, 2, 4]


def test_an_interrupt_in_a_logger_is_one_and_the_step_is_kept():
    kept = {}

    def interrupt(values, step):
        kept[step] = tape.dataset["step"].values.tolist()
        raise KeyboardInterrupt

    rnn = nn.RNN(2, 3)
    with pytest.raises(KeyboardInterrupt), gv.record(rnn, log=interrupt) as tape:  # noqa: PT012
        rnn(torch.ones(4, 1, 2))[0].sum().backward()
        tape.step()
    assert kept == {0: [0]}


def test_it_comes_before_the_listeners():
    order = []
    rnn = nn.RNN(2, 3)
    with gv.record(rnn, log=lambda values, step: order.append("log")) as tape:
        tape.on_step(lambda step, tree: order.append("listener"))
        rnn(torch.ones(4, 1, 2))[0].sum().backward()
        tape.step()
    assert order == ["log", "listener"]


@pytest.mark.parametrize(
    ("log", "message"),
    [
        ("wandb", r"log is a function of a dict and step=, such as wandb\.log .*; got str"),
        (lambda values: None, r"cannot be called like that: got an unexpected keyword argument 'step'"),
        (lambda step: None, r"<lambda>\(step\) cannot be called like that: multiple values for argument"),
    ],
)
def test_a_log_that_cannot_be_one_is_refused_at_once(log, message):
    with pytest.raises(TypeError, match=message):
        gv.record(nn.RNN(2, 3), log=log)


def test_the_summary_is_that_of_the_last_recorded_step():
    rnn = nn.RNN(2, 3)
    with gv.record(rnn, every=2) as tape:
        with pytest.raises(NothingRecorded, match="nothing is recorded yet: no call of rnn"):
            tape.summary()
        rnn(torch.ones(4, 1, 2))[0].sum().backward()
        running = tape.summary()  # of the step that runs
        tape.step(3.0)
        assert tape.summary() == running | {"gradviz/loss": 3.0}
        rnn(torch.ones(4, 1, 2))[0].sum().backward()
        tape.step(4.0)  # not recorded
        assert tape.summary()["gradviz/loss"] == 3.0
    assert tape.summary()["gradviz/loss"] == 3.0


def test_a_single_pass_has_a_summary_after_its_end():
    rnn = nn.RNN(2, 3)
    with gv.record(rnn) as tape:
        rnn(torch.ones(4, 1, 2))[0].sum().backward()
    assert tape.summary()["gradviz/rnn/unreached"] == 0


def test_nothing_is_recorded_while_a_tape_is_paused():
    rnn = nn.RNN(2, 3)
    with gv.record(rnn, detail="forward") as tape, torch.no_grad():
        rnn(torch.ones(4, 1, 2))
        with pytest.raises(KeyError), tape.paused():  # noqa: PT012
            rnn(torch.ones(9, 2, 2))
            tape.observe("mine", torch.ones(1, 3))
            raise KeyError
        rnn(torch.ones(4, 1, 2))
    assert tape.dataset.sizes["time"] == 4
    assert tape.dataset.sizes["call"] == 2
    assert tape.names == ["rnn", "mine"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(tape.tree.children) == ["rnn"]


def test_a_backward_pass_while_a_tape_is_paused_is_not_of_the_step():
    rnn = nn.RNN(2, 3)
    x = torch.ones(4, 1, 2)
    recorded = []
    for validates in (False, True):
        with gv.record(rnn, optimizer=torch.optim.SGD(rnn.parameters(), lr=0.1)) as tape:
            rnn.zero_grad()
            rnn(x)[0].sum().backward()
            if validates:
                with tape.paused():
                    loss = nn.functional.cross_entropy(torch.softmax(rnn(x)[0][-1], 1), torch.tensor([1]))
                    torch.autograd.grad(loss, [rnn.weight_hh_l0])
            tape.step()
        recorded.append(tape.tree)
    assert recorded[0].to_dict().keys() == recorded[1].to_dict().keys()
    for one, other in zip(*(tree.subtree for tree in recorded), strict=True):
        assert one.to_dataset().equals(other.to_dataset())


def test_a_tape_that_was_paused_in_an_unrecorded_step_goes_on():
    rnn = nn.RNN(2, 3)
    with gv.record(rnn, every=2) as tape:
        for _ in range(5):
            rnn(torch.ones(4, 1, 2))[0].sum().backward()
            tape.step()
            with tape.paused():
                rnn(torch.ones(4, 1, 2))[0].sum().backward()
    assert tape.dataset["step"].values.tolist() == [0, 2, 4]
    assert "call" not in tape.dataset.sizes


async def awaited(values, step): ...


def iterated(values, step):
    yield


class Awaited:
    async def __call__(self, values, step): ...


@pytest.mark.parametrize(
    ("log", "name"), [(awaited, "awaited"), (iterated, "iterated"), (Awaited(), "Awaited")]
)
def test_a_function_of_which_a_call_does_nothing_is_refused(log, name):
    with pytest.raises(TypeError, match=f"{name} is async or a generator, so a call of it logs nothing"):
        gv.record(nn.RNN(2, 3), log=log)
