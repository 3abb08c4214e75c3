"""`gradviz.record`: what it records, and the errors for what it cannot record."""

import gc
import warnings
from unittest import mock

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.record import record_into
from gradviz.errors import CannotWatch, NothingRecorded, UnknownName
from gradviz.recording.sink import MemorySink


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleDict({"lstm": nn.LSTM(3, 4, batch_first=True)})
        self.decoder = nn.GRU(4, 5, 2)

    def forward(self, x):
        return self.decoder(self.encoder["lstm"](x)[0].transpose(0, 1))[0]


def backward(model, *shape):
    out = model(torch.randn(*shape))
    (out[0] if isinstance(out, tuple) else out).sum().backward()


def test_several_modules_by_name():
    model = Two()
    with gv.record(model) as tape:
        backward(model, 6, 7, 3)
    assert tape.names == ["encoder.lstm", "decoder"]
    assert tape["encoder.lstm"].attrs["cell"] == "lstm"
    assert dict(tape["decoder"].sizes)["layer"] == 2
    with pytest.raises(ValueError, match=r"holds 2 modules.*encoder\.lstm, decoder"):
        _ = tape.dataset
    with pytest.raises(UnknownName, match="did you mean 'decoder'"):
        tape["decodr"]


def test_dims_and_attributes():
    model = nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True)
    with gv.record(model, samples=4) as tape:
        backward(model, 8, 7, 3)
    ds = tape.dataset
    assert ds[v.LOG10_GRAD_H].dims == v.VARIABLES[v.LOG10_GRAD_H].dims
    assert dict(ds.sizes) == {
        "step": 1,
        "layer": 2,
        "direction": 2,
        "time": 7,
        "sample": 4,
        "gate": 4,
        "unit": 4,
    }
    assert ds["sample"].values.tolist() == [0, 2, 4, 7]
    assert ds["direction"].values.tolist() == ["forward", "reverse"]
    assert ds.attrs["batch_first"] == 1
    assert ds.attrs["replay_error"] < 1e-6
    assert v.GRAD_H not in ds


def test_chosen_samples_are_those_of_the_batch():
    model = nn.GRU(3, 4)
    x = torch.randn(9, 6, 3)
    found = {}
    for samples in (2, None):
        with gv.record(model, samples=samples) as tape:
            model(x)[0].pow(2).sum().backward()
        found[samples] = tape.dataset[v.LOG10_GRAD_H]
    np.testing.assert_allclose(found[2], found[None].sel(sample=[0, 5]), rtol=1e-6)


def test_unbatched_input():
    model = nn.LSTM(3, 4)
    with gv.record(model) as tape:
        backward(model, 9, 3)
    assert tape.dataset.sizes["sample"] == 1
    assert tape.dataset.sizes["time"] == 9


def test_the_loss_is_kept_at_every_iteration_and_the_gradient_at_recorded_ones(tmp_path):
    model = nn.RNN(3, 4)
    with gv.record(model, every=4, path=tmp_path / "run", metadata={"seed": 7}) as tape:
        for k in range(10):
            backward(model, 5, 2, 3)
            tape.step(torch.tensor(k / 2), accuracy=k)
    tree = gv.load(tmp_path / "run")
    assert tree["loss"].values.tolist() == [k / 2 for k in range(10)]
    assert tree["rnn"]["loss"].values.tolist() == [0.0, 2.0, 4.0]
    assert tree["rnn"]["accuracy"].values.tolist() == [0, 4, 8]
    assert tree["rnn"]["step"].values.tolist() == [0, 4, 8]
    assert tree.attrs["seed"] == 7
    assert tape.tree["rnn"].sizes["step"] == 3


def test_sequences_of_different_length_and_batch_are_padded_with_nan():
    model = nn.GRU(3, 4)
    with gv.record(model, samples=None) as tape:
        for steps, batch in ((5, 3), (8, 2)):
            backward(model, steps, batch, 3)
            tape.step()
    grad = tape.dataset[v.LOG10_GRAD_H].isel(layer=0, direction=0)
    assert grad.shape == (2, 8, 3)
    assert np.isnan(grad.values[0, 5:]).all()
    assert np.isnan(grad.values[1, :, 2]).all()
    assert np.isfinite(grad.values[0, :5]).all()


