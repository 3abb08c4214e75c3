"""What the diagnosis reads and refuses, and the order of its findings. Whole models are in test_confusion."""

import numpy as np
import pytest
import torch
import xarray as xr
from diagnosis.models import EndStates, LastStep, Loop
from diagnosis.recorded import called, dataset, decaying, tree, unit_means
from torch import nn

import gradviz as gv
from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.diagnose import diagnose
from gradviz.errors import BadRecording, UnknownName

VANISHED = dataset(total=decaying(8))


def chrono(**options):
    return gv.initialise(nn.LSTM(3, 16, batch_first=True, **options), "chrono", t_max=100)


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def numbers(found):
    return [amount.value for finding in found for amount in finding.amounts]


def test_a_healthy_recording():
    found = diagnose(tree(dataset()), lag=10)
    assert list(found) == []
    assert found.read == "layer (RNN (tanh), 1 layer, 2 units), 11 time steps"


@pytest.mark.parametrize(("lag", "severity"), [(10, "trouble"), (None, "warning")])
def test_a_required_lag_makes_trouble(lag, severity):
    found = diagnose(tree(VANISHED), lag=lag)
    assert [(f.kind, f.severity) for f in found] == [(k.VANISHING, severity)]
    assert found.lag == lag
    assert ("is not known" in found[0].what) == (lag is None)


@pytest.mark.parametrize(("lag", "lost"), [(3, 2.4), (5, 4.0), (10, 8.0)])
def test_it_is_measured_over_the_lag(lag, lost):
    found = diagnose(tree(VANISHED), lag=lag)
    assert [f.kind for f in found] == ([k.VANISHING] if lost > 3 else [])
    if found:
        assert found[0].amounts[0].value == pytest.approx(lost)


def test_the_lag_of_the_recording_unless_another_is_given():
    known = tree(VANISHED, lag=10)
    assert diagnose(known).lag == 10
    assert not diagnose(known).is_healthy
    assert diagnose(known, lag=1).is_healthy


@pytest.mark.parametrize("lag", [5, 5.0, np.int64(5), np.float64(5)])
def test_whole_numbers(lag):
    found = diagnose(tree(VANISHED), lag=lag).lag
    assert (found, type(found)) == (5, int)


@pytest.mark.parametrize("lag", [0, -1, 2.5, True, np.True_, "20", np.nan, np.inf, [3], 3j])
def test_a_lag_that_is_not_a_whole_number(lag):
    with pytest.raises(ValueError, match=r"^lag = .*: must be a whole number of at least 1$"):
        diagnose(tree(VANISHED), lag=lag)


def test_a_lag_beyond_the_sequences():
    found = diagnose(tree(dataset()), lag=50)
    assert [(f.kind, f.severity) for f in found] == [(k.DETACHED, "trouble")]
    assert "goes back 10 time steps, because the sequences have no more than 11 time steps" in found[0].what
    assert "x.split(51, dim=1)" in found[0].remedy.code


@pytest.mark.parametrize(
    "cut",
    [
        lambda ds: ds,
        lambda ds: ds.isel(step=0),
        lambda ds: ds.isel(step=0, drop=True),
        lambda ds: ds.sel(layer=0),
        lambda ds: ds.sel(direction="forward"),
        lambda ds: ds.isel(sample=1),
        lambda ds: ds.isel(step=0, layer=0, direction=0),
        lambda ds: xr.DataTree.from_dict({"/": ds}),
        lambda ds: xr.DataTree.from_dict({"/deep": ds})["deep"],
    ],
)
def test_a_dataset_or_a_selection_of_one(cut):
    chosen = cut(VANISHED)
    found = diagnose(chosen, lag=10)
    assert numbers(found) == numbers(diagnose(tree(VANISHED), lag=10))
    for amount in found[0].amounts:
        assert amount.recompute(chosen) == amount.value
        assert amount.where["step"] == 0


def test_a_saved_recording_has_the_same_diagnosis(tmp_path):
    torch.manual_seed(0)
    model = LastStep(nn.GRU(3, 8, batch_first=True))
    with gv.record(model, path=tmp_path / "run") as recorded:
        for step in range(12):
            loss = model(noise(4, 30, 3)).sum()
            loss.backward()
            recorded.step(loss, grad_norm=2.0 + step, grad_norm_clipped=1.0)
    before, after = (diagnose(data, lag=29) for data in (recorded.tree, gv.load(tmp_path / "run")))
    assert {k.FORGET_BIAS, k.CLIPPING} <= set(before.kinds)
    assert before.to_dict() == after.to_dict()
    steps = {amount.where.get("step") for finding in before for amount in finding.amounts}
    assert steps == {11, None}  # the last step of the module; the clipping has none


