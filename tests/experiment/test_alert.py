"""The early warning: it comes where a fixed lag is lost, once, and nowhere else."""

import copy
import math

import numpy as np
import pytest
import torch
from diagnosis.recorded import dataset, decaying, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz.diagnosis.reliability import outcomes
from gradviz.diagnosis.thresholds import HOPELESS, HOPELESS_FROM
from gradviz.errors import CannotTellWarning, UnknownName
from gradviz.experiment.alert import Alert, _may_have_lost, decades_lost

LAG = 20


class Reader(nn.Module):
    """Reads the last step, or all of them."""

    def __init__(self, *, every_step=False, bidirectional=False, scale=0.2):
        super().__init__()
        self.recurrent = nn.RNN(2, 6, batch_first=True, bidirectional=bidirectional)
        with torch.no_grad():
            for name, weight in self.recurrent.named_parameters():
                if "hh_l0" in name and weight.ndim == 2:
                    weight.copy_(scale * torch.eye(6))
        self.every_step = every_step

    def forward(self, x):
        states, final = self.recurrent(x)
        return states.sum() if self.every_step else final.sum()


def train(model, *, steps=HOPELESS_FROM + 12, every=10, length=LAG + 1, **options):
    """The alerts of a model whose weights stay as they are, and the recording."""
    raised = []
    with gv.record(model, every=every) as tape:
        gv.alert(tape, raised.append, lag=LAG, **options)
        for _ in range(steps):
            model(torch.randn(3, length, 2)).backward()
            tape.step()
    return raised, tape.tree


def test_it_comes_once_at_the_first_step_that_is_judged():
    raised, recorded = train(Reader())
    (alert,) = raised
    assert (alert.step, alert.lag) == (HOPELESS_FROM, LAG)
    at = gv.gradient_across_lag(recorded["recurrent"].to_dataset().sel(step=[HOPELESS_FROM]), lag=LAG)
    assert alert.decades_lost == at["decades_lost"].item() >= HOPELESS
    seen = outcomes(alert.decades_lost, step=HOPELESS_FROM)
    assert (alert.failed, alert.trained) == (seen.failed, seen.trained)


def test_not_where_the_gradient_arrives():
    assert train(Reader(scale=0.9))[0] == []


def test_not_before_it_is_judged():
    assert train(Reader(), steps=HOPELESS_FROM)[0] == []
    assert [alert.step for alert in train(Reader(), every=1)[0]] == [HOPELESS_FROM]


def test_it_comes_when_the_gradient_vanishes_later():
    model, raised = Reader(scale=0.9), []
    with gv.record(model, every=10) as tape:
        gv.alert(tape, raised.append, lag=LAG)
        for step in range(70):
            if step == 45:
                model.recurrent.weight_hh_l0.data.mul_(0.1)
            model(torch.randn(3, LAG + 1, 2)).backward()
            tape.step()
    assert [alert.step for alert in raised] == [50]


def test_it_has_the_diagnosis_of_its_step():
    ((alert,), _) = train(Reader())
    found = alert.diagnosis
    assert [finding.kind for finding in found if finding.is_trouble] == ["vanishing"]
    assert str(alert.step) in found[0].what
    assert str(alert).startswith(f"At training step {HOPELESS_FROM}, {alert.decades_lost:.1f} decades")
    assert f"In {alert.failed} of {alert.trained} trainings like this, with one fixed lag" in str(alert)


def test_all_of_the_gradient():
    assert str(Alert(30, 9, math.inf, 9, 9, None)).startswith(
        "At training step 30, all of the gradient is lost"
    )


def test_where_the_loss_reads_most_steps_it_says_once_that_it_cannot_tell():
    with pytest.warns(CannotTellWarning, match="the loss reads most time steps") as said:
        raised, _ = train(Reader(every_step=True), every=1)
    assert raised == []
    assert len(said) == 1


