"""`GradientFlow` with the real Lightning: what is recorded, when, and that the training is not changed."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from integrations.lightning_parts import IGNORED, Net, fit, lightning, loader
from torch import nn

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.integrations import GradientFlow
from gradviz.integrations.callback_class import callback_class

pytestmark = [pytest.mark.slow, *(pytest.mark.filterwarnings(text) for text in IGNORED)]


def flow(**options):
    return GradientFlow(**{"every": 2, "diagnose": False, **options})


def weights(model):
    return [parameter.detach() for parameter in model.parameters()]


def same(one, other):
    return all(torch.equal(*pair) for pair in zip(weights(one), weights(other), strict=True))


def in_a_loop(*, accumulate=1, clip=None, steps=(), every=2):
    """The recording of the same training, written by hand."""
    torch.manual_seed(1)
    model, batches = Net(), list(loader())
    optimizer = model.configure_optimizers()
    with gv.record(model, every=every, optimizer=optimizer) as tape:
        for _ in range(2):
            for start in range(0, len(batches), accumulate):
                chosen = batches[start : start + accumulate]
                optimizer.zero_grad()
                losses = [model.loss(batch) for batch in chosen]
                for loss in losses:
                    (loss / accumulate).backward()
                if clip:
                    nn.utils.clip_grad_norm_(model.parameters(), clip)
                optimizer.step()
                tape.step(sum(loss.item() for loss in losses) / len(losses))
    return tape.tree


def assert_same_recording(found, expected):
    assert found["iteration"].values.tolist() == expected["iteration"].values.tolist()
    for one, other in zip(found.subtree, expected.subtree, strict=True):
        assert set(one.data_vars) == set(other.data_vars)
        for name in one.data_vars:
            assert one[name].dims == other[name].dims
            np.testing.assert_allclose(one[name].values, other[name].values, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    ("trainer", "by_hand"),
    [
        ({}, {}),
        ({"accumulate_grad_batches": 2}, {"accumulate": 2}),
        ({"gradient_clip_val": 0.05}, {"clip": 0.05}),
        ({"validates": True, "val_check_interval": 2}, {}),
    ],
)
def test_it_records_what_a_loop_written_by_hand_records(trainer, by_hand):
    recording = flow()
    fit([recording], **trainer)
    assert_same_recording(recording.tree, in_a_loop(**by_hand))


def test_batches_whose_gradients_accumulate_are_calls_of_one_step():
    recording = flow(every=1)
    _, trainer = fit([recording], accumulate_grad_batches=2)
    dataset = recording.tree["lstm"].to_dataset()
    assert trainer.global_step == 6  # of 5 batches each epoch: 2, 2, 1
    assert dataset["step"].values.tolist() == [0, 1, 2, 3, 4, 5]
    assert dataset.sizes["call"] == 2
    calls = dataset["log10_grad_h"].notnull().any(("layer", "direction", "time", "sample")).sum("call")
    assert calls.values.tolist() == [2, 2, 1, 2, 2, 1]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"accumulate_grad_batches": 3, "gradient_clip_val": 0.01},
        {"precision": "bf16-mixed"},
        {"validates": True, "model": Net(dropout=0.5)},
    ],
    ids=str,
)
def test_the_training_is_the_same_to_the_bit(options):
    model = options.pop("model", Net())
    torch.manual_seed(5)
    begun = {name: torch.randn_like(value) * 0.3 for name, value in model.state_dict().items()}
    trained = []
    for callbacks in ([], [flow(detail="full", samples=None)]):
        model = Net(dropout=model.lstm.dropout)
        model.load_state_dict(begun)
        trained.append(fit(callbacks, model, **options)[0])
        assert not trained[-1].lstm._forward_hooks
    assert same(*trained)


def test_norms_before_and_after_clipping():
    recording = flow(every=1)
    fit([recording], gradient_clip_val=0.01)
    before, after = (recording.tree[name].values for name in ("grad_norm", "grad_norm_clipped"))
    assert (before > 0.01).all()
    assert after == pytest.approx(0.01, rel=1e-3)


def test_a_scaler_of_the_loss():
    """16-mixed, which Lightning itself has on a GPU only: the scale is taken out of the gradients."""
    from lightning.pytorch.plugins import MixedPrecision

    class Scaled(MixedPrecision):
        def forward_context(self):
            return torch.autocast("cpu", enabled=False)

    recorded = []
    for plugins in ([], [Scaled("16-mixed", "cpu", scaler=torch.amp.GradScaler("cpu", init_scale=256.0))]):
        recording = flow()
        fit([recording], plugins=plugins)
        recorded.append(recording.tree)
    one, other = (tree["lstm"].to_dataset()["log10_grad_h"].values for tree in recorded)
    np.testing.assert_allclose(one, other, atol=1e-4)
    for name in ("loss", "grad_norm"):
        np.testing.assert_allclose(*(tree[name].values for tree in recorded), rtol=1e-3)


class ByHand(Net):
    """Manual optimization with two optimizers, which step at every second batch."""

    def __init__(self):
        super().__init__()
        self.automatic_optimization = False

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1), torch.optim.SGD(
            self.lstm.parameters(), lr=0.1
        )

    def training_step(self, batch, index):
        loss = self.loss(batch)
        self.manual_backward(loss)
        if index % 2:
            for optimizer in self.optimizers():
                optimizer.step()
                optimizer.zero_grad()
        return {"loss": loss}


def test_manual_optimization_with_two_optimizers():
    recording = flow(every=1)
    _, trainer = fit([recording], ByHand(), batches=4)
    dataset = recording.tree["lstm"].to_dataset()
    assert trainer.global_step == 8  # of both optimizers, in four steps
    assert dataset["step"].values.tolist() == [0, 1, 2, 3]
    assert dataset.sizes["call"] == 2
    assert (recording.tree["grad_norm"] > 0).all()  # of the optimizer that holds the LSTM
    assert (recording.tree["parameters_not_in_optimizer"] == 0).all()


@pytest.mark.parametrize("detail", ["norms", "forward"])
def test_validation_and_tests_are_not_recorded(detail):
    recording = flow(every=1, detail=detail)
    model = Net(gradient_in_validation=True)
    _, trainer = fit([recording], model, validates=True, val_check_interval=2, num_sanity_val_steps=2)
    dataset = recording.tree["lstm"].to_dataset()
    assert dataset["step"].values.tolist() == list(range(10))
    assert "call" not in dataset.sizes
    model.test_step = model.validation_step
    trainer.test(model, loader(2), verbose=False)
    assert recording.tree["lstm"].sizes["step"] == 10


def test_a_resumed_training_has_the_recording_of_an_uninterrupted_one(tmp_path):
    whole = flow(path=tmp_path / "whole")
    fit([whole], max_steps=10)
    checkpoints = lightning.pytorch.callbacks.ModelCheckpoint(
        tmp_path / "kept", every_n_train_steps=5, save_top_k=-1, filename="{step}"
    )
    first = flow(path=tmp_path / "parts")
    fit([first, checkpoints], enable_checkpointing=True, max_steps=8)  # three steps beyond the checkpoint
    assert first.tree["iteration"].values.tolist() == list(range(8))
    second = flow(path=tmp_path / "parts")
    _, trainer = fit([second], ckpt_path=tmp_path / "kept" / "step=5.ckpt", max_steps=10)
    assert trainer.global_step == 10
    assert_same_recording(gv.load(tmp_path / "parts"), gv.load(tmp_path / "whole"))
    in_memory = flow()
    fit([in_memory], ckpt_path=tmp_path / "kept" / "step=5.ckpt", max_steps=10)
    assert in_memory.tree["iteration"].values.tolist() == list(range(5, 10))
    assert in_memory.tree["lstm"]["step"].values.tolist() == [6, 8]


def test_from_a_checkpoint_of_a_training_without_it(tmp_path):
    _, trainer = fit(max_epochs=1)
    trainer.save_checkpoint(tmp_path / "a.ckpt")
    first = flow(path=tmp_path / "a")
    fit([first], ckpt_path=tmp_path / "a.ckpt")
    assert first.tree["iteration"].values.tolist() == list(range(5, 10))
    assert first.tree["lstm"]["step"].values.tolist() == [6, 8]
    with pytest.raises(FileExistsError, match="already contains a recording"):
        fit([flow(path=tmp_path / "a")], ckpt_path=tmp_path / "a.ckpt")


def test_a_checkpoint_of_a_training_that_went_on_with_a_recording(tmp_path):
    place = gv.storage(tmp_path / "a", append=True)
    fit([flow(path=place)], max_epochs=1)
    second = flow(path=place)
    _, trainer = fit([second], max_epochs=1)  # a training from its beginning: its steps are the next ones
    assert second.tree["iteration"].values.tolist() == list(range(10))
    trainer.save_checkpoint(tmp_path / "a.ckpt")
    third = flow(path=place)
    fit([third], ckpt_path=tmp_path / "a.ckpt", max_epochs=2)
    assert third.tree["iteration"].values.tolist() == list(range(15))


@pytest.mark.parametrize("on_disk", [True, False])
def test_fit_twice_is_one_recording(on_disk, tmp_path):
    recording = flow(path=tmp_path / "a" if on_disk else None)
    model, trainer = fit([recording], max_epochs=1)
    trainer.fit_loop.max_epochs = 2
    trainer.fit(model, loader())
    assert recording.tree["iteration"].values.tolist() == list(range(10))
    assert recording.tree["lstm"]["step"].values.tolist() == [0, 2, 4, 6, 8]
    fit([recording], model, max_epochs=1)  # another trainer
    assert recording.tree["iteration"].values.tolist() == list(range(15))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_closes_the_recording(error, tmp_path):
    class Fails(Net):
        def training_step(self, batch, index):
            if index == 3:
                raise error
            return super().training_step(batch, index)

    recording, model = flow(every=1, path=tmp_path / "a", diagnose=True), Fails()
    with pytest.raises((error, SystemExit)):
        fit([recording], model)
    assert recording.tape.is_closed
    assert recording.diagnosis is None
    assert gv.load(tmp_path / "a")["lstm"]["step"].values.tolist() == [0, 1, 2]
    assert not model.lstm._forward_hooks


def test_the_loggers_of_the_trainer_get_the_summary():
    class Logger(lightning.pytorch.loggers.logger.DummyLogger):
        def __init__(self):
            super().__init__()
            self.logged = {}

        def log_metrics(self, metrics, step=None):
            if any(name.startswith("gradviz") for name in metrics):
                self.logged[step] = dict(metrics)

    loggers, recording = [Logger(), Logger()], flow()
    fit([recording], logger=loggers)
    assert loggers[0].logged == loggers[1].logged == gv.scalars(recording.tree)


def test_the_diagnosis_at_the_end(capsys):
    recording = flow(diagnose=True, lag=5)
    fit([recording])
    assert recording.diagnosis.kinds == gv.diagnose(recording.tree, lag=5).kinds
    assert capsys.readouterr().out.strip() == str(recording.diagnosis).strip()


def test_a_hopeless_training_is_ended(capsys):
    class Vanishing(Net):
        def __init__(self):
            super().__init__()
            self.lstm = nn.RNN(2, 5, batch_first=True)
            self.lstm.weight_hh_l0.data.mul_(1e-6)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.0)

    recording = flow(every=5, lag=5, stop_when="hopeless")
    _, trainer = fit([recording], Vanishing(), max_epochs=50)
    assert trainer.global_step == recording.alert.step + 1 == 31
    assert "GradientFlow ends this training. At training step 30" in capsys.readouterr().out


def test_a_development_run_writes_nothing(tmp_path):
    recording = flow(path=tmp_path / "a", diagnose=True)
    fit([recording], fast_dev_run=True)
    assert not (tmp_path / "a").exists()
    assert recording.tree["lstm"]["step"].values.tolist() == [0]
    with pytest.raises(gv.integrations.lightning.NothingRecorded, match="has not begun to train"):
        _ = flow().tree


def test_few_batches_and_chosen_modules():
    recording = flow(every=1, modules="lstm", samples=2)
    fit([recording], overfit_batches=2)
    assert recording.tree["lstm"].sizes["step"] == 4
    assert recording.tree["lstm"].sizes["sample"] == 2
    with pytest.raises(UnknownName, match="gru"):
        fit([flow(modules="gru")])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"every": 0}, ValueError, "every"),
        ({"detail": "norm"}, UnknownName, "did you mean 'norms'"),
        ({"lag": 0}, ValueError, "lag"),
        ({"stop_when": "hopless", "lag": 5}, UnknownName, "did you mean 'hopeless'"),
        ({"stop_when": "hopeless"}, ValueError, "needs lag, the time steps that the task has to bridge"),
        ({"stop_when": "hopeless", "lag": 5, "detail": "forward"}, ValueError, "needs gradients"),
        ({"path": 3}, TypeError, "path"),
        ({"diagnose": "no"}, ValueError, "diagnose"),
    ],
)
def test_bad_options_are_refused_before_the_training(options, error, message):
    with pytest.raises(error, match=message):
        GradientFlow(**options)


def test_without_lightning(monkeypatch):
    for name in ("lightning.pytorch", "pytorch_lightning"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "gradviz\[lightning\]"'):
        callback_class()


@pytest.mark.slow
@pytest.mark.parametrize("first", ["import pytorch_lightning", "import gradviz.integrations.lightning"])
def test_the_other_package_of_lightning(first):
    code = f"""
{first}
import pytorch_lightning as pl, torch
from gradviz.integrations import GradientFlow
class Net(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.RNN(2, 3)
    def training_step(self, batch, index):
        return self.rnn(batch)[0].sum()
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
flow = GradientFlow(every=1)
trainer = pl.Trainer(max_epochs=1, accelerator="cpu", logger=False, callbacks=[flow],
    enable_checkpointing=False)
trainer.fit(Net(), torch.utils.data.DataLoader(torch.randn(3, 5, 2), None))
print("recorded", flow.tree["rnn"].sizes["step"], isinstance(flow, pl.Callback))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"recorded 3 {first == 'import pytorch_lightning'}" in done.stdout