def test_saving_and_reading_a_tape_in_the_middle(tmp_path):
    model = nn.LSTM(3, 4)
    with gv.record(model) as tape:
        backward(model, 5, 2, 3)
        tape.step(1.0)
        backward(model, 5, 2, 3)
        assert tape.dataset.sizes["step"] == 2
        saved = tape.save(tmp_path / "so-far.nc")
    assert gv.load(saved)["lstm"].sizes["step"] == 2


def test_something_that_is_no_module():
    with pytest.raises(TypeError, match=r"takes a torch.nn.Module, not str"):
        gv.record("model")


def test_reading_before_backward():
    model = nn.LSTM(3, 4)
    with gv.record(model) as tape:
        with pytest.raises(NothingRecorded, match="no call of lstm with gradients enabled"):
            _ = tape.dataset
        out, _ = model(torch.randn(5, 2, 3))
        with pytest.raises(NothingRecorded, match=r"call loss.backward\(\) inside the with block"):
            _ = tape.dataset
        out.sum().backward()
        assert tape.dataset.sizes["time"] == 5


def test_an_empty_recording_warns():
    model = nn.LSTM(3, 4)
    with (
        pytest.warns(RuntimeWarning, match=r"nothing was recorded: call loss.backward\(\)"),
        gv.record(model),
    ):
        model(torch.randn(5, 2, 3))


def test_an_existing_recording_is_not_overwritten(tmp_path):
    model = nn.LSTM(3, 4)
    with gv.record(model, path=tmp_path) as tape:
        backward(model, 5, 2, 3)
        tape.step()
    with pytest.raises(FileExistsError, match="already contains a recording; choose another path"):
        gv.record(model, path=tmp_path)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"every": 0}, ValueError, "every = 0: must be a whole number of at least 1"),
        ({"every": "5"}, TypeError, "must be a whole number or a callable"),
        ({"samples": 0}, ValueError, "samples = 0: must be a whole number of at least 1, or None"),
        ({"samples": 1.5}, ValueError, "samples = 1.5"),
        ({"detail": "ful"}, UnknownName, "did you mean 'full'"),
    ],
)
def test_options_that_make_no_sense(options, error, message):
    with pytest.raises(error, match=message):
        gv.record(nn.LSTM(1, 1), **options)


def test_second_derivatives_are_refused_clearly():
    model = nn.LSTM(3, 4)
    with pytest.raises(CannotWatch, match="create_graph=True"), gv.record(model):
        model(torch.randn(5, 2, 3))[0].sum().backward(create_graph=True)


def test_a_tape_is_used_once_and_inside_its_block():
    model = nn.LSTM(3, 4)
    tape = gv.record(model)
    with pytest.raises(RuntimeError, match="inside its with block"):
        tape.step()
    with tape:
        backward(model, 5, 2, 3)
    with pytest.raises(RuntimeError, match="records once"), tape:
        pass


def test_what_was_recorded_before_an_exception_is_kept(tmp_path):
    model = nn.LSTM(3, 4)

    def interrupted():
        with gv.record(model, path=tmp_path) as tape:
            for k in range(5):
                backward(model, 5, 2, 3)
                tape.step(float(k))
                if k == 2:
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert gv.load(tmp_path)["lstm"].sizes["step"] == 3