def several(**second):
    healthy = dataset()
    return tree(healthy.assign_attrs(module="good"), VANISHED.assign_attrs(module="bad", **second))


def test_several_modules():
    found = diagnose(several(), lag=10)
    assert [(f.kind, f.severity, f.where.module) for f in found] == [(k.VANISHING, "note", "bad")]
    assert "But good carries the gradient over the lag" in found[0].what
    both = diagnose(tree(VANISHED.assign_attrs(module="one"), VANISHED.assign_attrs(module="two")), lag=10)
    assert [(f.kind, f.severity) for f in both] == 2 * [(k.VANISHING, "trouble")]
    assert 'gv.initialise(model.bad, "orthogonal")' in found[0].remedy.code
    assert found.read.count(";") == 1
    assert diagnose(several(), lag=10, module="good").is_healthy
    with pytest.raises(UnknownName, match="unknown module 'bda'; did you mean 'bad'"):
        diagnose(several(), module="bda")


def test_the_worst_comes_first_and_causes_before_effects():
    dead = dataset("rnn_relu", unit_left=[[[[[1.0, 1.0]]]]]).assign_attrs(module="dead")
    found = diagnose(tree(VANISHED, dead), lag=10)
    assert found.kinds == (k.DEAD_RELU, k.VANISHING)
    found = diagnose(tree(VANISHED, dead))
    assert [(f.kind, f.severity) for f in found] == [(k.DEAD_RELU, "trouble"), (k.VANISHING, "note")]


def test_the_last_step_is_diagnosed():
    layer = dataset()
    later = VANISHED.assign_coords(step=[7])
    both = xr.concat([layer, later], "step", data_vars="all").assign_attrs(layer.attrs)
    found = diagnose(tree(both), lag=10)
    assert found.kinds == (k.VANISHING,)
    assert found[0].amounts[0].where["step"] == 7
    assert found.read.endswith("at training step 7")
    turned = xr.concat([VANISHED, layer.assign_coords(step=[7])], "step", data_vars="all")
    assert diagnose(tree(turned.assign_attrs(layer.attrs)), lag=10).is_healthy


@pytest.mark.parametrize("micro_batches", [False, True])
def test_sequences_of_several_calls_are_diagnosed_together(micro_batches):
    """A siamese pair and an accumulated gradient: nothing is wrong, and nothing is said about calls."""
    layer = chrono()
    with gv.record(layer) as tape:
        ends = [layer(noise(3, length, 3))[0][:, -1] for length in (20, 8)]
        if micro_batches:
            for end in ends:
                end.sum().backward()
        else:
            (ends[0] - ends[1]).square().sum().backward()
    found = diagnose(tape.tree, lag=19)
    assert found.kinds == ()
    assert found.read == "lstm (LSTM, 1 layer, 16 units), 20 time steps, 2 calls"
    assert not any(text in str(found) for text in ("called", "piece", "in one call"))


@pytest.mark.parametrize("wrong", [0, 1])
def test_what_is_wrong_in_any_call_is_found(wrong):
    layer, inputs = nn.RNN(2, 8, batch_first=True), [noise(3, 20, 2), noise(4, 12, 2)]
    inputs[wrong][0, 3] = np.nan
    with gv.record(layer) as tape:
        for x in inputs:
            layer(x)[0][:, -1].sum().backward()
    found = diagnose(tape.tree, lag=19)
    assert found.kinds == (k.NOT_FINITE,)
    assert found[0].amounts[0].value == pytest.approx(1 / (3 * 20 + 4 * 12))
    assert found[0].what.startswith(
        "The input of rnn is infinite or not a number (NaN) at training step 0, first"
    )
    assert [amount.recompute(tape.tree) for amount in found[0].amounts] == numbers(found)


def test_numbers_of_several_calls_are_recomputed_from_the_recording():
    shorter = dataset(total=decaying(6, 8)).assign_coords(sample=[0, 5])
    several = called(VANISHED.assign_coords(sample=[0, 3]), shorter)
    later = several.assign_coords(step=[7])
    steps = xr.concat([several, later], "step", data_vars="all").assign_attrs(several.attrs)
    found = diagnose(tree(steps), lag=7)
    assert found.kinds == (k.VANISHING,)
    lost = -np.log10((2 * 10 ** (-8 * 7 / 10) + 2 * 10**-6.0) / 4)
    assert found[0].amounts[0].value == pytest.approx(lost)
    assert [amount.recompute(tree(steps)) for amount in found[0].amounts] == numbers(found)
    assert [amount.recompute(steps) for amount in found[0].amounts] == numbers(found)
    second = diagnose(steps.sel(call=1), lag=7)
    assert second[0].amounts[0].value == pytest.approx(6)


