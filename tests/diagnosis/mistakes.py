"""Short trainings with the mistakes that people make around a recurrent network, and without them."""

import warnings
from dataclasses import dataclass, replace
from functools import cache

import torch
import xarray as xr
from torch import nn

import gradviz as gv
from gradviz.errors import StepForgottenWarning

STEPS, FEATURES = 6, 2


@dataclass(frozen=True)
class Mistake:
    """A training on the sign of the sum of the inputs; every option but the first few is a mistake.

    ``task``: "classes" (cross-entropy), "binary" (logits of one output) or "numbers" (mean squared error).
    """

    task: str = "classes"
    cell: type[nn.Module] = nn.LSTM
    iterations: int = 120
    batch: int = 16
    rate: float = 1e-2
    optimizer: type[torch.optim.Optimizer] = torch.optim.Adam
    is_given_optimizer: bool = True
    zero_every: int | None = 1
    set_to_none: bool = True
    update_every: int = 1
    squash: bool = False
    broadcast: bool = False
    layout: str = "transpose"
    constant: bool = False
    scale: float = 1.0
    offset: float = 0.0
    calls_step: bool = True
    every: int = 10
    normalise: bool = False
    is_read: bool = True
    held: tuple[str, ...] = ("layer", "head", "norm")
    decay: float = 0.0

    def record(self) -> xr.DataTree:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", StepForgottenWarning)
            return self._train()

    def _train(self) -> xr.DataTree:
        torch.manual_seed(0)
        layer = self.cell(FEATURES, 12, batch_first=True)
        head = nn.Linear(12, 2 if self.task == "classes" else 1)
        model = nn.ModuleDict({"layer": layer, "head": head, "norm": nn.LayerNorm(FEATURES)})
        held = [parameter for name in self.held for parameter in model[name].parameters()]
        optimizer = self.optimizer(held, lr=self.rate, weight_decay=self.decay)
        given = {"optimizer": optimizer} if self.is_given_optimizer else {}
        with gv.record(model, every=self.every, **given) as tape:
            for iteration in range(self.iterations):
                x, y = self.data()
                read = model["norm"](x) if self.normalise else x
                last = layer(read)[0][:, -1]
                output = head(last if self.is_read else torch.zeros_like(last) * last)
                loss = self.loss(output, y)
                (loss / self.update_every).backward()
                if (iteration + 1) % self.update_every == 0:
                    optimizer.step()
                if self.zero_every and (iteration + 1) % self.zero_every == 0:
                    optimizer.zero_grad(set_to_none=self.set_to_none)
                if self.calls_step:
                    tape.step(loss, output=output, target=y)
        return tape.tree

    def data(self):
        """(batch, time, features) and (batch,)."""
        x = torch.randn(STEPS, self.batch, FEATURES)
        y = (x.sum((0, 2)) > 0).long()
        x = self.scale * x + self.offset
        if self.constant:
            y = torch.ones_like(y)
        return (x.view(self.batch, STEPS, FEATURES) if self.layout == "view" else x.transpose(0, 1)), y

    def loss(self, output, y):
        if self.task == "classes":
            return nn.functional.cross_entropy(output.softmax(1) if self.squash else output, y)
        target = y.float() if self.broadcast else y.float().unsqueeze(1)
        if self.task == "binary":
            logits = output.sigmoid() if self.squash else output
            return nn.functional.binary_cross_entropy_with_logits(logits, target)
        return (output - target).pow(2).mean()


@dataclass(frozen=True)
class HandedOn:
    """The state of a layer goes on from one training step to the next."""

    is_detached: bool = False

    def record(self) -> xr.DataTree:
        torch.manual_seed(0)
        layer, state = nn.LSTM(FEATURES, 8), None
        gv.initialise(layer, "chrono", t_max=5)
        with gv.record(layer) as tape:
            for _ in range(3):
                output, state = layer(torch.randn(5, 4, FEATURES), state)
                if self.is_detached:
                    state = tuple(each.detach() for each in state)
                output[-1].sum().backward(retain_graph=True)
                tape.step()
        return tape.tree


@dataclass(frozen=True)
class Grown:
    """An embedding grows between two training steps."""

    growth: float = 1000.0

    def record(self) -> xr.DataTree:
        torch.manual_seed(0)
        model = nn.ModuleDict({"embedding": nn.Embedding(9, 4), "layer": nn.GRU(4, 16)})
        gv.initialise(model["layer"], "chrono", t_max=8)
        with gv.record(model) as tape:
            for size in (1.0, self.growth):
                with torch.no_grad():
                    model["embedding"].weight.mul_(size)
                model["layer"](model["embedding"](torch.randint(9, (12, 6))))[0][-1].sum().backward()
                tape.step()
        return tape.tree


@cache
def recording(mistake: Mistake) -> xr.DataTree:
    """Recorded once."""
    return mistake.record()


def training(**options) -> xr.DataTree:
    """The recording of a training."""
    return recording(Mistake(**options))


def without(**options):
    """A fix of a case: the same training without the mistake."""
    return lambda broken: replace(broken, **options)


def findings(tree, kind, **options):
    """The findings of a kind."""
    return [finding for finding in gv.diagnose(tree, **options) if finding.kind == kind]