def test_gate_statistics_by_hand():
    model = nn.GRU(1, 2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.bias_ih_l0[:] = torch.tensor([-5.0, 0.0, 5.0, 5.0, 0.0, -5.0])  # r, z, n of both units
    with gv.record(model) as tape:
        model(torch.zeros(3, 2, 1))[0].sum().backward()
    ds = tape.dataset.isel(step=0, layer=0, direction=0)
    assert ds[v.GATE_LEFT].sel(gate="reset").values.tolist() == [0.5] * 3
    assert ds[v.GATE_RIGHT].sel(gate="update").values.tolist() == [1.0] * 3
    assert ds[v.UNIT_LEFT].sel(gate="candidate").values.tolist() == [0.0, 1.0]
    sigma = 1 / (1 + np.exp(5))
    np.testing.assert_allclose(ds[v.UNIT_MEAN].sel(gate="reset"), [sigma, 0.5], rtol=1e-5)
    np.testing.assert_allclose(ds[v.GATE_MEAN].sel(gate="reset"), (sigma + 0.5) / 2, rtol=1e-5)


def record_while_weights_change(model):
    with gv.record(model):
        out, _ = model(torch.randn(5, 2, 3))
        model.bias_ih_l0.data += 1
        out.sum().backward()


def test_weights_that_change_between_forward_and_backward_break_parity_loudly():
    with pytest.warns(RuntimeWarning, match="replayed states differ from the native ones"):
        record_while_weights_change(nn.RNN(3, 4))


def test_into_a_keeper_that_is_there_from_a_later_step_on():
    model, sink = nn.GRU(2, 3), MemorySink()
    with record_into(sink, model, every=2, first_step=3) as tape:
        for _ in range(3):
            model(torch.randn(4, 2, 2))[0].sum().backward()
            tape.step(1.0)
    tree = sink.tree()
    assert tree["iteration"].values.tolist() == [3, 4, 5]
    assert tree["gru"]["step"].values.tolist() == [4]


def test_a_later_stretch_in_which_no_step_is_recorded_is_nothing_to_warn_of():
    model = nn.GRU(2, 3)
    with record_into(MemorySink(), model, every=100, first_step=3) as tape:
        model(torch.randn(4, 2, 2))[0].sum().backward()
        tape.step(1.0)


def test_a_tape_that_is_dropped_takes_its_hooks_along():
    model = nn.GRU(2, 3)
    tape = gv.record(model).__enter__()
    assert model._forward_hooks
    del tape
    gc.collect()
    assert not model._forward_hooks
    assert not model._forward_pre_hooks


def test_an_interrupt_that_the_loop_catches_ends_with_the_step():
    model = nn.LSTM(2, 3)
    stranger = nn.LSTM(2, 5)
    with gv.record(model) as tape:
        interrupted = mock.patch.object(nn.LSTM, "check_forward_args", side_effect=KeyboardInterrupt)
        with interrupted, pytest.raises(KeyboardInterrupt):
            model(torch.randn(4, 1, 2))
        tape.step()
        stranger(torch.randn(4, 1, 2))[0].sum().backward()
        tape.step()
        model(torch.randn(4, 1, 2))[0].sum().backward()
    assert tape.dataset["step"].values.tolist() == [2]


def test_a_name_that_cannot_be_one_is_refused_before_training():
    with pytest.raises(CannotWatch, match="name of the recurrent module 'a/b' contains '/'"):
        gv.record(nn.ModuleDict({"a/b": nn.LSTM(2, 3)}))


def test_batched_gradients_are_refused_in_a_sentence():
    model = nn.LSTM(2, 3)
    with gv.record(model):
        out, _ = model(torch.randn(4, 1, 2))
        with pytest.raises(CannotWatch, match="batched gradients"):
            torch.autograd.grad(out, model.weight_hh_l0, torch.ones(2, *out.shape), is_grads_batched=True)
        out.sum().backward()


def test_scripting_within_the_block_is_refused_in_a_sentence():
    model = nn.LSTM(2, 3)
    with gv.record(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch's own: scripting is deprecated
        with pytest.raises(CannotWatch, match="cannot be scripted while it is recorded"):
            torch.jit.script(model)
        model(torch.randn(2, 1, 2))[0].sum().backward()


@pytest.mark.parametrize(("kind", "shape"), [(nn.LSTM, (5, 0, 3)), (nn.GRUCell, (0, 3))])
def test_a_call_with_an_empty_batch_is_not_said_to_be_unseen(kind, shape):
    module = kind(3, 4)
    with warnings.catch_warnings(record=True) as said, gv.record(module) as tape:
        warnings.simplefilter("always")
        for size in (shape, tuple(max(each, 1) for each in shape)):
            out = module(torch.randn(size))
            (out[0] if kind is nn.LSTM else out).sum().backward()
            tape.step()
    assert [each.category.__name__ for each in said] == []
    assert tape.dataset["step"].values.tolist() == [1]