@pytest.mark.parametrize(("gain", "kinds"), [(1.0, ()), (0.25, (k.VANISHING,)), (1.5, (k.EXPLODING,))])
def test_a_recurrence_written_by_hand(gain, kinds):
    model, weight = nn.Module(), torch.tensor(gain, requires_grad=True)
    with gv.record(model) as tape:
        h = torch.ones(3, 4)
        for _ in range(20):
            h = weight * h
            tape.observe("mine", h)
        h.sum().backward()
    found = diagnose(tape.tree, lag=19)
    assert found.kinds == kinds
    assert found.read == "mine (recurrence, 1 layer, 4 units), 20 time steps"
    if found:
        assert "gv.initialise" not in found[0].remedy.code


def test_a_loss_on_every_step_of_a_hand_written_recurrence_does_not_explode():
    with gv.record(nn.Module()) as tape:
        h, loss = torch.ones(2, 4, requires_grad=True), 0.0
        for _ in range(150):
            h = 1.0 * h
            tape.observe("mine", h)
            loss = loss + h.sum()
        loss.backward()
    gained = gv.gradient_across_lag(tape.tree)["decades_gained_at_peak"].item()
    assert gained == pytest.approx(np.log10(150), abs=1e-4)
    assert diagnose(tape.tree).kinds == ()


@pytest.mark.parametrize(
    ("read", "lag", "kinds"),
    [
        (lambda y: y[:, 15], None, ()),
        (lambda y: y[:, 15], 15, ()),
        (lambda y: y[:, 15], 16, (k.DETACHED,)),
        (lambda y: y[torch.arange(4), torch.tensor([8, 15, 11, 20])], None, ()),
        (lambda y: y[:, 0], None, (k.DETACHED,)),
        (lambda y: y[:, 0], 5, (k.DETACHED,)),
    ],
)
def test_a_loss_that_reads_an_early_step(read, lag, kinds):
    class Reads(LastStep):
        def forward(self, x):
            return read(self.layer(x)[0])

    found = diagnose(gv.probe(Reads(chrono()), inputs=noise(4, 30, 3)), lag=lag)
    assert found.kinds == kinds
    for finding in found:
        assert "although the sequences have 30 time steps: the loss reads an early step" in finding.what
        assert finding.severity == ("warning" if lag is None else "trouble")
        assert "output[:, -1]" in finding.remedy.code


@pytest.mark.parametrize("scale", [1e4, 1e6])
@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_saturation_that_rounds_the_gradient_to_zero_is_not_a_detach(kind, scale):
    torch.manual_seed(0)
    model = LastStep(kind(3, 16, batch_first=True))
    found = diagnose(gv.probe(model, inputs=scale * noise(8, 50, 3)), lag=49)
    assert found.kinds[0] == k.INPUT_NOT_NORMALISED
    assert k.SATURATED in found.kinds
    assert not {k.DETACHED, k.DIRECT_ONLY} & set(found.kinds)


def test_a_cut_hides_what_it_causes():
    torch.manual_seed(0)
    model = Loop(nn.LSTMCell(2, 8), detach_every=5)
    recorded = gv.probe(model, inputs=noise(4, 30, 2))
    assert diagnose(recorded, lag=29).kinds == (k.DETACHED,)
    assert diagnose(recorded).kinds[0] == k.DETACHED  # only a warning if the lag is not known


def test_where_only_the_reverse_direction_is_read():
    class Reads(EndStates):
        def forward(self, x):
            return self.layer(x)[0][:, 0, 16:]

    model = Reads(chrono(bidirectional=True))
    found = diagnose(gv.probe(model, inputs=noise(4, 30, 3)), lag=29)
    assert [(f.kind, f.severity) for f in found] == [(k.DIRECTION_UNREACHED, "trouble")]
    assert "The loss reads the reverse direction only, which is h_n[-1]." in found[0].what


def test_recordings_without_optional_variables():
    whole = gv.probe(LastStep(chrono()), inputs=noise(4, 30, 3))["layer"].to_dataset(inherit=False)
    for lacking in (
        ["input_norm", "input_change", "input_spread"],
        ["unit_mean", "unit_left", "unit_right"],
        ["gate_left", "gate_right"],
        ["underflow"],
        ["log10_grad_h_direct"],
        ["log10_grad_c"],
    ):
        assert diagnose(whole.drop_vars(lacking), lag=29).is_healthy