def test_a_direction_that_begins_near_the_input_carries_it():
    """The reverse direction ends at the first step, which the lag reaches: nothing lies between."""
    assert train(Reader(bidirectional=True))[0] == []
    assert len(train(Reader(bidirectional=True), length=2 * LAG + 1)[0]) == 1  # now both are far away


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.short, self.long = Reader(scale=0.2), Reader(scale=0.9)

    def forward(self, x):
        return self.short(x) + self.long(x)


def test_one_module_that_carries_the_gradient_is_enough():
    assert train(Two())[0] == []
    assert len(train(Two(), module="short.recurrent")[0]) == 1
    assert train(Two(), module="long.recurrent")[0] == []


class Copies(nn.Module):
    """An encoder of 21 steps, and a decoder of one that continues it."""

    def __init__(self, scale):
        super().__init__()
        self.encoder, self.decoder = Reader(scale=scale).recurrent, Reader(scale=scale).recurrent

    def forward(self, x):
        return self.decoder(x[:, :1], self.encoder(x)[1])[0].sum()


def test_a_decoder_and_its_encoder_are_one_path():
    assert [alert.lag for alert in train(Copies(0.2))[0]] == [LAG]
    assert train(Copies(0.9))[0] == []


def test_its_exception_ends_the_training_and_leaves_a_recording(tmp_path):
    class Stop(Exception):
        pass

    def stop(alert):
        raise Stop(alert.step)

    model = Reader()

    def trained():
        with gv.record(model, every=10, path=tmp_path / "run") as tape:
            gv.alert(tape, stop, lag=LAG)
            for _ in range(100):
                model(torch.randn(3, LAG + 1, 2)).backward()
                tape.step(1.0)

    with pytest.raises(Stop, match=rf"^{HOPELESS_FROM}$"):
        trained()
    assert gv.load(tmp_path / "run")["recurrent"]["step"].values[-1] == HOPELESS_FROM
    assert not model.recurrent._forward_hooks


def test_the_training_stays_the_same_to_the_bit():
    def trained(*, alerted):
        torch.manual_seed(3)
        model = Reader(scale=0.5)
        twin, optimizer = copy.deepcopy(model), torch.optim.SGD(model.parameters(), 0.01)
        told = []

        def step(tape):
            optimizer.zero_grad()
            model(torch.randn(2, LAG + 1, 2)).backward()
            optimizer.step()
            if tape:
                tape.step()

        if alerted:
            with gv.record(model, every=5) as tape:
                gv.alert(tape, told.append, lag=LAG)
                for _ in range(40):
                    step(tape)
        else:
            for _ in range(40):
                step(None)
        assert not torch.equal(twin.recurrent.weight_hh_l0, model.recurrent.weight_hh_l0)
        return [p.detach() for p in model.parameters()], torch.get_rng_state()

    (ours, random), (theirs, other) = trained(alerted=True), trained(alerted=False)
    assert all(torch.equal(one, two) for one, two in zip(ours, theirs, strict=True))
    assert torch.equal(random, other)


def test_a_step_whose_gradient_is_not_finite_says_nothing():
    model, raised = Reader(), []
    with gv.record(model, every=10) as tape:
        gv.alert(tape, raised.append, lag=LAG)
        for step in range(51):
            (model(torch.randn(3, LAG + 1, 2)) * (math.nan if step == HOPELESS_FROM else 1)).backward()
            tape.step()
    assert [alert.step for alert in raised] == [HOPELESS_FROM + 10]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"lag": 0}, ValueError, "lag = 0"),
        ({"lag": None}, ValueError, "lag = None"),
        ({"lag": 9, "fixed": False}, ValueError, "fixed = False: where a task rewards shorter lags too"),
        ({"lag": 9, "fixed": 1}, (TypeError, ValueError), "fixed = 1"),
        ({"lag": 9, "module": "recurent"}, UnknownName, "did you mean 'recurrent'"),
        ({"lag": 9, "callback": 3}, TypeError, "the callback is a function of an Alert; got int"),
        ({"lag": 9, "tape": 3}, TypeError, "a tape is what gv.record returns; got int"),
    ],
)
def test_bad_input(options, error, said):
    options = {"tape": gv.record(Reader()), "callback": print, **options}
    with pytest.raises(error, match=said):
        gv.alert(options.pop("tape"), options.pop("callback"), **options)


