"""A small LightningModule, its batches and a trainer that is quiet."""

import warnings

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what Lightning itself imports
    import lightning

LENGTH, BATCH = 6, 4
QUIET = {
    "accelerator": "cpu",
    "devices": 1,
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "max_epochs": 2,
}
IGNORED = (
    "ignore:Be aware that when using .ckpt_path., callbacks used to create the checkpoint",
    "ignore:.*does not have many workers",
    "ignore:You defined a .validation_step. but have no",
    "ignore:The number of training batches",
    "ignore:.*AMP with fp16 is not supported on CPU",
    "ignore:.*is in the `fit loop` but",
    "ignore:`isinstance.treespec, LeafSpec.` is deprecated",
)


class Net(lightning.LightningModule):
    """Predicts the first input from the last state."""

    def __init__(self, *, dropout=0.0, gradient_in_validation=False):
        super().__init__()
        self.lstm = nn.LSTM(2, 5, batch_first=True, num_layers=2, dropout=dropout)
        self.head = nn.Linear(5, 1)
        self.gradient_in_validation = gradient_in_validation

    def loss(self, batch):
        x, y = batch
        return nn.functional.mse_loss(self.head(self.lstm(x)[0][:, -1])[:, 0], y)

    def training_step(self, batch, index):
        return self.loss(batch)

    def validation_step(self, batch, index):
        if self.gradient_in_validation:
            with torch.inference_mode(False), torch.enable_grad():
                batch = [each.clone() for each in batch]
                torch.autograd.grad(self.loss(batch), [self.lstm.weight_hh_l0])
        return self.loss(batch)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-2)


def loader(batches=5, length=LENGTH):
    torch.manual_seed(3)
    x = torch.randn(batches * BATCH, length, 2)
    return DataLoader(TensorDataset(x, x[:, 0, 0]), BATCH)


def fit(callbacks=(), model=None, *, batches=5, ckpt_path=None, validates=False, **options):
    """The model, and the trainer that has trained it."""
    torch.manual_seed(1)
    model = Net() if model is None else model
    trainer = lightning.Trainer(callbacks=list(callbacks), **{**QUIET, **options})
    trainer.fit(model, loader(batches), loader(2) if validates else None, ckpt_path=ckpt_path)
    return model, trainer