def test_nothing_recorded():
    found = diagnose(tree(nothing_recorded="it slept"))
    assert found.kinds == (k.NOTHING_RECORDED,)
    assert "during the recording: it slept." in found[0].what
    empty = dataset(total=np.full(5, np.nan))
    assert diagnose(tree(empty)).kinds == (k.NOTHING_RECORDED,)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ("runs/mine", TypeError, r"got str \(gv.load\(path\) reads one"),
        (xr.DataArray(1), TypeError, "got DataArray"),
        (
            xr.Dataset(),
            BadRecording,
            "not the recording of a module: it lacks the variable log10_grad_h or the attribute cell",
        ),
        (
            xr.DataTree.from_dict({"/a": xr.Dataset({"q": 1})}),
            BadRecording,
            "no variable 'log10_grad_h'; it has q",
        ),
    ],
)
def test_what_is_not_a_recording(data, error, message):
    with pytest.raises(error, match=message):
        diagnose(data)


def test_forget_bias_of_known_gates():
    gates = unit_means("lstm", forget=[0.5, 0.9])
    found = diagnose(tree(dataset("lstm", decaying(8, 101), unit_mean=gates)), lag=100)
    assert found.kinds == (k.FORGET_BIAS, k.VANISHING)
    assert found[0].amounts[0].value == pytest.approx(1 / (1 - 0.86))  # the upper tenth of .5 and .9
    assert "A bias of ln(100 - 1) = 4.6" in found[0].what


@pytest.mark.parametrize(("lag", "kinds"), [(99, ()), (101, ()), (102, (k.DETACHED,))])
def test_a_probe_that_is_too_short(lag, kinds):
    found = diagnose(gv.probe(chrono()), lag=lag)
    assert found.kinds == kinds
    assert found.is_healthy
    if kinds:
        assert found[0].remedy.code == "gv.probe(model, length=103)"


class MeanOverTime(LastStep):
    """Averages the output over time, so that every step receives gradient from the loss."""

    def forward(self, x):
        return self.layer(x)[0].mean(1)


SENTENCES = {"probe_input": "something else", "probe_loss": "another loss"}
KINDS_OF_PROBE = {"probe_kind": "given", "probe_loss_kind": "given"}


def with_attributes(recording, attributes):
    changed = recording.copy()
    changed.attrs.update(attributes)
    return changed


@pytest.mark.parametrize(
    ("model", "lag"), [(lambda: LastStep(chrono()), 102), (lambda: MeanOverTime(chrono()), 50)]
)
def test_what_is_found_does_not_depend_on_the_wording_of_a_probe(model, lag):
    """Random input that is too short; then a model that averages over time, so that all steps count."""
    probed = gv.probe(model())
    found = diagnose(probed, lag=lag)
    assert len(found) == 1
    assert diagnose(with_attributes(probed, SENTENCES), lag=lag).findings == found.findings
    assert diagnose(with_attributes(probed, KINDS_OF_PROBE), lag=lag).findings != found.findings


def test_a_probe_records_the_kind_of_its_input_and_loss():
    layer = chrono()
    default, given = gv.probe(layer), gv.probe(layer, inputs=noise(4, 20, 3), loss=lambda y: y[0].sum())
    assert (default.attrs["probe_kind"], default.attrs["probe_loss_kind"]) == ("random", "last_step")
    assert (given.attrs["probe_kind"], given.attrs["probe_loss_kind"]) == ("given", "given")


def test_each_module_is_prepared_once(monkeypatch):
    prepared = []
    original = DiagnosisContext.__init__

    def counted(self, recording, module, lag, **options):
        prepared.append(module)
        original(self, recording, module, lag, **options)

    monkeypatch.setattr(DiagnosisContext, "__init__", counted)
    diagnose(several(), lag=10)
    assert prepared == ["good", "bad"]


@pytest.mark.parametrize("dim", ["step", "layer", "direction", "sample"])
def test_one_label_of_a_dim_may_be_selected(dim):
    """The findings are those of the same selection with the dim kept."""
    model = nn.Sequential(nn.LSTM(3, 4, batch_first=True))
    with gv.record(model) as tape:
        for _ in range(3):
            out = model(noise(2, 12, 3))[0]
            loss = out[:, -1].square().sum()
            loss.backward()
            tape.step(loss, output=out, target=out)
    (name,) = tape.tree.children
    whole = tape.tree[name].to_dataset(inherit=False).isel({dim: [-1]})
    kept = diagnose(whole, lag=11)
    assert [f.kind for f in diagnose(whole.isel({dim: 0}), lag=11)] == [f.kind for f in kept]
    assert numbers(diagnose(whole.isel({dim: 0}), lag=11)) == numbers(kept)


def test_too_little_of_a_recording():
    with pytest.raises(BadRecording, match="the recording of 'layer' has nothing along 'sample'"):
        diagnose(VANISHED.isel(sample=slice(0, 0)))