def test_a_forward_recording_has_no_gradient_to_judge():
    with pytest.raises(ValueError, match="detail='forward'"):
        gv.alert(gv.record(Reader(), detail="forward"), print, lag=9)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.floats(-5, 40), min_size=1, max_size=2),
    st.integers(1, 40),
)
def test_decades_lost_is_the_least_of_the_modules(lost, lag):
    """Each module loses its decades evenly over ten steps; a longer lag is measured over these ten."""
    modules = [
        dataset(total=decaying(decades)).assign_attrs(module=f"m{number}")
        for number, decades in enumerate(lost)
    ]
    found = decades_lost(tree(*modules), lag)
    assert found == pytest.approx(min(lost) * min(lag, 10) / 10, abs=1e-5)  # norms are float32
    for limit in (1.0, HOPELESS):  # the quick answer never denies what is true
        assert _may_have_lost(tree(*modules), limit, None) or found < limit


def test_the_quick_answer():
    near, far = dataset(total=decaying(4)), dataset(total=decaying(12)).assign_attrs(module="far")
    assert not _may_have_lost(tree(near), HOPELESS, None)
    assert _may_have_lost(tree(far), HOPELESS, None)
    assert not _may_have_lost(tree(near, far), HOPELESS, None)  # one that carries the gradient is enough
    assert _may_have_lost(tree(near, far), HOPELESS, "far")
    assert _may_have_lost(tree(dataset(total=[-np.inf, *decaying(4)])), HOPELESS, None)
    assert not _may_have_lost(tree(dataset(total=[np.nan] * 3, direct=[np.nan] * 3)), HOPELESS, None)


def test_what_cannot_be_judged():
    assert decades_lost(tree(dataset(total=decaying(9), direct=decaying(9))), 5) is None
    assert math.isnan(decades_lost(tree(dataset(total=[-np.inf] * 5)), 3))
    assert decades_lost(tree(dataset(total=[0.0])), 3) is None  # the loss reads the only step
    assert math.isnan(decades_lost(tree(dataset(total=decaying(9))), 3, module="absent"))
    assert decades_lost(tree(dataset(total=decaying(9)).drop_vars("log10_grad_h")), 3) is None


def test_a_lag_longer_than_the_sequences_is_not_claimed_to_be_measured():
    """It says over how many steps it was; the lag itself, with which it is diagnosed, stays."""
    raised, model = [], Reader()
    with gv.record(model, every=10) as tape:
        gv.alert(tape, raised.append, lag=1000)
        for _ in range(HOPELESS_FROM + 2):
            model(torch.randn(3, LAG + 1, 2)).backward()
            tape.step()
    recorded = tape.tree["recurrent"].to_dataset().sel(step=[HOPELESS_FROM])
    assert (raised[0].lag, raised[0].measured_lag) == (1000, LAG)
    assert raised[0].decades_lost == gv.gradient_across_lag(recorded, lag=LAG)["decades_lost"].item()
    assert "lost over 20 time steps, the longest lag in sequences too short for 1000. " in str(raised[0])
    fitting = train(Reader())[0][0]
    assert fitting.measured_lag is None
    assert f"lost over {LAG} time steps. " in str(fitting)


def test_a_recording_that_is_closed_is_refused():
    model = Reader()
    with gv.record(model) as tape:
        model(torch.randn(3, LAG + 1, 2)).backward()
    with pytest.raises(ValueError, match=r"this recording is closed; call gv\.alert inside its with block"):
        gv.alert(tape, print, lag=LAG)


def test_at_the_prompt_it_is_its_sentence():
    alert = Alert(30, 9, 22.0, 97, 100, None)
    assert repr(alert) == f"Alert: {alert}"
    assert alert._repr_html_() == (
        f"<div><p>Alert: {alert}</p>"
        "<p>print(alert.diagnosis) says what to do; alert.recording is the training step</p></div>"
    )
